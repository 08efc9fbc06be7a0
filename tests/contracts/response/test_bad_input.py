"""What nobody may do in an event: each refused by name, with nothing changed."""

from dataclasses import asdict, replace

import pytest

from contracts.account.errors import InsufficientBalance
from contracts.errors import ArgumentError, ContractError, NotAllowed
from contracts.membership.errors import UnknownMember
from contracts.metering.errors import AlreadyRead, PeriodNotOver, UnknownMeter
from contracts.metering.readings import Reading
from contracts.response.contract import Response
from contracts.response.events import get_forecast
from contracts.response.network import Line
from contracts.response.network_errors import (
    IslandedBus,
    LoopedNetwork,
    NotASolution,
    UnknownBus,
    VoltageOutOfBand,
    WrongVoltageCount,
    ZeroImpedance,
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
from contracts.response.parameters import RESPONSE, encode_parameters
from contracts.response.problem import demand_of, injections
from contracts.response.quote_errors import (
    BeyondCertified,
    EmptySegment,
    FallingPrice,
    OverlappingSegment,
    PriceTooHigh,
)
from contracts.response.quotes import Quote, Segment
from contracts.response.records import Phase
from contracts.response.refusals import (
    BeyondCapacity,
    ChangedQuote,
    DoneBefore,
    IncompleteReading,
    Misshapen,
    NoAlarm,
    NoReason,
    NoTarget,
    NotConcerned,
    NotConfirmed,
    NotInvited,
    NotNow,
    NotSealed,
    Overlapping,
    Overpaid,
    TooFar,
    TooLarge,
    TooLate,
    TooLong,
    TooManyCuts,
    TooManyEvents,
    TooSoon,
    UnfitParameters,
    UnfitResource,
    UnknownEvent,
    UnknownResource,
    WrongPayment,
    WrongPeriod,
    WrongProcess,
)
from contracts.response.solving.solver import Answer, solve
from contracts.response.solving.sweep import run_sweep
from contracts.response.trigger import ACTIVE_MAX
from contracts.tdva import WrongVerifications
from ledger.errors import LinkCount, LinkError, LinkMissing, Settled, VerifiedTwice, WrongStage
from ledger.genesis import Limits
from ledger.quantities import TxId
from tests.contracts.chain import address, new_chain
from tests.contracts.rejections import attempt_call
from tests.contracts.response.market import (
    CASE,
    CUT_TARGET_W,
    METERS,
    OWNERS,
    PERIODS,
    TARGET_W,
    Call,
    Market,
    forecast,
    market_in,
    parameters_for,
    quote_of,
    salt_of,
)

EXACT_VOLTAGE_STEP_NPU = 100_000
"""0.0001 p.u."""


def check_refused(market: Market, error: type[ContractError | LinkError], call: Call) -> str:
    """The call must be refused with this error; returns what it says."""
    receipt, _ = attempt_call(
        market.chain, call.sender, RESPONSE, call.action, call.arguments, call.stage, call.links
    )
    assert not receipt.ok
    assert receipt.error.startswith(f"{error.__name__}: "), receipt.error
    return receipt.error


def check_taken(market: Market, call: Call) -> None:
    receipt, _ = attempt_call(
        market.chain, call.sender, RESPONSE, call.action, call.arguments, call.stage, call.links
    )
    assert receipt.ok, receipt.error


@pytest.fixture(scope="module")
def idle() -> Market:
    market = Market()
    for _ in range(3):
        market.chain.make_block()
    return market


@pytest.fixture(scope="module")
def quoting() -> Market:
    return market_in(Phase.QUOTING)


@pytest.fixture(scope="module")
def agreeing() -> Market:
    return market_in(Phase.AGREEING)


@pytest.fixture(scope="module")
def dispatching() -> Market:
    return market_in(Phase.DISPATCHING)


@pytest.fixture(scope="module")
def metering() -> Market:
    """Before the readings of the last period; the others came."""
    market = market_in(Phase.RUNNING)
    first = market.event.first_period
    market.chain.make_block()
    market.take_all(market.meter(number, first) for number in range(len(OWNERS)))
    return market


@pytest.fixture(scope="module")
def accounting() -> Market:
    return market_in(Phase.ACCOUNTING)


# Genesis: the network, and what no transaction could carry.

LINES = CASE.network.lines


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ((*LINES, Line(2, 6, 10**7, 10**7, 10**9)), LoopedNetwork),
        (LINES[:-1], IslandedBus),
        ((*LINES[:-1], replace(LINES[-1], resistance_npu=0, reactance_npu=0)), ZeroImpedance),
        ((*LINES[:-1], replace(LINES[-1], target=7)), UnknownBus),
    ],
)
def test_a_genesis_with_a_network_that_is_none_is_refused(
    lines: tuple[Line, ...], error: type[ContractError]
) -> None:
    good = encode_parameters(parameters_for())
    bad = {**good, "network": {**asdict(CASE.network), "lines": tuple(map(asdict, lines))}}
    with pytest.raises(error):
        new_chain([Response()], {RESPONSE: bad})


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"periods_max": 96, "cuts_max": 64}, TooLarge, "a dispatch could take"),
        ({"eno": address("nobody")}, UnknownMember, "is not a member"),
        ({"resources": (replace(parameters_for().resources[0], bus=7),)}, UnfitResource, "no bus 7"),
        (
            {"resources": (replace(parameters_for().resources[0], meter=address("eno")),)},
            UnknownMeter,
            "not a registered meter",
        ),
        ({"resources": (parameters_for().resources[0],) * 2}, UnfitResource, "of another resource"),
    ],
)
def test_a_genesis_that_cannot_work_is_refused(
    changes: dict[str, object], error: type[ContractError], says: str
) -> None:
    limits = Limits(transaction_bytes=2**14) if error is TooLarge else Limits()
    with pytest.raises(error, match=says):
        Market(changes=changes, limits=limits)


