"""Storage: what it holds against what went in and out, what it did against what it was told, and what its
controller says against what its meter saw."""

from collections.abc import Iterator
from typing import Final, cast

from contracts.metering.readings import Reading
from explorer.alerts.alert import Evidence, Kind, Severity, Subject
from explorer.alerts.memory import Memory
from explorer.alerts.rules.period import Period
from explorer.alerts.settings import StorageLimits
from explorer.alerts.statistics import MILLI, cusum
from explorer.alerts.verdict import Verdict

ENERGY, TOLD, REPORT = "storage-energy", "storage-told", "storage-report"

LOSS_PPM: Final = 100
"""Of its capacity, what a storage may lose or a meter may err by in a quarter hour: 1 % a day."""

THROUGHPUT_PERMILLE: Final = 10
"""Of what goes in or out, what the meters' class may err by."""

DRIFT_PERMILLE: Final = 10
"""Of its capacity, what may add up beyond these."""


def judge(period: Period, memory: Memory) -> Iterator[Verdict]:
    """Up to three verdicts for each storage that was read."""
    for meter, limits in sorted(period.settings.storages.items()):
        taken = period.readings.get(meter)
        if taken is None:
            continue
        yield from _energy(period, memory, limits, taken.reading)
        yield from _flows(period, limits, taken.reading)


def _energy(period: Period, memory: Memory, limits: StorageLimits, reading: Reading) -> Iterator[Verdict]:
    """Whether the state of charge is what the period before left and the flows made of it."""
    charged_wh, discharged_wh, held_wh = reading.charged_wh, reading.discharged_wh, reading.state_of_charge_wh
    if charged_wh is None or discharged_wh is None or held_wh is None:
        return
    known = cast(tuple[int, int, tuple[int, int]] | None, memory.get(ENERGY, limits.meter))
    before, before_wh, sums = known or (period.number, held_wh, (0, 0))
    if before + 1 != period.number:
        memory.put(ENERGY, limits.meter, (period.number, held_wh, sums))
        return
    storage = limits.storage
    gained = (storage.gain * charged_wh - storage.draw * discharged_wh) // storage.units_per_wh
    missing_wh = before_wh + gained - held_wh
    allowance = (
        storage.energy_wh * LOSS_PPM // MILLI**2 + (charged_wh + discharged_wh) * THROUGHPUT_PERMILLE // MILLI
    )
    decision = max(1, storage.energy_wh * DRIFT_PERMILLE // MILLI)
    sums = cusum(sums, missing_wh, allowance, 2 * decision)
    memory.put(ENERGY, limits.meter, (period.number, held_wh, sums))
    jump = abs(missing_wh) * MILLI // max(1, limits.tolerance_wh + allowance)
    yield Verdict(
        ENERGY,
        Subject(Kind.METER, limits.meter),
        period.number,
        max(jump, max(sums) * MILLI // decision),
        Severity.CRITICAL if missing_wh < 0 else Severity.WARNING,
        "The storage holds " + ("less" if missing_wh > 0 else "more") + " than what went in and out leaves.",
        (
            Evidence("held", held_wh, "Wh"),
            Evidence("held before", before_wh, "Wh"),
            Evidence("charged", charged_wh, "Wh"),
            Evidence("discharged", discharged_wh, "Wh"),
            Evidence("missing", missing_wh, "Wh"),
            Evidence("missing in sum", max(sums), "Wh"),
        ),
    )


def _flows(period: Period, limits: StorageLimits, reading: Reading) -> Iterator[Verdict]:
    """Whether it did as told, and its controller says what its meter saw."""
    if reading.charged_wh is None or reading.discharged_wh is None:
        return
    did_wh = reading.charged_wh - reading.discharged_wh
    told_w, said_w = period.told_w.get(limits.meter), period.reported_w.get(limits.meter)
    if told_w is not None:
        title = "The storage does other than it was told."
        yield _compared(period, limits, TOLD, title, ("told", period.settings.energy_wh(told_w)), did_wh)
    if said_w is not None:
        title = "The storage's controller says other than its meter."
        yield _compared(
            period, limits, REPORT, title, ("reported", period.settings.energy_wh(said_w)), did_wh
        )


def _compared(
    period: Period, limits: StorageLimits, rule: str, title: str, other: tuple[str, int], did_wh: int
) -> Verdict:
    name, other_wh = other
    allowed_wh = limits.tolerance_wh + abs(other_wh) * THROUGHPUT_PERMILLE // MILLI
    return Verdict(
        rule,
        Subject(Kind.METER, limits.meter),
        period.number,
        abs(did_wh - other_wh) * MILLI // max(1, allowed_wh),
        Severity.WARNING,
        title,
        (
            Evidence(name, other_wh, "Wh"),
            Evidence("metered", did_wh, "Wh"),
            Evidence("allowed difference", allowed_wh, "Wh"),
        ),
    )
