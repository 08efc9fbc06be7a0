"""A small community in memory, without agents: every step of a round is one call, which tests may change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, cast

from contracts.account.contract import Account
from contracts.community.contract import Community
from contracts.community.homes import Home
from contracts.community.matching import Mechanism
from contracts.community.orders import Match, Reply, Side
from contracts.community.parameters import COMMUNITY, Calendar, Parameters, Windows, encode_parameters
from contracts.community.pricing import Weights
from contracts.community.records import Phase, RoundRecord
from contracts.community.rounds import find_bills, find_match, get_round
from contracts.community.settlement import Bill
from contracts.dispatch.agents.sight import Sight as DispatchSight
from contracts.dispatch.model import Tariff
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.metering.readings import Reading, decode_reading, reading_key
from ledger.codec import Value
from ledger.genesis import Genesis, Limits
from ledger.quantities import EnergyWh, Period, PowerW, PriceUkwh, TxId
from ledger.stage import Stage
from ledger.tdva import verifications_root
from tests.contracts.calls import Call, Caller
from tests.contracts.chain import FIRST_PERIOD, VALIDATORS, Chain, address, new_chain

CURRENCY: Final = 10**6
HOMES: Final = ("elm", "fir", "gum", "holly", "ivy")
INTERVALS: Final = {"ivy": 2}
"""How many periods a home settles at a time; one, if it does not stand here."""

LATECOMER: Final = "juniper"
"""A member who has a meter and no home yet."""

ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(VALIDATORS, ("validator",)),
    "grid": ("grid", "eno"),
    **dict.fromkeys((*HOMES, LATECOMER), ("prosumer",)),
    **{f"{name}-meter": ("meter",) for name in (*HOMES, LATECOMER)},
}
FEED_IN, GRID = 100_000, 250_000
CLEARING: Final = "community/clearing"
ROUND = Period(FIRST_PERIOD + 12)
"""The round that the tests are about: intervals of one and of two periods begin with it."""

WINDOWS = Windows(order_slots=4, offer_slots=0, match_slots=2, reading_slots=2, kept_slots=10_000)


def home(name: str) -> Home:
    return Home(address(name), address(f"{name}-meter"), PowerW(8_000), PowerW(5_000), INTERVALS.get(name, 1))


def parameters_for(**changes: Any) -> Parameters:
    usual = Parameters(
        mechanism=Mechanism.AUCTION,
        grid=address("grid"),
        homes=tuple(home(name) for name in HOMES),
        tariff=Tariff((GRID,) * 96, (FEED_IN,) * 96),
        weights=Weights(500, 500),
        recent_rounds=4,
        windows=WINDOWS,
        clearing=CLEARING,
    )
    return replace(usual, **changes)


REQUESTS: Final = {"mechanism": Mechanism.REQUESTS, "windows": replace(WINDOWS, offer_slots=4)}


@dataclass(frozen=True)
class Sight(DispatchSight):
    """The community's state as rounds.py reads it."""

    def get(self, key: str) -> Value:
        return self.view.get(COMMUNITY, key)


