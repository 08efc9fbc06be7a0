"""A small district in memory, without agents: every step is one call, which tests may change."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, cast

from contracts.account.contract import Account
from contracts.community.orders import Side
from contracts.dispatch.agents.sight import Sight as DispatchSight
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.metering.readings import Carrier, Reading
from contracts.pool.agreements import Agreement, Kind
from contracts.pool.bids import Bid, SignedBid, bid_message
from contracts.pool.commission import Commission
from contracts.pool.contract import Pool
from contracts.pool.cycle import Outcome
from contracts.pool.intervals import find_bills, find_outcome, get_interval, get_position, get_seat
from contracts.pool.matching import Ranking
from contracts.pool.parameters import POOL, CarrierTerms, Parameters, Windows, encode_parameters
from contracts.pool.records import IntervalRecord, Phase
from contracts.pool.settlement import Bill, Position
from ledger.codec import Value
from ledger.genesis import Genesis, Limits
from ledger.quantities import EnergyWh, Period, PriceUkwh, TxId
from ledger.stage import Stage
from ledger.tdva import verifications_root
from tests.contracts.calls import Call, Caller
from tests.contracts.chain import FIRST_PERIOD, VALIDATORS, Chain, address, key_of, new_chain

CURRENCY: Final = 10**6
PARTIES: Final = ("fir", "gum", "holly", "ivy", "juniper")
LATECOMER: Final = "larch"
"""A member who has meters and no agreements yet."""

STORE: Final = "store"
SPARE: Final = "fir-spare"
"""Another meter of heat."""

EVERYBODY: Final = (*PARTIES, LATECOMER, STORE, "platform")
CARRIERS: Final = (Carrier.ELECTRICITY, Carrier.HEAT)
"""Which the small market trades."""

ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(VALIDATORS, ("validator",)),
    "grid": ("grid", "eno"),
    "platform": ("platform",),
    **dict.fromkeys((*PARTIES, LATECOMER), ("prosumer",)),
    STORE: ("prosumer", "platform"),
    **{f"{name}-{carrier}": ("meter",) for name in (*PARTIES, LATECOMER, STORE) for carrier in Carrier},
    SPARE: ("meter",),
}
FEED_IN, POOLED, STORED, NETWORK = 100_000, 430_000, 450_000, 800_000
CLEARING: Final = "pool/clearing"
INTERVAL = Period(FIRST_PERIOD + 30)
"""The interval that the tests are about."""

WINDOWS = Windows(cycle_slots=24, reading_slots=6)
LIMIT_W: Final = 8_000
LIMIT_WH: Final = 2_000
STORE_WH: Final = 1_000
EFFICIENCY_PERMILLE: Final = 900


def terms(carrier: Carrier) -> CarrierTerms:
    prices = [PriceUkwh(price) for price in (POOLED, STORED, FEED_IN, NETWORK)]
    return CarrierTerms(carrier, *prices, EFFICIENCY_PERMILLE)


def agreement(kind: Kind, name: str, carrier: Carrier | None = None, limit: int = LIMIT_W) -> Agreement:
    meter = None if carrier is None else address(f"{name}-{carrier}")
    return Agreement(kind, address(name), carrier, meter, limit)


def usual_agreements() -> tuple[Agreement, ...]:
    made = [
        agreement(kind, name, carrier)
        for name in PARTIES
        for carrier in CARRIERS
        for kind in (Kind.SUPPLY, Kind.USE)
    ]
    paying = [agreement(Kind.PAYMENT, name, limit=10 * CURRENCY) for name in PARTIES]
    stores = [agreement(kind, STORE, Carrier.HEAT) for kind in (Kind.SUPPLY, Kind.USE)]
    stores += [agreement(Kind.PAYMENT, STORE, limit=10 * CURRENCY)]
    return (*made, *paying, *stores, agreement(Kind.STORAGE, STORE, Carrier.HEAT, STORE_WH))


def parameters_for(**changes: Any) -> Parameters:
    usual = Parameters(
        platform=address("platform"),
        carriers=tuple([terms(carrier) for carrier in CARRIERS]),
        ranking=Ranking.VALUE,
        commission=Commission((5, 10), (20,)),
        cycles=4,
        idle_cycles=2,
        windows=WINDOWS,
        agreements=usual_agreements(),
        clearing=CLEARING,
    )
    return replace(usual, **changes)


@dataclass(frozen=True)
class Sight(DispatchSight):
    """The pool's state as intervals.py reads it."""

    def get(self, key: str) -> Value:
        return self.view.get(POOL, key)


