"""The six-node market in memory, without agents: every step of an event is one call, which tests may change.

The network, the resources and the quotes are the shipped case's; the event asks for less injection at noon.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any, Final, cast

from contracts.account.contract import Account
from contracts.contract import Contract
from contracts.gap import GapLimit
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.metering.readings import Reading
from contracts.response.accounting import outcomes
from contracts.response.agents.sight import Sight
from contracts.response.contract import Response
from contracts.response.events import count_events, get_dispatch, get_event, get_forecast, get_resources
from contracts.response.optimality import Certificate, Cut
from contracts.response.parameters import RESPONSE, Parameters, Windows, encode_parameters
from contracts.response.problem import demand_of, injections
from contracts.response.quotes import Quote, seal
from contracts.response.records import EventRecord, Forecast, Phase, confirmation_message
from contracts.response.resources import Resource
from contracts.response.settlement import energy_wh
from contracts.response.solving.cuts import Placement, security_cuts
from contracts.response.solving.solver import Infeasible, solve
from contracts.response.solving.sweep import run_sweep
from crypto.hashing import sha256
from ledger.codec import Value
from ledger.genesis import Limits
from ledger.quantities import EnergyWh, Period, PowerW, PriceUkwh, TxId
from ledger.receipt import Receipt
from ledger.stage import Stage
from ledger.tdva import verifications_root
from studies.response_case import ResponseCase
from studies.six_nodes import six_nodes
from tests.contracts.calls import Call
from tests.contracts.chain import VALIDATORS, Chain, address, key_of, new_chain

CASE: Final = six_nodes()
OWNERS: Final = tuple(f"owner{number}" for number in range(len(CASE.resources)))
METERS: Final = tuple(f"meter{number}" for number in range(len(CASE.resources)))
"""By resource."""

CURRENCY: Final = 10**6
NOON: Final = 48
"""The quarter hour of the case's day at which the event begins."""

PERIODS: Final = 2
TARGET_W: Final = -50_000
"""Met by the merit order without a constraint of the network."""

CUT_TARGET_W: Final = -30_000
"""Met by the merit order only with node 6 over its voltage."""

WINDOWS: Final = Windows(quote_slots=2, agree_slots=3, dispatch_slots=2, reading_slots=3)
NO_CONVERGENCE: Final = {"rounds": 1, "sweeps": 9, "messages": 0, "message_bytes": 0, "residuals": ((5, 0),)}


def parameters_for(case: ResponseCase = CASE, **changes: Any) -> Parameters:
    usual = Parameters(
        network=case.network,
        eno=address("eno"),
        resources=tuple(
            Resource(
                address(f"owner{number}"),
                address(f"meter{number}"),
                resource.bus,
                resource.kind,
                PowerW(resource.up_w),
                PowerW(resource.down_w),
                EnergyWh(resource.energy_wh),
            )
            for number, resource in enumerate(case.resources)
        ),
        windows=WINDOWS,
        periods_max=4,
        gap=GapLimit(relative_ppm=1_000, absolute_nano=0),
        voltage_tolerance_npu=1_000,
        price_ukwh_max=PriceUkwh(CURRENCY),
        short_permille=1_500,
        cuts_max=8,
        alarm_periods=8,
    )
    return replace(usual, **changes)


