"""Everybody does anything, at any time and in any order: what must hold then, and in the end."""

from dataclasses import asdict, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contracts.response.events import (
    active_events,
    count_events,
    find_bill,
    find_quote,
    get_dispatch,
    get_event,
)
from contracts.response.parameters import Windows
from contracts.response.process import OVER, TRANSITIONS
from contracts.response.quotes import Quote, Segment
from contracts.response.records import EventRecord, Phase
from contracts.response.settlement import full_payment
from contracts.response.solving.solver import Infeasible
from tests.contracts.calls import Call
from tests.contracts.response.market import OWNERS, Market, make_plan, quote_of

WINDOWS = Windows(quote_slots=9, agree_slots=9, dispatch_slots=9, reading_slots=4)
RESOURCES = st.integers(0, len(OWNERS) - 1)
STEPS = {(before.value, after.value) for (before, _), after in TRANSITIONS.items()}
HELD = (Phase.SCHEDULED, Phase.RUNNING, Phase.METERING, Phase.ACCOUNTING)
"""The phases in which money is put aside."""


def segments_of(price_ukwh: int) -> Quote:
    """A quote that nobody would take, or that is none."""
    return Quote((Segment(0, 8_000, price_ukwh),), 8_000)


class Life(RuleBasedStateMachine):
    """A market in which each rule is somebody's transaction in a block of its own, taken or refused."""

    def __init__(self) -> None:
        super().__init__()
        self.market = Market({"windows": WINDOWS}, owner_balance=100_000)
        self.market.chain.make_block()
        self.issued = self.market.money()

    def do(self, *calls: Call) -> None:
        """Transactions in one block, each taken or refused."""
        for call in calls:
            self.market.chain.send(
                call.sender, "response", call.action, call.arguments, call.stage, call.links
            )
        self.market.chain.make_block()
        self.check_transitions()

    def check_transitions(self) -> None:
        """Events moved only as the table says."""
        moves = [event.fields for event in self.market.chain.events if event.name == "phase"]
        assert {(fields["before"], fields["after"]) for fields in moves} <= STEPS

    def active(self) -> list[EventRecord]:
        sight = self.market.sight
        return [get_event(sight, number) for number in active_events(sight)]

    def turn_to(self, data: st.DataObject) -> EventRecord:
        """Have the next step be about some event under way."""
        record = data.draw(st.sampled_from(self.active()))
        self.market.number = record.number
        return record

    @precondition(lambda self: len(self.active()) < 2)
    @rule(
        target_w=st.sampled_from([-50_000, -50_000, -30_000, -4_000, 10_000]),
        periods=st.integers(1, 2),
        later=st.integers(0, 1),
    )
    def trigger(self, target_w: int, periods: int, later: int) -> None:
        first_period = self.market.sight.calendar.earliest_period(self.market.chain.slot) + later
        self.do(self.market.trigger(target_w, periods=periods, first_period=first_period))

    @precondition(active)
    @rule(data=st.data(), absent=st.sets(RESOURCES, max_size=2))
    def act(self, data: st.DataObject, absent: set[int]) -> None:
        """Almost everybody does what the phase asks for."""
        record, market = self.turn_to(data), self.market
        present = [number for number in range(len(OWNERS)) if number not in absent]
        match record.phase:
            case Phase.QUOTING:
                self.do(*(market.seal(number, quote_of(number, -1)) for number in present))
            case Phase.AGREEING:
                self.do(*(market.reveal(number, quote_of(number, -1)) for number in present))
            case Phase.DISPATCHING:
                plan = make_plan(market)
                self.do(market.infeasible() if isinstance(plan, Infeasible) else market.dispatch())
            case Phase.SCHEDULED:
                market.run_to(Phase.RUNNING)
            case Phase.RUNNING | Phase.METERING:
                period = data.draw(st.integers(record.first_period, record.end - 1))
                self.do(*(market.meter(number, period) for number in present))
            case Phase.ACCOUNTING:
                self.do(market.settle())
                assert market.phase is Phase.SETTLED

    @precondition(active)
    @rule(data=st.data(), number=RESOURCES, by=st.sampled_from([1, -1, 10**6]))
    def misbehave(self, data: st.DataObject, number: int, by: int) -> None:
        """Somebody does something else than what the phase asks for."""
        record, market = self.turn_to(data), self.market
        match record.phase:
            case Phase.QUOTING:
                self.do(market.seal(number, segments_of(5 * by)), market.seal(number, segments_of(by)))
            case Phase.AGREEING:
                self.do(market.reveal(number, segments_of(5 * by)), market.reveal(number, segments_of(by)))
            case Phase.DISPATCHING:
                plan = make_plan(market)
                if not isinstance(plan, Infeasible):
                    self.do(market.dispatch(allocation_w=plan.allocation_w[::-1]))
            case Phase.RUNNING | Phase.METERING:
                self.do(market.meter(number, record.end - 1, by), market.meter(number, record.end, by))
            case Phase.ACCOUNTING:
                payments = list(market.settle().arguments["payments"])
                payments[number] += by
                self.do(market.settle(payments=tuple(payments)))
                assert market.phase is Phase.ACCOUNTING

    @rule(slots=st.integers(1, 3))
    def stand_still(self, slots: int) -> None:
        """The committee was gone for a while."""
        self.market.chain.make_block(self.market.chain.slot + slots - 1)
        self.check_transitions()

    @precondition(lambda self: not self.active())
    @rule(number=RESOURCES, down_w=st.sampled_from([0, 60_000]))
    def certify(self, number: int, down_w: int) -> None:
        resource = replace(self.market.parameters.resources[number], down_w=down_w)
        arguments = {"number": number, "resource": {**asdict(resource), "kind": resource.kind.value}}
        self.do(Call("eno", "certify", arguments))

    @invariant()
    def money_is_conserved(self) -> None:
        assert self.market.money() == self.issued

    @invariant()
    def only_what_is_dispatched_and_not_paid_holds_money(self) -> None:
        sight = self.market.sight
        for number in range(count_events(sight)):
            record = get_event(sight, number)
            held = get_dispatch(sight, number).escrow if record.phase in HELD else 0
            assert self.market.escrow(number) == held
            assert (number in active_events(sight)) is (record.phase not in OVER)

    @invariant()
    def nobody_is_paid_above_its_quote(self) -> None:
        sight = self.market.sight
        for event in range(count_events(sight)):
            record = get_event(sight, event)
            for number in range(len(OWNERS) if record.phase is Phase.SETTLED else 0):
                bill, quote = find_bill(sight, event, number), find_quote(sight, event, number)
                if bill is not None:
                    assert quote is not None
                    given_w = get_dispatch(sight, event).allocation_w[number]
                    assert bill.payment <= full_payment(
                        quote, given_w, record.periods * sight.genesis.period_s
                    )

    def teardown(self) -> None:
        """Everything ends: paid, lapsed or infeasible, and no money stays behind."""
        market = self.market
        while any(record.phase is not Phase.ACCOUNTING for record in self.active()):
            market.chain.make_block()
            self.check_transitions()
        for record in self.active():
            market.number = record.number
            market.take(market.settle())
        assert active_events(market.sight) == ()
        assert sum(map(market.escrow, range(count_events(market.sight)))) == 0
        self.money_is_conserved()
        self.nobody_is_paid_above_its_quote()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
