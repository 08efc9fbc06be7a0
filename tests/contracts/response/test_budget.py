"""That the largest event that a genesis allows fits its transactions: what budget.py reckons is enough."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import pytest

from contracts.context import VALUE_BYTES_MAX
from contracts.response.agents.sources import OperatingPoint
from contracts.response.budget import check_budget, largest_bytes, largest_steps
from contracts.response.network import NPU, Bus, Line, Network
from contracts.response.optimality import COEFFICIENT_MAX, LIMIT_MAX, MULTIPLIER_MAX, Certificate, Cut
from contracts.response.parameters import PERIODS_MAX
from contracts.response.quotes import POWER_W_MAX, Segment
from contracts.response.records import COUNT_MAX, ITERATIONS_MAX, Convergence, Forecast, Phase
from contracts.response.refusals import TooLarge
from contracts.response.resources import Kind
from crypto.keys import SIGNATURE_BYTES
from ledger.codec import Value
from ledger.genesis import Limits
from ledger.quantities import PowerW
from ledger.stage import Stage
from studies.response_case import CaseResource, ResponseCase
from tests.contracts.response.market import NOON, Market, advance


def street(houses: int) -> ResponseCase:
    """Houses along feeders of ten, each with a battery, and quotes of as many segments as there may be."""
    lines = [
        Line(0 if house % 10 == 0 else house, house + 1, 2_000_000, 1_000_000, 100 * NPU)
        for house in range(houses)
    ]
    buses = tuple(Bus(f"house {number}") for number in range(houses + 1))
    network = Network(100_000, 230_940, NPU, NPU * 95 // 100, NPU * 105 // 100, buses, tuple(lines))
    curve = tuple(Segment(250 * part, 250 * part + 250, 100_000 + 10_000 * part) for part in range(16))
    resources = tuple(
        CaseResource(f"house {house}", house + 1, Kind.STORAGE, 4_000, 4_000, 4_000, curve)
        for house in range(houses)
    )
    point = OperatingPoint(
        (PowerW(0), *(PowerW(-300 - house) for house in range(houses))),
        (0, *(-100 for _ in range(houses))),
        tuple(PowerW(2_000 + house) for house in range(houses)),
    )
    return ResponseCase("street", network, resources, (point,) * (NOON + PERIODS_MAX))


def respond_with_nothing(market: Market) -> None:
    for period in range(market.event.first_period, market.event.end):
        if market.sight.view.period <= period:
            market.chain.make_block()
        market.take_all(market.meter(number, period, 0) for number in range(len(market.resources)))


@pytest.mark.parametrize(
    ("houses", "periods"), [(5, 4), (49, 4), (8, 96), pytest.param(299, 4, marks=pytest.mark.slow)]
)
def test_a_dispatch_and_its_settlement_take_no_more_than_is_reckoned(houses: int, periods: int) -> None:
    """Also where all of them owe a penalty that they cannot pay, which is the most work."""
    market = Market({"periods_max": periods}, case=street(houses), owner_balance=0)
    steps = largest_steps(market.parameters, houses)
    market.chain.make_block()
    market.take(market.trigger(-150 * houses, periods=periods))
    while market.phase is not Phase.SETTLED:
        phase = market.phase
        if phase is Phase.RUNNING:
            respond_with_nothing(market)
        else:
            advance(market)
        if phase is Phase.DISPATCHING:
            assert market.chain.last.receipts[-1].steps <= steps["a dispatch"]
        if phase is Phase.ACCOUNTING:
            assert market.chain.last.receipts[-1].steps <= steps["an accounting"]


def test_a_dispatch_over_a_day_takes_no_more_than_is_reckoned() -> None:
    market = Market({"periods_max": PERIODS_MAX}, case=street(60))
    market.chain.make_block()
    market.take(market.trigger(-150 * 60, periods=PERIODS_MAX))
    while market.phase is not Phase.SCHEDULED:
        advance(market)
    assert market.chain.last.receipts[-1].steps <= largest_steps(market.parameters, 60)["a dispatch"]


@pytest.mark.parametrize("changes", [{}, {"periods_max": 96, "cuts_max": 64}])
def test_transactions_with_the_longest_numbers_take_no_more_than_is_reckoned(changes: dict[str, int]) -> None:
    market = Market(changes, case=street(20))
    network, parameters = market.parameters.network, market.parameters
    buses, resources = len(network.buses), len(parameters.resources)
    periods, cuts = parameters.periods_max, parameters.cuts_max
    low, event = -POWER_W_MAX, 2**40
    by_bus = ((low,) * buses,) * periods
    cut = Cut((-COEFFICIENT_MAX,) * resources, -LIMIT_MAX)
    convergence = Convergence(
        COUNT_MAX, COUNT_MAX, COUNT_MAX, COUNT_MAX, ((COUNT_MAX, COUNT_MAX),) * ITERATIONS_MAX
    )
    taken: Mapping[str, tuple[str, Stage, Mapping[str, Value]]] = {
        "a trigger": (
            "trigger",
            Stage.TRIGGER,
            {
                "target_w": low,
                "first_period": 2**48,
                "periods": periods,
                "forecast": asdict(Forecast(by_bus, by_bus, ((low,) * resources,) * periods)),
                "alarm": {"meter": "G" * 35, "period": 2**48},
            },
        ),
        "a dispatch": (
            "dispatch",
            Stage.DISPATCH,
            {
                "event": event,
                "allocation_w": (POWER_W_MAX,) * resources,
                "cuts": (asdict(cut),) * cuts,
                "certificate": asdict(Certificate(MULTIPLIER_MAX, -MULTIPLIER_MAX, (MULTIPLIER_MAX,) * cuts)),
                "voltages": (((-(2**31), -(2**31)),) * buses,) * periods,
                "convergence": asdict(convergence),
                "confirmation": bytes(SIGNATURE_BYTES),
            },
        ),
        "an accounting": (
            "settle",
            Stage.ACCOUNTING,
            {"event": event, "payments": (-(2**63),) * resources, "verifications": bytes(32)},
        ),
    }
    reckoned = largest_bytes(parameters, resources)
    assert taken.keys() == reckoned.keys()
    for what, (action, stage, arguments) in taken.items():
        links = () if stage is Stage.TRIGGER else (bytes(32),)
        sent = market.chain.send("eno", "response", action, arguments, stage, links)  # type: ignore[arg-type]
        assert reckoned[what] // 3 < len(sent.raw) <= reckoned[what], what


@pytest.mark.parametrize(
    "limits", [Limits(transaction_bytes=2**15), Limits(block_steps=400_000)], ids=["bytes", "steps"]
)
def test_a_resource_too_many_for_the_chains_transactions_is_not_certified(limits: Limits) -> None:
    Market(case=street(60), limits=limits)
    with pytest.raises(TooLarge):
        Market(case=street(140), limits=limits)


def test_a_forecast_that_the_state_cannot_keep_is_too_large_on_any_chain() -> None:
    wide = replace(Market().parameters, network=street(800).network, periods_max=PERIODS_MAX)
    limits = Limits(block_bytes=2**26, block_steps=2**40, transaction_bytes=2**24)
    check_budget(replace(wide, periods_max=4), 100, limits)
    with pytest.raises(TooLarge) as refused:
        check_budget(wide, 600, limits)
    assert refused.value.most == VALUE_BYTES_MAX


def test_more_periods_need_smaller_networks() -> None:
    parameters = Market().parameters
    few, many = (largest_steps(replace(parameters, periods_max=periods), 300) for periods in (4, 96))
    assert all(few[what] < many[what] for what in few)