def test_a_typo_in_the_genesis_is_named() -> None:
    good = encode_parameters(parameters_for())
    with pytest.raises(ArgumentError, match=r"response\.cut_max"):
        new_chain([Response()], {RESPONSE: {**good, "cut_max": 1}})
    for window, slots in (("quote_slots", 0), ("agree_slots", 1)):
        windows = {**asdict(parameters_for().windows), window: slots}
        with pytest.raises(ArgumentError, match=rf"response\.windows\.{window}"):
            new_chain([Response()], {RESPONSE: {**good, "windows": windows}})
    with pytest.raises(ArgumentError, match=r"response\.voltage_tolerance_npu"):
        new_chain([Response()], {RESPONSE: {**good, "voltage_tolerance_npu": 100_000}})
    with pytest.raises(UnfitParameters, match=r"response\.gap"):
        new_chain([Response()], {RESPONSE: {**good, "gap": {"relative_ppm": -1, "absolute_nano": 0}}})


def test_only_the_operator_certifies_and_in_order(idle: Market, quoting: Market) -> None:
    resource = {**asdict(idle.parameters.resources[0]), "kind": "load", "meter": address("spare-meter")}

    def certify(number: int, sender: str = "eno", **changes: object) -> Call:
        return Call(sender, "certify", {"number": number, "resource": {**resource, **changes}})

    check_taken(idle, certify(6))
    check_taken(idle, certify(0))
    check_refused(idle, NotAllowed, certify(6, "owner0"))
    check_refused(idle, NotConcerned, certify(6, "other-eno"))
    check_refused(idle, UnfitResource, certify(7))
    check_refused(idle, UnfitResource, certify(6, bus=7))
    check_refused(idle, UnfitResource, certify(6, meter=address(METERS[1])))
    check_refused(idle, UnknownMember, certify(6, address=address("nobody")))
    check_refused(idle, UnknownMeter, certify(6, meter=address("owner0")))
    check_refused(idle, ArgumentError, certify(6, down_w=-1))
    check_refused(idle, ArgumentError, certify(6, kind="miracle"))
    check_taken(quoting, certify(6))
    check_refused(quoting, UnfitResource, certify(0))


# T


