"""What nobody may do from an event's dispatch on: each refused by name, with nothing changed."""

from dataclasses import asdict, replace

import pytest

from contracts.account.errors import InsufficientBalance
from contracts.errors import ArgumentError, ContractError, NotAllowed
from contracts.metering.errors import AlreadyRead, PeriodNotOver
from contracts.metering.readings import Reading
from contracts.response.events import get_forecast
from contracts.response.network_errors import (
    NotASolution,
    VoltageOutOfBand,
    WrongVoltageCount,
)
from contracts.response.optimality import Certificate, Cut
from contracts.response.optimality_errors import (
    GapTooWide,
    NotInfeasible,
    NotMarginal,
    NotMeritOrder,
    OutOfCapacity,
    TargetMissed,
    WrongLength,
)
from contracts.response.problem import demand_of, injections
from contracts.response.records import Phase
from contracts.response.refusals import (
    IncompleteReading,
    Misshapen,
    NoReason,
    NotConcerned,
    NotConfirmed,
    NotNow,
    Overpaid,
    TooLate,
    TooManyCuts,
    UnknownEvent,
    WrongPayment,
    WrongPeriod,
    WrongProcess,
)
from contracts.response.solving.solver import Answer, solve
from contracts.response.solving.sweep import run_sweep
from contracts.tdva import WrongVerifications
from ledger.errors import LinkCount, LinkMissing, Settled, VerifiedTwice, WrongStage
from ledger.quantities import TxId
from tests.contracts.calls import Call
from tests.contracts.chain import address
from tests.contracts.response.market import CASE, CUT_TARGET_W, METERS, OWNERS, PERIODS, Market, market_in
from tests.contracts.response.refused import check_refused, check_taken

EXACT_VOLTAGE_STEP_NPU = 100_000
"""0.0001 p.u."""


# D


def test_a_dispatch_comes_once_from_those_who_take_part_in_its_time(
    agreeing: Market, dispatching: Market
) -> None:
    good = dispatching.dispatch()
    check_taken(dispatching, good)
    check_refused(dispatching, NotConcerned, replace(good, sender="alder"))
    check_refused(dispatching, NotConcerned, replace(good, sender=METERS[0]))
    check_refused(agreeing, NotNow, replace(good, links=agreeing.process))
    taken = dispatching.fork()
    taken.take(good)
    check_refused(taken, LinkCount, good)
    check_refused(taken, NotNow, replace(good, links=(*good.links, *taken.standing)))


def test_a_dispatch_needs_the_operators_own_signature_under_all_of_it(dispatching: Market) -> None:
    good = dispatching.dispatch()
    check_refused(dispatching, NotConfirmed, good.given(confirmation=bytes(64)))
    for signer in ("owner0", "other-eno"):
        signed = dispatching.confirmation(asdict(dispatching.plan), signer)
        check_refused(dispatching, NotConfirmed, good.given(confirmation=signed))
    other_event = dispatching.confirmation(asdict(dispatching.plan), process=TxId(bytes(32)))
    check_refused(dispatching, NotConfirmed, good.given(confirmation=other_event))
    moved = list(good.arguments["allocation_w"])
    moved[0] -= 1
    moved[1] += 1
    voltages = shifted(dispatching, 1)
    certificate = {**good.arguments["certificate"], "price": good.arguments["certificate"]["price"] + 1}
    for change in ({"allocation_w": tuple(moved)}, {"voltages": voltages}, {"certificate": certificate}):
        check_refused(dispatching, NotConfirmed, good.given(**change))


@pytest.mark.parametrize("number", range(len(OWNERS)))
@pytest.mark.parametrize("by_w", [-1, 1])
def test_a_dispatch_that_is_1_w_off_is_refused_even_if_the_operator_signed_it(
    dispatching: Market, number: int, by_w: int
) -> None:
    allocation = list(dispatching.plan.allocation_w)
    allocation[number] += by_w
    if allocation[number] < 0:
        return
    error = TargetMissed if allocation[number] <= certified_w(number) else OutOfCapacity
    check_refused(dispatching, error, dispatching.dispatch(allocation_w=tuple(allocation)))


def certified_w(number: int) -> int:
    return CASE.resources[number].down_w


def test_a_watt_moved_from_one_to_another_is_not_the_merit_order(dispatching: Market) -> None:
    allocation = list(dispatching.plan.allocation_w)
    taken = next(number for number, w in enumerate(allocation) if w < certified_w(number))
    given = next(number for number, w in enumerate(allocation) if w > 0 and number != taken)
    allocation[given] -= 1
    allocation[taken] += 1
    check_refused(dispatching, NotMeritOrder, dispatching.dispatch(allocation_w=tuple(allocation)))


def shifted(market: Market, by_npu: int, bus: int = 6, period: int = 1) -> tuple[object, ...]:
    """The plan's voltages, with one bus off in one period."""
    rows = [list(row) for row in market.plan.voltages]
    real, imaginary = rows[period][bus]
    rows[period][bus] = (real + by_npu, imaginary)
    return tuple(map(tuple, rows))


