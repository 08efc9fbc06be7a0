"""What nobody may do until an event's quotes are revealed: each refused by name, with nothing changed."""

from dataclasses import asdict, replace

import pytest

from contracts.errors import ArgumentError, ContractError, NotAllowed
from contracts.membership.errors import UnknownMember
from contracts.metering.errors import UnknownMeter
from contracts.metering.readings import Reading
from contracts.response.contract import Response
from contracts.response.network import Line
from contracts.response.network_errors import (
    IslandedBus,
    LoopedNetwork,
    UnknownBus,
    ZeroImpedance,
)
from contracts.response.parameters import RESPONSE, encode_parameters
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
    Misshapen,
    NoAlarm,
    NoTarget,
    NotConcerned,
    NotInvited,
    NotNow,
    NotSealed,
    Overlapping,
    TooFar,
    TooLarge,
    TooLong,
    TooManyEvents,
    TooSoon,
    UnfitParameters,
    UnfitResource,
    UnknownEvent,
    UnknownResource,
    WrongProcess,
)
from contracts.response.trigger import ACTIVE_MAX
from ledger.genesis import Limits
from tests.contracts.calls import Call
from tests.contracts.chain import address, new_chain
from tests.contracts.response.market import (
    CASE,
    METERS,
    PERIODS,
    TARGET_W,
    Market,
    forecast,
    market_in,
    parameters_for,
    quote_of,
    salt_of,
)
from tests.contracts.response.refused import check_refused, check_taken

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