def test_a_trigger_asks_for_what_can_be(idle: Market) -> None:
    check_taken(idle, idle.trigger())
    check_refused(idle, NotAllowed, replace(idle.trigger(), sender="owner0"))
    check_refused(idle, NotConcerned, replace(idle.trigger(), sender="other-eno"))
    check_refused(idle, NoTarget, idle.trigger(0))
    check_refused(idle, BeyondCapacity, idle.trigger(-1_000_000))
    check_refused(idle, BeyondCapacity, idle.trigger(50_000))
    check_refused(idle, TooLong, idle.trigger(periods=5, forecast=asdict(forecast(5))))
    check_refused(idle, ArgumentError, idle.trigger(periods=0))
    earliest = idle.trigger().arguments["first_period"]
    check_refused(idle, TooSoon, idle.trigger(first_period=earliest - 1))
    in_a_week = earliest + 7 * 96
    check_taken(idle, idle.trigger(first_period=in_a_week))
    check_refused(idle, TooFar, idle.trigger(first_period=in_a_week + 1))


def test_what_all_together_could_give_depends_on_how_long() -> None:
    """5 kWh are 20 kW for a quarter hour and 5 kW for an hour."""
    alone = replace(parameters_for().resources[0], down_w=20_000, energy_wh=5_000)
    market = Market(changes={"resources": (alone,)})
    market.chain.make_block()
    for periods, most_w in ((1, 20_000), (4, 5_000)):
        points = forecast(periods)
        first = asdict(replace(points, baseline_w=tuple(row[:1] for row in points.baseline_w)))
        check_taken(market, market.trigger(-most_w, periods=periods, forecast=first))
        check_refused(market, BeyondCapacity, market.trigger(-most_w - 1, periods=periods, forecast=first))


@pytest.mark.parametrize("field", ["background_w", "background_var", "baseline_w"])
def test_a_forecast_speaks_of_every_period_and_place(idle: Market, field: str) -> None:
    good = asdict(forecast(PERIODS))
    for rows in (good[field][:1], (good[field][0][:-1], good[field][1])):
        error = check_refused(idle, Misshapen, idle.trigger(forecast={**good, field: rows}))
        assert field in error


def test_events_do_not_overlap_or_join_another_process(idle: Market) -> None:
    market = idle.fork()
    first = market.trigger().arguments["first_period"] + 4
    market.take(market.trigger(first_period=first))
    for period in (first - 1, first, first + 1):
        check_refused(market, Overlapping, market.trigger(first_period=period))
    for period in (first - 2, first + 2):
        check_taken(market, market.trigger(first_period=period))
    joined = replace(market.trigger(first_period=first + 2), links=market.process)
    check_refused(market, WrongProcess, joined)


def test_the_chain_follows_so_many_events_at_once_and_no_more(idle: Market) -> None:
    market = idle.fork()
    first = market.trigger().arguments["first_period"]
    starts = range(first, first + PERIODS * ACTIVE_MAX, PERIODS)
    market.take_all(market.trigger(first_period=start) for start in starts)
    check_refused(market, TooManyEvents, market.trigger(first_period=first + 99))


def test_an_alarm_has_to_be_on_the_chain_and_show_it(idle: Market) -> None:
    market = idle.fork()
    now = market.sight.view.period
    highest_mv = 242_487
    voltages = {
        METERS[0]: highest_mv + 1,
        METERS[1]: highest_mv,
        METERS[2]: 215_000,
        "spare-meter": 245_000,
    }
    for meter, voltage_mv in voltages.items():
        reading = {**asdict(Reading()), "voltage_mv": voltage_mv}
        assert market.chain.call(meter, "metering", "report", {"period": now - 1, "reading": reading}).ok

    def alarmed(meter: str, period: int = now - 1, target_w: int = TARGET_W) -> Call:
        return market.trigger(target_w, alarm={"meter": address(meter), "period": period})

    check_taken(market, alarmed(METERS[0]))
    check_taken(market, alarmed(METERS[2], target_w=10_000))
    assert "within the band" in check_refused(market, NoAlarm, alarmed(METERS[1]))
    assert "further out" in check_refused(market, NoAlarm, alarmed(METERS[2]))
    assert "further out" in check_refused(market, NoAlarm, alarmed(METERS[0], target_w=10_000))
    assert "not say a voltage" in check_refused(market, NoAlarm, alarmed(METERS[3]))
    assert "not say a voltage" in check_refused(market, NoAlarm, alarmed(METERS[0], now))
    assert "too long ago" in check_refused(market, NoAlarm, alarmed(METERS[0], now - 9))
    check_refused(market, NotConcerned, alarmed("spare-meter"))
    oldest = market.chain.genesis.slot_of(now - 1 + market.parameters.alarm_periods)
    market.chain.make_block(oldest - 1)
    check_taken(market, alarmed(METERS[0]))
    market.chain.make_block()
    assert "too long ago" in check_refused(market, NoAlarm, alarmed(METERS[0]))