@pytest.mark.parametrize("bus", range(7))
@pytest.mark.parametrize("by_npu", [-EXACT_VOLTAGE_STEP_NPU, EXACT_VOLTAGE_STEP_NPU])
def test_a_voltage_that_is_a_ten_thousandth_off_is_refused_even_if_the_operator_signed_it(
    dispatching: Market, bus: int, by_npu: int
) -> None:
    call = dispatching.dispatch(voltages=shifted(dispatching, by_npu, bus))
    check_refused(dispatching, NotASolution, call)


def test_a_dispatch_that_leaves_a_voltage_outside_the_band_is_refused() -> None:
    market = market_in(Phase.DISPATCHING, CUT_TARGET_W)
    plan = unsafe_plan(market)
    check_refused(market, VoltageOutOfBand, market.dispatch(**plan))


def unsafe_plan(market: Market) -> dict[str, object]:
    """The merit order, with the true voltages that follow from it."""
    answer = solve(demand_of(market.sight, market.event), market.parameters.gap)
    assert isinstance(answer, Answer)
    points = injections(get_forecast(market.sight, 0), market.resources, -1, answer.allocation)
    return {
        "allocation_w": answer.allocation,
        "cuts": (),
        "certificate": asdict(answer.certificate),
        "voltages": run_sweep(market.parameters.network, points).voltages_npu,
    }


def test_a_dispatch_with_cuts_is_no_dearer_than_its_certificate_allows() -> None:
    market = market_in(Phase.DISPATCHING, CUT_TARGET_W)
    check_taken(market, market.dispatch())
    certificate = asdict(market.plan.certificate)
    loose = {**certificate, "weights": (0,) * len(certificate["weights"])}
    check_refused(market, GapTooWide, market.dispatch(certificate=loose))


def test_a_dispatch_has_the_right_shape(dispatching: Market) -> None:
    plan = dispatching.plan
    check_refused(dispatching, Misshapen, dispatching.dispatch(voltages=plan.voltages[:1]))
    few = tuple(row[:-1] for row in plan.voltages)
    check_refused(dispatching, WrongVoltageCount, dispatching.dispatch(voltages=few))
    check_refused(dispatching, WrongLength, dispatching.dispatch(allocation_w=plan.allocation_w[:-1]))
    cuts = (asdict(Cut((1,) * len(OWNERS), 10**9)),) * 9
    check_refused(dispatching, TooManyCuts, dispatching.dispatch(cuts=cuts))
    cheap = asdict(replace(plan.certificate, price=1))
    check_refused(dispatching, NotMarginal, dispatching.dispatch(certificate=cheap))
    check_refused(dispatching, ArgumentError, dispatching.dispatch().given(allocation_w=(-1,) * 6))
    negative = dispatching.dispatch().given(certificate={**cheap, "weights": (-1,)})
    check_refused(dispatching, ArgumentError, negative)


def test_a_dispatch_of_another_event_or_without_its_trigger_is_refused(dispatching: Market) -> None:
    market = dispatching.fork()
    market.take(market.trigger(first_period=market.event.end + 9))
    good = dispatching.dispatch()
    newer = market.process
    check_refused(market, WrongProcess, replace(good, links=newer))
    check_refused(market, NotNow, replace(good.given(event=1), links=newer))
    check_refused(market, UnknownEvent, good.given(event=2))
    check_refused(market, LinkCount, replace(good, links=()))
    check_refused(market, LinkMissing, replace(good, links=(TxId(bytes(32)),)))


def test_an_operator_without_the_money_cannot_dispatch() -> None:
    market = Market(eno_balance=0)
    market.chain.make_block()
    market.take(market.trigger())
    market.take_all(map(market.seal, range(6)))
    market.take_all(map(market.reveal, range(6)))
    check_refused(market, InsufficientBalance, market.dispatch())


def test_only_what_is_infeasible_is_declared_so(agreeing: Market, dispatching: Market) -> None:
    def declare(prices: Certificate | None, sender: str = "eno", **changes: object) -> Call:
        given = None if prices is None else asdict(prices)
        return replace(dispatching.infeasible(certificate=given, **changes), sender=sender)

    check_refused(dispatching, NotInfeasible, declare(Certificate(1, 1, ())))
    check_refused(dispatching, NotInfeasible, declare(Certificate(1, -1, ())))
    check_refused(dispatching, WrongLength, declare(Certificate(1, 1, (1,))))
    impossible = (asdict(Cut((1,) * len(OWNERS), 0)),)
    check_taken(dispatching, declare(Certificate(1, 1, (1,)), cuts=impossible))
    check_refused(dispatching, NotAllowed, declare(Certificate(1, 1, ()), "owner0"))
    check_refused(dispatching, NotConcerned, declare(None, "other-eno"))
    check_refused(dispatching, NoReason, declare(None, reason=""))
    check_refused(dispatching, ArgumentError, declare(None, reason="x" * 201))
    check_refused(agreeing, NotNow, agreeing.infeasible())


