"""Impossible: what no working meter can say. Only what can be argued from what the chain knows of the plant.

Beyond what the connection is rated for; a storage beyond its power, its limits or its capacity; more out of a
meter than into it; light where the meter never saw any. A market's contract refuses what is beyond several
times the rating; this is about what it lets pass.
"""

from collections.abc import Iterator
from typing import Final, cast

from contracts.metering.readings import Reading
from explorer.alerts.alert import Evidence, Kind, Severity, Subject
from explorer.alerts.memory import Memory
from explorer.alerts.rules.period import Period
from explorer.alerts.settings import StorageLimits
from explorer.alerts.statistics import MILLI
from explorer.alerts.verdict import Verdict

RULE: Final = "impossible"
OVERLOAD_PERMILLE: Final = 100
"""Of a rating: a connection carries a tenth more without harm, and its meter errs by little."""

BALANCE_PERMILLE: Final = 20
"""Of all that passes a meter, what its parts may differ by."""

BALANCE_LEAST_WH: Final = 4
"""Each of four registers is rounded to whole Wh."""

BINS: Final = 96
"""Times of day that are told apart: quarter hours."""

DARK_DAYS: Final = 3
"""Days that have to be seen before an hour is known to be dark."""

DARK_AROUND: Final = 8
"""Two hours of dark before and after: clouds, seasons and clocks move dawn by less."""

DARK_LEAST: Final = 24
"""Dark quarter hours of a day in all: what is dark for less has no night."""

DARK_PERMILLE: Final = 20
"""Of the most that was ever generated, what is no stray light."""

Found = tuple[int, str, Severity, tuple[Evidence, ...]]
"""Strength, sentence, severity, evidence."""

NOTHING: Final[Found] = (0, "", Severity.WARNING, ())


def judge(period: Period, memory: Memory) -> Iterator[Verdict]:
    """A verdict for each meter that was read: the most impossible of what it says."""
    for meter, taken in sorted(period.readings.items()):
        found = [
            _beyond_rating(period, meter, taken.reading),
            _unbalanced(taken.reading),
            _generates_in_the_dark(period, memory, meter, taken.reading),
        ]
        limits = period.settings.storages.get(meter)
        if limits is not None:
            found += [_beyond_power(period, limits, taken.reading), _beyond_limits(limits, taken.reading)]
        strength, title, severity, evidence = max(found, key=lambda each: each[0])
        yield Verdict(RULE, Subject(Kind.METER, meter), period.number, strength, severity, title, evidence)


def _beyond_rating(period: Period, meter: str, reading: Reading) -> Found:
    rated = period.ratings.get(meter)
    if rated is None:
        return NOTHING
    flows = ((reading.imported_wh or 0, rated.import_w), (reading.exported_wh or 0, rated.export_w))
    found = [
        _overload(
            energy_wh, period.settings.energy_wh(power_w), "More passes the connection than it is rated for."
        )
        for energy_wh, power_w in flows
    ]
    return max(found, key=lambda each: each[0])


def _overload(energy_wh: int, rated_wh: int, title: str) -> Found:
    """1,000 where a rating is exceeded by its margin, 0 up to the rating itself."""
    margin_wh = max(1, rated_wh * OVERLOAD_PERMILLE // MILLI)
    evidence = (Evidence("metered", energy_wh, "Wh"), Evidence("rated", rated_wh, "Wh"))
    return max(0, energy_wh - rated_wh) * MILLI // margin_wh, title, Severity.WARNING, evidence


def _unbalanced(reading: Reading) -> Found:
    """What comes in goes somewhere: generated + imported + discharged = consumed + exported + charged."""
    parts = (reading.generated_wh, reading.imported_wh, reading.consumed_wh, reading.exported_wh)
    if None in parts:
        return NOTHING
    generated_wh, imported_wh, consumed_wh, exported_wh = cast(tuple[int, int, int, int], parts)
    came_wh = generated_wh + imported_wh + (reading.discharged_wh or 0)
    went_wh = consumed_wh + exported_wh + (reading.charged_wh or 0)
    allowed_wh = BALANCE_LEAST_WH + max(came_wh, went_wh) * BALANCE_PERMILLE // MILLI
    evidence = (
        Evidence("came in", came_wh, "Wh"),
        Evidence("went out", went_wh, "Wh"),
        Evidence("allowed difference", allowed_wh, "Wh"),
    )
    title = "What came into the meter is not what went out of it."
    return abs(came_wh - went_wh) * MILLI // allowed_wh, title, Severity.WARNING, evidence


def _beyond_power(period: Period, limits: StorageLimits, reading: Reading) -> Found:
    through_wh = (reading.charged_wh or 0) + (reading.discharged_wh or 0)
    rated_wh = period.settings.energy_wh(limits.storage.power_w)
    return _overload(through_wh, rated_wh, "More passes the storage than its power allows.")


def _beyond_limits(limits: StorageLimits, reading: Reading) -> Found:
    """Out of the limits of operation a warning, out of the vessel itself critical."""
    held_wh = reading.state_of_charge_wh
    if held_wh is None:
        return NOTHING
    beyond_wh = max(limits.lowest_wh - held_wh, held_wh - limits.highest_wh, 0)
    allowed_wh = max(1, limits.tolerance_wh)
    is_absurd = held_wh > limits.storage.energy_wh
    evidence = (
        Evidence("held", held_wh, "Wh"),
        Evidence("lowest", limits.lowest_wh, "Wh"),
        Evidence("highest", limits.highest_wh, "Wh"),
        Evidence("capacity", limits.storage.energy_wh, "Wh"),
    )
    title = "The storage holds more than it can." if is_absurd else "The storage is out of its limits."
    severity = Severity.CRITICAL if is_absurd else Severity.WARNING
    return beyond_wh * MILLI // allowed_wh, title, severity, evidence


def _generates_in_the_dark(period: Period, memory: Memory, meter: str, reading: Reading) -> Found:
    """Where for days nothing was generated at this time of day, nor within two hours of it, and now it is."""
    generated_wh = reading.generated_wh
    if generated_wh is None:
        return NOTHING
    since, kept, most_wh = cast(tuple[int, bytes, int], memory.get("dark", meter) or (period.number, b"", 0))
    size, lit = period.settings.periods_per_day, int.from_bytes(kept, "big")
    now = period.number % size * BINS // size
    is_known = period.number - since >= DARK_DAYS * size and lit.bit_count() <= BINS - DARK_LEAST
    around = sum(1 << (now + step) % BINS for step in range(-DARK_AROUND, DARK_AROUND + 1))
    is_dark = is_known and not lit & around
    stray_wh = max(1, most_wh * DARK_PERMILLE // MILLI)
    if generated_wh > stray_wh and not is_dark:
        lit |= 1 << now
    most_wh = most_wh if is_dark else max(most_wh, generated_wh)
    memory.put("dark", meter, (since, lit.to_bytes(BINS // 8, "big"), most_wh))
    if not is_dark:
        return NOTHING
    evidence = (Evidence("generated", generated_wh, "Wh"), Evidence("at most stray", stray_wh, "Wh"))
    title = "Something is generated at a time that always was dark."
    return generated_wh * MILLI // stray_wh, title, Severity.WARNING, evidence
