"""Each rule at its edges: what is a fault, and what only looks like one."""

from collections.abc import Sequence

import numpy as np
import pytest

from contracts.metering.readings import Reading
from crypto.address import Address
from explorer.alerts.alert import Alert
from explorer.alerts.detector import RULES, Detector
from explorer.alerts.facts import Expected, Rated
from explorer.alerts.memory import Memory
from explorer.alerts.settings import Bus, Settings, StorageLimits
from explorer.alerts.statistics import cusum, improbable_run, median, robust_sigma, upper_sigma
from tests.explorer.alerts import parks
from tests.explorer.alerts.parks import BATTERY
from tests.explorer.alerts.trace import Trace

FIRST = 1_628_160
METER, STORAGE, BUS = "meter", "storage", "bus"


def trace_of(settings: Settings, market: str = "metering", **rows: Sequence[Reading | None]) -> Trace:
    """What these meters say from the first period on; None is silence."""
    trace = Trace(settings, market, FIRST, max(map(len, rows.values())), storage=STORAGE)
    trace.readings = {
        meter: {FIRST + place: reading for place, reading in enumerate(said) if reading is not None}
        for meter, said in rows.items()
    }
    return trace


def found_in(trace: Trace) -> list[Alert]:
    """The alerts, with no reading late."""
    detector, found = Detector(trace.settings), dict[str, Alert]()
    last = trace.periods + trace.settings.late_periods + 1
    for height in range(1, last + 1):
        now = trace.first + height
        facts = [*trace._before(now - 1), *trace._told(now - 1)]
        late = trace._missing(now - 1 - trace.settings.late_periods) if trace.market == "dispatch" else []
        found |= {alert.id: alert for alert in detector.observe(height, now, now, [*facts, *late])}
    return list(found.values())


def used(*energies_wh: int) -> list[Reading | None]:
    """A consumer's readings."""
    return [Reading(consumed_wh=wh) for wh in energies_wh]


def rules(alerts: Sequence[Alert]) -> list[str]:
    return sorted(alert.rule for alert in alerts)


PLAIN = Settings(chain=b"test")
RATED = Settings(chain=b"test", ratings=(Rated(Address(METER), 10_000, 4_000),))
STORED = Settings(chain=b"test", storages={STORAGE: StorageLimits(Address(STORAGE), BATTERY, 1_000)})
BUSED = Settings(chain=b"test", buses=(Bus(Address(BUS), (Address(METER),), 1_000),))


# Frozen


def test_an_hour_of_the_same_value_is_frozen_and_less_is_not() -> None:
    assert rules(found_in(trace_of(PLAIN, meter=used(900, 310, 640, *[437] * 4, 700, 500)))) == []
    assert rules(found_in(trace_of(PLAIN, meter=used(900, 310, 640, *[437] * 8)))) == ["frozen"]


@pytest.mark.parametrize("value", [0, 8, 900])
def test_neither_next_to_nothing_nor_what_is_at_its_most_is_frozen(value: int) -> None:
    made = [Reading(generated_wh=wh) for wh in (900, 310, 640, *[value] * 40)]
    assert found_in(trace_of(PLAIN, meter=made)) == []


def test_a_consumption_that_never_was_zero_is_frozen_at_zero() -> None:
    chance = np.random.default_rng(1)
    lively = [int(wh) for wh in chance.integers(100, 900, 60)]
    assert rules(found_in(trace_of(PLAIN, meter=used(*lively, *[0] * 12)))) == ["frozen"]
    assert found_in(trace_of(PLAIN, meter=used(*lively[:10], *[0] * 12))) == []


def test_a_meter_that_often_repeats_itself_has_to_do_so_for_longer() -> None:
    steps = [wh for value in range(300, 360) for wh in (value * 100 % 700 + 50,) * 3]
    assert found_in(trace_of(PLAIN, meter=used(900, *steps, *[437] * 5))) == []
    assert rules(found_in(trace_of(PLAIN, meter=used(900, *steps, *[437] * 40)))) == ["frozen"]


# Impossible


def test_a_connection_carries_a_tenth_more_than_it_is_rated_for_and_no_more() -> None:
    def imports(wh: int) -> list[Reading | None]:
        return [Reading(imported_wh=wh, exported_wh=0)] * 2

    assert found_in(trace_of(RATED, meter=imports(2_749))) == []
    assert rules(found_in(trace_of(RATED, meter=imports(2_750)))) == ["impossible"]
    exports = [Reading(imported_wh=0, exported_wh=1_100)]
    assert rules(found_in(trace_of(RATED, meter=exports))) == ["impossible"]