# V


def test_a_period_is_verified_once_by_the_resources_own_meter(metering: Market) -> None:
    first = metering.event.first_period
    check_taken(metering, metering.meter(0, first + 1))
    check_refused(metering, VerifiedTwice, metering.meter(0, first))
    check_refused(metering, NotAllowed, replace(metering.meter(0, first + 1), sender="owner0"))
    stranger = replace(metering.meter(0, first + 1), sender="spare-meter")
    check_refused(metering, NotConcerned, stranger)
    market = metering.fork()
    newest = {**asdict(market.resources[0]), "kind": "load", "meter": address("spare-meter")}
    market.take(Call("eno", "certify", {"number": len(OWNERS), "resource": newest}))
    check_refused(market, NotConcerned, stranger)


def test_a_reading_names_a_period_of_its_event_that_is_over(metering: Market) -> None:
    first = metering.event.first_period
    check_refused(metering, WrongPeriod, metering.meter(0, first - 1))
    check_refused(metering, WrongPeriod, metering.meter(0, first + PERIODS))
    early = market_in(Phase.RUNNING)
    check_refused(early, PeriodNotOver, early.meter(0, first + 1))
    scheduled = market_in(Phase.SCHEDULED)
    check_refused(scheduled, NotNow, scheduled.meter(0, first))


def test_a_reading_comes_in_time(metering: Market, accounting: Market) -> None:
    late = metering.fork()
    while late.sight.view.slot < late.sight.calendar.reading_due(late.event.first_period):
        late.chain.make_block()
    unread = replace(late.meter(0, late.event.first_period), sender=METERS[0])
    check_refused(late, TooLate, unread)
    check_refused(accounting, NotNow, accounting.meter(0, accounting.event.first_period))


def test_a_reading_says_what_the_settlement_needs(metering: Market) -> None:
    period = metering.event.first_period + 1
    for field in ("imported_wh", "exported_wh"):
        reading = {**asdict(Reading()), "imported_wh": 5, "exported_wh": 0, field: None}
        error = check_refused(metering, IncompleteReading, metering.meter(0, period, reading=reading))
        assert field in error


def test_a_reading_links_the_dispatch_in_force(metering: Market) -> None:
    good = metering.meter(0, metering.event.first_period + 1)
    check_refused(metering, WrongStage, replace(good, links=metering.process))
    check_refused(metering, LinkCount, replace(good, links=()))
    check_refused(metering, UnknownEvent, good.given(event=1))


def test_what_was_reported_to_metering_alone_is_verified_as_it_stands(metering: Market) -> None:
    market, period = metering.fork(), metering.event.first_period + 1
    reading = {**asdict(Reading()), "exported_wh": 10**6, "imported_wh": 0}
    assert market.chain.call(METERS[0], "metering", "report", {"period": period, "reading": reading}).ok
    check_refused(market, AlreadyRead, market.meter(0, period))
    check_taken(market, market.meter(0, period, reading=reading))


# A


@pytest.mark.parametrize(
    ("by", "error"), [(1, Overpaid), (10**9, Overpaid), (-1, WrongPayment), (-(10**12), WrongPayment)]
)
def test_an_accounting_pays_what_is_due_and_nothing_else(
    accounting: Market, by: int, error: type[ContractError]
) -> None:
    due = list(accounting.settle().arguments["payments"])
    due[0] += by
    check_refused(accounting, error, accounting.settle(payments=tuple(due)))


def test_what_one_is_underpaid_nobody_else_gets(accounting: Market) -> None:
    due = list(accounting.settle().arguments["payments"])
    due[0], due[1] = due[0] - 5, due[1] + 5
    check_refused(accounting, WrongPayment, accounting.settle(payments=tuple(due)))


def test_an_accounting_has_its_time_its_links_and_its_verifications(
    metering: Market, accounting: Market
) -> None:
    good = accounting.settle()
    check_taken(accounting, good)
    check_taken(accounting, replace(good, sender="alder"))
    check_refused(accounting, Misshapen, good.given(payments=good.arguments["payments"][:-1]))
    check_refused(accounting, WrongVerifications, good.given(verifications=bytes(32)))
    check_refused(accounting, WrongStage, replace(good, links=accounting.process))
    check_refused(accounting, UnknownEvent, good.given(event=1))
    check_refused(metering, NotNow, metering.settle())
    settled = accounting.fork()
    settled.take(good)
    check_refused(settled, Settled, good)


def test_the_settlement_of_one_event_does_not_settle_another() -> None:
    market = market_in(Phase.ACCOUNTING)
    good = market.settle()
    market.take(market.trigger())
    check_refused(market, WrongProcess, good.given(event=1))