# Quotes


def test_a_quote_is_sealed_once_by_its_owner_while_it_can_be(quoting: Market, agreeing: Market) -> None:
    market = quoting.fork()
    market.take(market.seal(0))
    check_refused(market, DoneBefore, market.seal(0))
    check_refused(market, NotConcerned, replace(market.seal(1), sender="owner0"))
    check_refused(market, UnknownResource, market.seal(0, resource=6))
    check_refused(market, UnknownEvent, market.seal(1, event=1))
    check_refused(market, ArgumentError, market.seal(1, commitment=bytes(31)))
    check_refused(market, NotNow, market.reveal(0))
    check_refused(agreeing, NotNow, agreeing.seal(0))


def test_who_is_not_certified_for_the_direction_is_not_invited() -> None:
    market = Market()
    market.chain.make_block()
    market.take(market.trigger(10_000))
    assert market.event.invited == 2
    check_refused(market, NotInvited, market.seal(0, quote_of(0, -1)))


def test_a_quote_is_revealed_as_it_was_sealed(agreeing: Market) -> None:
    sealed = quote_of(0, -1)
    *cheaper, last = sealed.segments
    dearer = replace(sealed, segments=(*cheaper, replace(last, price_ukwh=last.price_ukwh + 1)))
    check_refused(agreeing, ChangedQuote, agreeing.reveal(0, dearer))
    check_refused(agreeing, ChangedQuote, agreeing.reveal(0, replace(sealed, energy_wh=sealed.energy_wh - 1)))
    check_refused(agreeing, ChangedQuote, agreeing.reveal(0, salt=salt_of(1)))
    check_refused(agreeing, NotConcerned, replace(agreeing.reveal(0), sender="owner1"))
    stolen = agreeing.reveal(1, quote_of(0, -1), salt=salt_of(0))
    check_refused(agreeing, ChangedQuote, stolen)
    market = agreeing.fork()
    market.take(market.reveal(0))
    check_refused(market, DoneBefore, market.reveal(0))


def test_who_has_not_sealed_does_not_reveal(quoting: Market) -> None:
    market = quoting.fork()
    market.take(market.seal(0))
    market.run_to(Phase.AGREEING)
    check_refused(market, NotSealed, market.reveal(1))


def segments(*rows: tuple[int, int, int]) -> Quote:
    return Quote(tuple(Segment(*row) for row in rows), 20_000)


@pytest.mark.parametrize(
    ("quote", "error"),
    [
        (segments((0, 5_000, 200_000), (5_000, 9_000, 199_999)), FallingPrice),
        (segments((0, 5_000, 100_000), (4_999, 9_000, 200_000)), OverlappingSegment),
        (segments((0, 5_000, 100_000), (5_001, 9_000, 200_000)), OverlappingSegment),
        (segments((1, 5_000, 100_000)), OverlappingSegment),
        (segments((0, 5_000, 100_000), (5_000, 4_000, 200_000)), EmptySegment),
        (segments((0, 0, 100_000)), EmptySegment),
        (segments((0, 20_001, 100_000)), BeyondCertified),
        (replace(segments((0, 5_000, 100_000)), energy_wh=20_001), BeyondCertified),
        (segments((0, 5_000, 1_000_001)), PriceTooHigh),
        (segments((0, -5_000, 100_000)), ArgumentError),
        (segments((0, 5_000, -1)), ArgumentError),
        (segments(*((number, number + 1, 1) for number in range(17))), ArgumentError),
    ],
)
def test_a_quote_that_is_none_is_refused_even_if_it_was_sealed(
    quote: Quote, error: type[ContractError]
) -> None:
    market = market_in(Phase.QUOTING)
    market.take(market.seal(0, quote))
    market.run_to(Phase.AGREEING)
    check_refused(market, error, market.reveal(0, quote))


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