@dataclass
class Market:
    """The chain with everybody's next steps. Steps that succeed are made by `take`."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    """Of the usual parameters."""
    eno_balance: int = 1_000 * CURRENCY
    owner_balance: int = 10 * CURRENCY
    limits: Limits = field(default_factory=Limits)
    case: ResponseCase = CASE
    number: int = -1
    """The event that the next steps are about; -1 is the newest."""

    def __post_init__(self) -> None:
        self.parameters = parameters_for(self.case, **self.changes)
        self.owners = tuple(f"owner{number}" for number in range(len(self.case.resources)))
        self.meters = tuple(f"meter{number}" for number in range(len(self.case.resources)))
        contracts: Sequence[Contract] = [Membership(), Account(), Metering(), Response()]
        self.chain: Chain = new_chain(
            contracts, self._genesis_parameters(), roles=self.roles, limits=self.limits
        )

    def fork(self) -> "Market":
        """Another market that goes on from the same block."""
        other = replace(self)
        other.chain.head = self.chain.head
        return other

    @property
    def roles(self) -> Mapping[str, tuple[str, ...]]:
        return {
            **dict.fromkeys(VALIDATORS, ("validator",)),
            "eno": ("eno",),
            "other-eno": ("eno",),
            **dict.fromkeys(self.owners, ("owner",)),
            **dict.fromkeys(self.meters, ("meter",)),
            "spare-meter": ("meter",),
        }

    @property
    def sight(self) -> Sight:
        return Sight(self.chain.view)

    @property
    def event(self) -> EventRecord:
        """The event that the next steps are about."""
        newest = count_events(self.sight) - 1
        return get_event(self.sight, newest if self.number < 0 else self.number)

    @property
    def phase(self) -> Phase:
        return self.event.phase

    @property
    def resources(self) -> tuple[Resource, ...]:
        return get_resources(self.sight, self.event.resources)

    def take(self, call: Call) -> Receipt:
        """Make a step in a block of its own; it must succeed."""
        return self.take_all([call])[-1]

    def take_all(self, calls: Iterable[Call]) -> tuple[Receipt, ...]:
        """The same for several steps in one block."""
        for call in calls:
            self.chain.send(call.sender, RESPONSE, call.action, call.arguments, call.stage, call.links)
        receipts = self.chain.make_block()
        for receipt in receipts:
            assert receipt.ok, receipt.error
        return receipts

    def run_to(self, phase: Phase) -> None:
        """Empty blocks until the event is in this phase."""
        while self.phase is not phase:
            self.chain.make_block()

    def trigger(self, target_w: int = TARGET_W, **changes: Any) -> Call:
        periods = changes.get("periods", PERIODS)
        usual = {
            "target_w": target_w,
            "first_period": self.sight.calendar.earliest_period(self.chain.slot),
            "periods": periods,
            "forecast": asdict(forecast(periods, self.case)),
            "alarm": None,
        }
        return Call("eno", "trigger", {**usual, **changes}, Stage.TRIGGER)

    def seal(self, number: int, quote: Quote | None = None, **changes: Any) -> Call:
        record, owner = self.event, self.owners[number]
        given = quote or quote_of(number, record.sign, self.case)
        commitment = seal(self.chain.genesis.hash, record.process, address(owner), given, salt_of(number))
        usual = {"event": record.number, "resource": number, "commitment": commitment}
        return Call(owner, "seal", {**usual, **changes})

    def reveal(self, number: int, quote: Quote | None = None, **changes: Any) -> Call:
        record = self.event
        given = quote or quote_of(number, record.sign, self.case)
        usual = {
            "event": record.number,
            "resource": number,
            "quote": asdict(given),
            "salt": salt_of(number),
        }
        return Call(self.owners[number], "reveal", {**usual, **changes})

    def dispatch(self, **changes: Any) -> Call:
        """The dispatch that is due, as the ENO confirms it with these changes."""
        plan = {**asdict(self.plan), **changes}
        confirmed = {**plan, "convergence": NO_CONVERGENCE, "confirmation": self.confirmation(plan)}
        return Call(
            "eno", "dispatch", {"event": self.event.number, **confirmed}, Stage.DISPATCH, self.process
        )

    def confirmation(
        self, plan: Mapping[str, Any], signer: str = "eno", process: TxId | None = None
    ) -> bytes:
        message = confirmation_message(
            self.chain.genesis.hash,
            process or self.event.process,
            plan["allocation_w"],
            tuple(Cut(**cut) for cut in plan["cuts"]),
            Certificate(**plan["certificate"]),
            plan["voltages"],
        )
        return key_of(signer).sign(message)

    def infeasible(self, **changes: Any) -> Call:
        usual = {"event": self.event.number, "cuts": (), "certificate": None, "reason": "it did not converge"}
        return Call("eno", "declare_infeasible", {**usual, **changes}, Stage.DISPATCH, self.process)

    def meter(self, number: int, period: int, response_w: int | None = None, **changes: Any) -> Call:
        """A reading that shows a response: the allocated one, unless it is told another."""
        record = self.event
        shown = self.allocation_w[number] if response_w is None else response_w
        reading = asdict(self.reading(number, Period(period), shown))
        usual = {"event": record.number, "period": period, "reading": reading}
        return Call(self.meters[number], "meter", {**usual, **changes}, Stage.VERIFICATION, self.standing)

    def reading(self, number: int, period: Period, response_w: int) -> Reading:
        record = self.event
        place = period - record.first_period
        inside = min(max(place, 0), record.periods - 1)
        baseline_w = get_forecast(self.sight, record.number).baseline_w[inside][number]
        period_s = self.chain.genesis.period_s
        injected_wh = energy_wh(baseline_w, period_s) + record.sign * energy_wh(response_w, period_s)
        return Reading(imported_wh=EnergyWh(max(0, -injected_wh)), exported_wh=EnergyWh(max(0, injected_wh)))

    def settle(self, **changes: Any) -> Call:
        record = self.event
        due = tuple(outcome.payment if outcome else 0 for outcome in outcomes(self.sight, record))
        root = verifications_root(self.chain.head.state, record.process)
        usual = {"event": record.number, "payments": due, "verifications": root}
        return Call("owner0", "settle", {**usual, **changes}, Stage.ACCOUNTING, self.standing)

    @property
    def process(self) -> tuple[TxId, ...]:
        """What a dispatch links."""
        return (self.event.process,)

    @property
    def standing(self) -> tuple[TxId, ...]:
        """What a verification and the accounting link."""
        assert self.event.dispatch is not None
        return (self.event.dispatch,)

    @property
    def allocation_w(self) -> tuple[int, ...]:
        return get_dispatch(self.sight, self.event.number).allocation_w

    @property
    def plan(self) -> "Plan":
        """The cheapest safe dispatch for the revealed quotes; solved once a state."""
        plan = _plan(_At(self.chain.head.hash, self))
        assert isinstance(plan, Plan)
        return plan

    def balance_of(self, name: str) -> int:
        return cast(int, self.chain.get("account", f"balance/{address(name)}") or 0)

    def debt_of(self, name: str) -> int:
        return cast(int, self.chain.get("account", f"debt/{address(name)}/{address('eno')}") or 0)

    def escrow(self, event: int) -> int:
        found = self.chain.get("account", f"escrow/response/{event}")
        return cast(tuple[str, int], found)[1] if found else 0

    def money(self) -> int:
        """All balances and escrows: what was issued."""
        held = sum(self.escrow(event) for event in range(count_events(self.sight)))
        return held + sum(map(self.balance_of, self.roles))

    def failures(self) -> list[str]:
        return [receipt.error for block in self.chain.blocks for receipt in block.receipts if not receipt.ok]

    def _genesis_parameters(self) -> Mapping[str, Mapping[str, Value]]:
        balances = {address("eno"): self.eno_balance} | {
            address(owner): self.owner_balance for owner in self.owners
        }
        meters = {address(meter): owner for meter, owner in zip(self.meters, self.owners, strict=True)}
        meters[address("spare-meter")] = self.owners[0]
        return {
            "account": {"balances": {name: amount for name, amount in balances.items() if amount}},
            "metering": {
                "meters": {
                    meter: {"owner": address(owner), "carrier": "electricity", "place": owner}
                    for meter, owner in meters.items()
                }
            },
            RESPONSE: encode_parameters(self.parameters),
        }


@dataclass(frozen=True)
class Plan:
    """What a dispatch says, of what has to hold."""

    allocation_w: tuple[int, ...]
    cuts: tuple[Cut, ...]
    certificate: Certificate
    voltages: tuple[tuple[tuple[int, int], ...], ...]


def forecast(periods: int, case: ResponseCase = CASE) -> Forecast:
    """The case's noon."""
    points = case.day[NOON : NOON + periods]
    return Forecast(
        background_w=tuple(point.background_w for point in points),
        background_var=tuple(point.background_var for point in points),
        baseline_w=tuple(point.baseline_w for point in points),
    )