def test_what_comes_into_a_meter_goes_out_of_it() -> None:
    def seen(consumed_wh: int) -> list[Reading | None]:
        return [Reading(1_000, consumed_wh, imported_wh=0, exported_wh=400)]

    assert found_in(trace_of(PLAIN, meter=seen(610))) == []
    assert rules(found_in(trace_of(PLAIN, meter=seen(700)))) == ["impossible"]


@pytest.mark.parametrize(("held_wh", "severity"), [(920_000, "warning"), (1_000_001, "critical")])
def test_a_storage_beyond_its_limits_is_a_warning_and_beyond_its_capacity_critical(
    held_wh: int, severity: str
) -> None:
    said = [Reading(charged_wh=0, discharged_wh=0, state_of_charge_wh=held_wh)]
    (alert,) = found_in(trace_of(STORED, storage=said))
    assert (alert.rule, alert.severity) == ("impossible", severity)


def made_daily(*nights_wh: int) -> list[Reading | None]:
    """Days with light from six to six, and this at midnight."""
    chance = np.random.default_rng(2)
    return [
        Reading(generated_wh=night_wh if place < 2 else int(chance.integers(100, 900)) * (24 <= place < 72))
        for night_wh in nights_wh
        for place in range(96)
    ]


def test_light_where_it_was_dark_for_days_is_impossible_and_before_that_nobody_can_tell() -> None:
    assert found_in(trace_of(PLAIN, meter=made_daily(0, 0, 0, 0, 0))) == []
    assert found_in(trace_of(PLAIN, meter=made_daily(0, 0, 300))) == []
    assert rules(found_in(trace_of(PLAIN, meter=made_daily(0, 0, 0, 0, 300)))) == ["impossible"]


# Storage


def held(*rows: tuple[int, int, int]) -> list[Reading | None]:
    return [
        Reading(charged_wh=charged, discharged_wh=discharged, state_of_charge_wh=soc)
        for charged, discharged, soc in rows
    ]


def test_a_storage_holds_what_went_in_times_its_efficiency() -> None:
    assert found_in(trace_of(STORED, storage=held((0, 0, 500_000), (20_000, 0, 519_000)))) == []
    (alert,) = found_in(trace_of(STORED, storage=held((0, 0, 500_000), (20_000, 0, 517_000))))
    assert (alert.rule, alert.severity) == ("storage-energy", "warning")
    (alert,) = found_in(trace_of(STORED, storage=held((0, 0, 500_000), (0, 20_000, 500_000))))
    assert (alert.rule, alert.severity) == ("storage-energy", "critical")


def test_what_vanishes_slowly_adds_up() -> None:
    leak = [(0, 0, 500_000 - 600 * place) for place in range(30)]
    assert rules(found_in(trace_of(STORED, storage=held(*leak)))) == ["storage-energy"]
    stands = [(0, 0, 500_000 - 90 * place) for place in range(60)]
    assert found_in(trace_of(STORED, storage=held(*stands))) == []


def test_across_a_gap_nothing_is_said_of_the_charge() -> None:
    said = held((0, 0, 500_000), (0, 0, 500_000), (0, 0, 500_000), (0, 0, 400_000))
    said[2] = None
    trace = trace_of(STORED, storage=said)
    trace.readings[METER] = {FIRST + place: Reading(consumed_wh=place + 1) for place in range(4)}
    assert "storage-energy" not in rules(found_in(trace))


def test_told_reported_and_metered_are_held_against_each_other() -> None:
    trace = trace_of(STORED, storage=held((0, 0, 500_000), (20_000, 0, 519_000)))
    trace.told_w = {FIRST: 0, FIRST + 1: 80_000}
    trace.reported_w = {FIRST: 0, FIRST + 1: 80_000}
    assert found_in(trace) == []
    trace.told_w[FIRST + 1], trace.reported_w[FIRST + 1] = 90_000, 70_000
    assert rules(found_in(trace)) == ["storage-report", "storage-told"]


# Forecast