@dataclass
class Market(Caller):
    """The chain with everybody's next steps. Steps that must succeed are made by `take`."""

    contract = COMMUNITY

    changes: Mapping[str, Any] = field(default_factory=dict)
    """Of the usual parameters."""
    balance: int = 10 * CURRENCY
    """What each home starts with."""
    grid_floor: int = -1_000 * CURRENCY
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    first: Period = ROUND
    """The round that the steps are about."""

    def __post_init__(self) -> None:
        self.parameters = parameters_for(**self.changes)
        contracts = [Membership(), Account(), Metering(), Community()]
        self.chain: Chain = new_chain(contracts, self._genesis_parameters(), roles=ROLES, limits=self.limits)

    @property
    def genesis(self) -> Genesis:
        return self.chain.genesis

    @property
    def sight(self) -> Sight:
        return Sight(self.chain.view)

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.genesis, self.parameters)

    @property
    def round(self) -> RoundRecord:
        return get_round(self.sight, self.first)

    @property
    def phase(self) -> Phase:
        return self.round.phase

    @property
    def match(self) -> Match:
        found = find_match(self.sight, self.first)
        assert found is not None
        return found

    @property
    def bills(self) -> dict[str, Bill]:
        """By name of the home."""
        names = {address(name): name for name in HOMES}
        return {names[bill.home]: bill for bill in find_bills(self.sight, self.first) or ()}

    def run_to(self, phase: Phase) -> None:
        """Empty blocks until the round is in this phase."""
        self.run_to_slot(self.chain.genesis.slot_of(self.first) - self.parameters.windows.lead_slots)
        while self.phase is not phase:
            self.chain.make_block()

    def open(self) -> None:
        """Until orders are taken."""
        self.run_to(Phase.DUE)
        self.take(self.trigger())

    def trade(self, *orders: Call) -> None:
        """Open the round, place orders, and have them matched."""
        self.open()
        self.take(*orders)
        self.run_to(Phase.MATCHING)
        self.take(self.match_call())

    def deliver(self, **net_wh: int | tuple[int | None, ...]) -> None:
        """Run through the round's periods, with these readings by home and period; 0 where none is given,
        and no reading for None."""
        for place, period in enumerate(range(self.first, self.round.end)):
            self.run_to_slot(self.genesis.slot_of(period + 1) - 1)
            shown = {name: _at(net_wh.get(name, 0), place) for name in self.metered(period)}
            self.take(*[self.meter(name, period, net) for name, net in shown.items() if net is not None])

    def metered(self, period: int) -> list[str]:
        """The homes with an interval of this round in a period."""
        return [
            name
            for name, of_it in zip(HOMES, self.parameters.homes, strict=True)
            if of_it.interval_of(period) == self.first
        ]

    def shown(self, name: str, period: int) -> int | None:
        """What the chain has of a home's meter in a period, net; None if it is missing."""
        value = self.chain.get("metering", reading_key(address(f"{name}-meter"), Period(period)))
        if value is None:
            return None
        reading = decode_reading(value)
        return (reading.imported_wh or 0) - (reading.exported_wh or 0)

    def settle(self) -> None:
        self.run_to(Phase.ACCOUNTING)
        self.take(self.settle_call())

    def trigger(self, sender: str = "alder") -> Call:
        return Call(sender, "trigger", {"first_period": self.first}, Stage.TRIGGER)

    def order(
        self, name: str, side: Side, energy_wh: int, limit_ukwh: int, replies: Mapping[str, int] | None = None
    ) -> Call:
        made = tuple(asdict(Reply(address(to), PriceUkwh(price))) for to, price in (replies or {}).items())
        arguments: dict[str, Value] = {
            "first_period": self.first,
            "side": side.value,
            "energy_wh": energy_wh,
            "limit_ukwh": limit_ukwh,
            "replies": made,
        }
        return Call(name, "order", arguments)

    def ask(self, name: str, energy_wh: int, limit_ukwh: int, **replies: int) -> Call:
        return self.order(name, Side.ASK, energy_wh, limit_ukwh, replies)

    def bid(self, name: str, energy_wh: int, limit_ukwh: int) -> Call:
        return self.order(name, Side.BID, energy_wh, limit_ukwh)

    def withdraw(self, name: str) -> Call:
        return Call(name, "withdraw", {"first_period": self.first})

    def opt(self, name: str, *, takes_part: bool) -> Call:
        return Call(name, "opt", {"takes_part": takes_part})

    def match_call(self, sender: str = "birch") -> Call:
        return Call(
            sender, "match", {"first_period": self.first}, Stage.DISPATCH, self.links(to_trigger=True)
        )

    def meter(self, name: str, period: int, net_wh: int) -> Call:
        """A reading of what a home took (+) or gave (-)."""
        reading = Reading(imported_wh=EnergyWh(max(0, net_wh)), exported_wh=EnergyWh(max(0, -net_wh)))
        arguments: dict[str, Value] = {"period": period, "reading": asdict(reading)}
        return Call(f"{name}-meter", "meter", arguments, Stage.VERIFICATION, self.links())

    def settle_call(self, sender: str = "cedar") -> Call:
        root = verifications_root(self.chain.head.state, cast(TxId, self.round.process))
        arguments: dict[str, Value] = {"first_period": self.first, "verifications": root}
        return Call(sender, "settle", arguments, Stage.ACCOUNTING, self.links())

    def links(self, *, to_trigger: bool = False) -> tuple[TxId, ...]:
        """What stands in the round's process, or its trigger."""
        link = self.round.process if to_trigger else self.round.standing
        return (link,) if link else ()

    def balance_of(self, account: str) -> int:
        return cast(int, self.chain.get("account", f"balance/{account}") or 0)

    def earned(self, name: str) -> int:
        """By how much a home's balance has changed."""
        return self.balance_of(address(name)) - self.balance

    def escrow(self, name: str, first: int | None = None) -> int:
        """What a home has put aside for this round, or for another."""
        number = self.first if first is None else first
        held = self.chain.get("account", f"escrow/community/{number}/{address(name)}")
        return cast(tuple[str, int], held)[1] if held else 0

    def debt(self, debtor: str, creditor: str) -> int:
        return cast(int, self.chain.get("account", f"debt/{address(debtor)}/{address(creditor)}") or 0)

    def money(self, rounds: Iterable[int] | None = None) -> int:
        """All balances and all that is in escrow for this round, or for these."""
        accounts = [*(address(name) for name in (*HOMES, LATECOMER, "grid")), CLEARING]
        held = [self.escrow(name, first) for first in rounds or [self.first] for name in HOMES]
        return sum(map(self.balance_of, accounts)) + sum(held)

    def _genesis_parameters(self) -> Mapping[str, Mapping[str, Value]]:
        names: Sequence[str] = (*HOMES, LATECOMER)
        return {
            "account": {
                "balances": {address(name): self.balance for name in HOMES if self.balance},
                "floors": {address("grid"): self.grid_floor, CLEARING: 0},
            },
            "metering": {
                "meters": {
                    address(f"{name}-meter"): {
                        "owner": address(name),
                        "carrier": "electricity",
                        "place": name,
                    }
                    for name in names
                }
            },
            COMMUNITY: encode_parameters(self.parameters),
        }


def _at(shown: int | Iterable[int | None], place: int) -> int | None:
    return shown if isinstance(shown, int) else tuple(shown)[place]