def quote_of(number: int, sign: int, case: ResponseCase = CASE) -> Quote:
    """The case's quote of a resource."""
    quote = case.resources[number].quote(sign)
    assert quote is not None
    return quote


def salt_of(number: int) -> bytes:
    return sha256(b"salt %d" % number)


@dataclass(frozen=True)
class _At:
    """A market in one state."""

    head: bytes
    market: Market = field(compare=False)


@cache
def _plan(at: _At) -> "Plan | Infeasible":
    return make_plan(at.market)


def make_plan(market: Market) -> Plan | Infeasible:
    """Optimise, check, cut, and again, until it is safe or shown to be impossible."""
    sight, record, resources = market.sight, market.event, market.resources
    network, cuts = market.parameters.network, ()
    placement = Placement(tuple(resource.bus for resource in resources), record.sign)
    case = get_forecast(sight, record.number)
    while True:
        answer = solve(demand_of(sight, record, cuts), market.parameters.gap)
        if isinstance(answer, Infeasible):
            return answer
        points = injections(case, resources, record.sign, answer.allocation)
        voltages = run_sweep(network, points).voltages_npu
        found = security_cuts(network, points, voltages, placement, answer.allocation, 4)
        if not found:
            return Plan(answer.allocation, cuts, answer.certificate, voltages)
        cuts = (*cuts, *found)


def market_in(phase: Phase, target_w: int = TARGET_W) -> Market:
    """A fork of the usual market, just come into this phase."""
    return _reached(phase, target_w).fork()


@cache
def _reached(phase: Phase, target_w: int) -> Market:
    if phase is Phase.QUOTING:
        market = Market()
        market.chain.make_block()
        market.take(market.trigger(target_w))
        return market
    order = list(Phase)
    market = _reached(order[order.index(phase) - 1], target_w).fork()
    advance(market)
    assert market.phase is phase
    return market


def advance(market: Market) -> None:
    """Everybody does what the phase asks for."""
    invited = [number for number, each in enumerate(market.resources) if each.certified_w(market.event.sign)]
    match market.phase:
        case Phase.QUOTING:
            market.take_all(map(market.seal, invited))
        case Phase.AGREEING:
            market.take_all(map(market.reveal, invited))
        case Phase.DISPATCHING:
            market.take(market.dispatch())
        case Phase.SCHEDULED:
            market.run_to(Phase.RUNNING)
        case Phase.RUNNING:
            for period in range(market.event.first_period, market.event.end):
                if market.sight.view.period <= period:
                    market.chain.make_block()
                market.take_all(market.meter(number, period) for number in range(len(market.resources)))
        case Phase.METERING:
            market.run_to(Phase.ACCOUNTING)
        case Phase.ACCOUNTING:
            market.take(market.settle())