def held_against(rated: Settings, metered_wh: Sequence[int], expected_wh: Sequence[int]) -> list[str]:
    trace = trace_of(rated, meter=flows(*metered_wh))
    trace.expected = {METER: {FIRST + place: (1, wh) for place, wh in enumerate(expected_wh)}}
    return rules(found_in(trace))


def test_a_forecast_that_is_wrong_for_hours_adds_up_and_one_that_is_a_little_wrong_does_not() -> None:
    planned = [1_000 + place for place in range(140)]

    def off(wrong_wh: int, hours: int) -> list[int]:
        wrong = range(100, 100 + 4 * hours)
        return [wh + (wrong_wh if place in wrong else 0) for place, wh in enumerate(planned)]

    assert held_against(RATED, off(290, 10), planned) == []
    assert held_against(RATED, off(700, 10), planned) == ["forecast"]
    assert held_against(RATED, off(1_500, 1), planned) == []


def test_where_no_rating_is_known_a_few_watt_hours_are_no_error() -> None:
    planned = [7 * (place % 5) for place in range(48)]
    assert held_against(PLAIN, [wh + 30 for wh in planned], planned) == []


def test_a_large_connection_that_changes_at_once_is_told_and_a_plan_that_does_is_not() -> None:
    large = Settings(chain=b"test", ratings=(Rated(Address(METER), 3_500_000, 3_500_000),))
    chance = np.random.default_rng(4)
    planned = [200_000] * 120
    metered = [wh + int(chance.normal(0, 8_000)) for wh in planned]
    jumped = [wh + (180_000 if place >= 110 else 0) for place, wh in enumerate(metered)]
    assert held_against(large, metered, planned) == []
    assert held_against(large, jumped, planned) == ["forecast"]
    replanned = [wh + (180_000 if place >= 110 else 0) for place, wh in enumerate(planned)]
    assert held_against(large, metered[:112], replanned[:112]) == []
    assert held_against(large, jumped, replanned) == []


# Silence


def test_a_meter_is_silent_where_others_are_not() -> None:
    lively = used(*range(100, 120))
    gap: list[Reading | None] = [*lively[:8], None, None, *lively[10:]]
    once: list[Reading | None] = [*lively[:8], None, *lively[9:]]
    (alert,) = found_in(trace_of(PLAIN, meter=gap, other=lively))
    assert (alert.rule, alert.subject.name, alert.is_open) == ("silent", METER, False)
    assert found_in(trace_of(PLAIN, meter=once, other=lively)) == []
    assert found_in(trace_of(PLAIN, meter=gap)) == []


def test_a_market_that_says_what_is_absent_is_believed() -> None:
    lively = used(*range(100, 120))
    (alert,) = found_in(trace_of(PLAIN, "dispatch", meter=[*lively[:8], None, None, *lively[10:]]))
    assert (alert.rule, alert.subject.name) == ("silent", METER)


def test_many_silent_at_once_are_one_alert() -> None:
    lively = used(*range(100, 130))
    gap: list[Reading | None] = [*lively[:8], *[None] * 6, *lively[14:]]
    names = [f"home-{number}" for number in range(5)]
    trace = trace_of(PLAIN, "community", **dict.fromkeys(names, gap), other=lively)
    (alert,) = found_in(trace)
    assert (alert.subject.kind, alert.subject.name, alert.severity) == ("market", "community", "critical")


def test_a_long_silence_is_critical() -> None:
    lively = used(*range(100, 130))
    gap: list[Reading | None] = [*lively[:8], *[None] * 12, *lively[20:]]
    (alert,) = found_in(trace_of(PLAIN, "community", meter=gap, other=lively))
    assert (alert.severity, alert.count) == ("critical", 11)


# Balance


def flows(*nets_wh: int) -> list[Reading | None]:
    return [parks.flow_reading(net) for net in nets_wh]


def test_a_bus_balances_within_the_markets_tolerance() -> None:
    behind = [5_000 + 37 * place for place in range(20)]
    assert found_in(trace_of(BUSED, meter=flows(*behind), bus=flows(*[net + 60 for net in behind]))) == []
    off = [net + (1_001 if 9 < place < 13 else 0) for place, net in enumerate(behind)]
    assert rules(found_in(trace_of(BUSED, meter=flows(*behind), bus=flows(*off)))) == ["balance"]


def test_a_small_difference_on_one_side_adds_up() -> None:
    behind = [5_000 + 37 * place for place in range(60)]
    off = [net + 400 for net in behind]
    assert rules(found_in(trace_of(BUSED, meter=flows(*behind), bus=flows(*off)))) == ["balance"]