@dataclass
class Market(Caller):
    """The chain with everybody's next steps. Steps that must succeed are made by `take`."""

    contract = POOL

    changes: Mapping[str, Any] = field(default_factory=dict)
    """Of the usual parameters."""
    balance: int = 10 * CURRENCY
    """What everybody but the platform starts with."""
    platform_floor: int = -1_000 * CURRENCY
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    period: Period = INTERVAL
    """The interval that the steps are about."""

    def __post_init__(self) -> None:
        self.parameters = parameters_for(**self.changes)
        contracts = [Membership(), Account(), Metering(), Pool()]
        self.chain: Chain = new_chain(contracts, self._genesis_parameters(), roles=ROLES, limits=self.limits)

    @property
    def genesis(self) -> Genesis:
        return self.chain.genesis

    @property
    def sight(self) -> Sight:
        return Sight(self.chain.view)

    @property
    def record(self) -> IntervalRecord:
        return get_interval(self.sight, self.period)

    @property
    def phase(self) -> Phase:
        return self.record.phase

    def outcome(self, cycle: int = 0, carrier: Carrier = Carrier.ELECTRICITY) -> Outcome:
        found = find_outcome(self.sight, self.period, cycle, carrier)
        assert found is not None
        return found

    def position(self, name: str, carrier: Carrier = Carrier.ELECTRICITY) -> Position:
        return get_position(self.sight, self.period, carrier, address(name))

    @property
    def bills(self) -> dict[tuple[str, str], Bill]:
        """By name and carrier."""
        names = {address(name): name for name in EVERYBODY}
        found = find_bills(self.sight, self.period) or ()
        return {(names[bill.address], bill.carrier.value): bill for bill in found}

    def run_to(self, phase: Phase) -> None:
        """Empty blocks until the interval is in this phase."""
        self.run_to_due()
        while self.phase is not phase:
            self.chain.make_block()

    def run_to_due(self) -> None:
        self.run_to_slot(self.genesis.slot_of(self.period) - self.parameters.windows.cycle_slots)

    def trade(self, *bids: SignedBid) -> None:
        """A whole cycle, with these bids."""
        self.run_to_due()
        self.take(self.open())
        self.take(self.match(*bids))

    def deliver(self, **net_wh: int) -> None:
        """Run to where the interval's readings are taken, and deliver these of electricity; of all others
        that nothing flowed."""
        self.run_to_slot(self.genesis.slot_of(self.period + 1) - 1)
        self.take(*[self.meter(name, net, carrier) for name, carrier, net in self._flows(net_wh)])

    def settle(self) -> None:
        self.run_to(Phase.ACCOUNTING)
        self.take(self.settle_call())

    def open(self, cycle: int | None = None, sender: str = "platform") -> Call:
        record = self.record
        links = () if record.process is None else (record.process,)
        arguments = {"period": self.period, "cycle": record.cycles if cycle is None else cycle}
        return Call(sender, "open", arguments, Stage.TRIGGER, links)

    def signed(
        self,
        name: str,
        side: Side,
        energy_wh: int,
        limit_ukwh: int,
        carrier: Carrier = Carrier.ELECTRICITY,
        cycle: int | None = None,
    ) -> SignedBid:
        """For the cycle that is open, or the next one."""
        at = cycle
        if at is None:
            at = self.record.cycles - (self.phase is Phase.BIDDING) if self._is_known() else 0
        bid = Bid(address(name), carrier, side, EnergyWh(energy_wh), PriceUkwh(limit_ukwh))
        return SignedBid(bid, key_of(name).sign(bid_message(self.genesis.hash, self.period, at, bid)))

    def ask(self, name: str, energy_wh: int, limit_ukwh: int, *rest: Any) -> SignedBid:
        return self.signed(name, Side.ASK, energy_wh, limit_ukwh, *rest)

    def bid(self, name: str, energy_wh: int, limit_ukwh: int, *rest: Any) -> SignedBid:
        return self.signed(name, Side.BID, energy_wh, limit_ukwh, *rest)

    def match(self, *bids: SignedBid, cycle: int | None = None, sender: str = "platform") -> Call:
        record = self.record
        arguments: dict[str, Value] = {
            "period": self.period,
            "cycle": record.cycles - 1 if cycle is None else cycle,
            "bids": tuple([encode_signed(bid) for bid in bids]),
        }
        return Call(sender, "match", arguments, Stage.DISPATCH, (record.opened,) if record.opened else ())

    def _flows(self, net_wh: Mapping[str, int]) -> Iterator[tuple[str, Carrier, int]]:
        names = {address(name): name for name in EVERYBODY}
        for number in range(self.record.seats):
            seat = get_seat(self.sight, number)
            name = names[seat.party]
            is_power = seat.carrier is Carrier.ELECTRICITY
            yield name, seat.carrier, net_wh.get(name, 0) if is_power else 0

    def meter(self, name: str, net_wh: int, carrier: Carrier = Carrier.ELECTRICITY) -> Call:
        """A reading of what somebody took (+) or gave (-)."""
        reading = Reading(imported_wh=EnergyWh(max(0, net_wh)), exported_wh=EnergyWh(max(0, -net_wh)))
        arguments: dict[str, Value] = {"period": self.period, "reading": asdict(reading)}
        return Call(f"{name}-{carrier}", "meter", arguments, Stage.VERIFICATION, self.links())

    def settle_call(self, sender: str = "cedar") -> Call:
        root = verifications_root(self.chain.head.state, cast(TxId, self.record.process))
        arguments: dict[str, Value] = {"period": self.period, "verifications": root}
        return Call(sender, "settle", arguments, Stage.ACCOUNTING, self.links())

    def links(self) -> tuple[TxId, ...]:
        """What stands in the interval's process."""
        link = self.record.standing
        return (link,) if link else ()

    def offer(self, made: Agreement, sender: str = "platform") -> Call:
        return Call(sender, "offer", {"agreement": plain(made)})

    def balance_of(self, account: str) -> int:
        return cast(int, self.chain.get("account", f"balance/{account}") or 0)

    def earned(self, name: str) -> int:
        """By how much somebody's balance has changed."""
        return self.balance_of(address(name)) - (0 if name == "platform" else self.balance)

    def escrow(self, name: str, carrier: Carrier = Carrier.ELECTRICITY, period: int | None = None) -> int:
        """What somebody has put aside for this interval, or for another."""
        number = self.period if period is None else period
        held = self.chain.get("account", f"escrow/pool/{number}/{carrier}/{address(name)}")
        return cast(tuple[str, int], held)[1] if held else 0

    def debt(self, debtor: str, creditor: str) -> int:
        return cast(int, self.chain.get("account", f"debt/{address(debtor)}/{address(creditor)}") or 0)

    def money(self, periods: Iterable[int] | None = None) -> int:
        """All balances and all that is in escrow for this interval, or for these."""
        accounts = [*(address(name) for name in EVERYBODY), CLEARING]
        held = [
            self.escrow(name, carrier, period)
            for period in periods or [self.period]
            for name in EVERYBODY
            for carrier in CARRIERS
        ]
        return sum(map(self.balance_of, accounts)) + sum(held)

    def _is_known(self) -> bool:
        return self.sight.get(f"interval/{self.period}") is not None

    def _genesis_parameters(self) -> Mapping[str, Mapping[str, Value]]:
        holders = (*PARTIES, LATECOMER, STORE)
        return {
            "account": {
                "balances": {address(name): self.balance for name in holders if self.balance},
                "floors": {address("platform"): self.platform_floor, CLEARING: 0},
            },
            "metering": {
                "meters": {
                    address(f"{name}-{carrier}"): {
                        "owner": address(name),
                        "carrier": carrier.value,
                        "place": name,
                    }
                    for name in holders
                    for carrier in Carrier
                }
                | {address(SPARE): {"owner": address("fir"), "carrier": "heat", "place": "fir"}}
            },
            POOL: encode_parameters(self.parameters),
        }


def plain(value: Any) -> Any:
    """A dataclass as a transaction carries it."""
    return {name: None if inner is None else str(inner) if isinstance(inner, str) else inner
            for name, inner in asdict(value).items()}  # fmt: skip


def encode_signed(signed: SignedBid) -> Mapping[str, Value]:
    return {"bid": plain(signed.bid), "signature": signed.signature}