# The detector


def test_every_rule_has_its_terms() -> None:
    assert set(RULES) == {
        "forecast", "storage-energy", "storage-told", "storage-report", "frozen", "impossible",
        "silent", "balance", "validator", "rounds", "late", "equivocation",
    }  # fmt: skip


def test_readings_that_come_late_and_in_any_order_are_judged_in_theirs() -> None:
    weather = parks.make_weather(5, 2)
    weather.unmetered[100:140] = 20_000
    trace = parks.make_trace(weather, 5)
    found = [trace.detect(seed) for seed in (1, 2)]
    assert found[0]
    assert {(each.rule, each.first_period) for each in found[0].values()} == {
        (each.rule, each.first_period) for each in found[1].values()
    }


def test_one_that_begins_again_from_what_it_remembered_goes_on_as_if_it_had_not() -> None:
    weather = parks.make_weather(6, 2)
    weather.leak[120:150] = 8_000
    trace = parks.make_trace(weather, 6)
    whole = trace.detect(1)
    kept, found = dict[tuple[str, str], object](), dict[str, Alert]()
    for height, facts in enumerate(trace.blocks(1), start=1):
        detector = Detector(trace.settings, Memory(kept))
        now = trace.first + height
        found |= {alert.id: alert for alert in detector.observe(height, now, now, facts)}
        for key, value in detector.changes().items():
            kept[key] = value
        kept = {key: value for key, value in kept.items() if value is not None}
    assert found == whole
    assert {alert.rule for alert in found.values()} >= {"storage-energy"}


def test_what_comes_and_goes_between_two_looks_is_no_change() -> None:
    memory = Memory({("a", "kept"): 1})
    memory.put("a", "brief", 2)
    memory.put("a", "brief", None)
    memory.put("a", "new", 3)
    memory.put("a", "kept", None)
    assert memory.changes() == {("a", "new"): 3, ("a", "kept"): None}
    memory.put("a", "new", None)
    memory.put("a", "kept", 4)
    memory.put("a", "kept", None)
    assert memory.changes() == {("a", "new"): None}


def test_memory_is_bounded_by_meters_and_not_by_time() -> None:
    memory, sizes = Memory(), []
    trace = parks.make_trace(parks.make_weather(7, 4), 7)
    detector = Detector(trace.settings, memory)
    for height, facts in enumerate(trace.blocks(1), start=1):
        now = trace.first + height
        detector.observe(height, now, now, facts)
        sizes.append(memory.size())
    assert max(sizes[96:]) <= max(sizes[:96]) + 2


def test_a_chain_that_rested_is_not_judged_for_its_rest() -> None:
    trace = trace_of(PLAIN, meter=used(5, 6, 7), other=used(7, 8, 9))
    memory = Memory()
    detector = Detector(PLAIN, memory)
    for height, facts in enumerate(trace.blocks(1), start=1):
        detector.observe(height, FIRST + height, FIRST + height, facts)
    ahead = [Expected(Address(METER), FIRST + 100 + place, 1, 5) for place in range(96)]
    detector.observe(98, FIRST + 20, FIRST + 20, ahead)
    before, year = memory.size(), FIRST + 35_000
    assert [alert.rule for alert in detector.observe(99, year, year, ())] == []
    assert memory.size() <= before - len(ahead)


# Statistics


def test_the_statistics_are_those_of_the_books() -> None:
    assert median([5, 1, 9]) == 5
    assert median([1, 2, 3, 4]) == 2
    chance = np.random.default_rng(3)
    normal = [int(value) for value in chance.normal(0, 10_000, 20_000)]
    assert robust_sigma(normal) == pytest.approx(10_000, rel=0.03)
    assert upper_sigma(normal) == pytest.approx(10_000, rel=0.03)
    # Half of the values may be anything, or a fifth.
    assert robust_sigma([*normal, *[10**9] * 9_000]) < 30_000
    sums = (0, 0)
    for step in (3, 3, -1, 3):
        sums = cusum(sums, step, 1, 100)
    assert sums == (4, 0)
    assert cusum((99, 0), 50, 1, 100) == (100, 0)
    assert improbable_run(0, 10_000, 1e-6) == 3
    assert improbable_run(5_000, 10_000, 1e-6) == 21
