"""Faults of several sizes: what they change, and which rule has to find them at whom.

A fault also shows elsewhere: a meter that is stuck behind a bus leaves the bus unbalanced. Such alerts are
right, and neither wanted nor wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from explorer.alerts.alert import Alert
from tests.explorer.alerts import committees, homes, parks
from tests.explorer.alerts.parks import BUS, FIRST, PARKS, STORAGE
from tests.explorer.alerts.trace import Trace

DAYS = 5
BEGIN_DAY = 3
"""Faults begin in the fourth day, when the rules know what is ordinary."""

Chance = np.random.Generator


@dataclass(frozen=True)
class Fault:
    """One kind and size of fault."""

    rule: str
    what: str
    size: str
    world: str
    """parks, homes or committee."""
    inject: Callable[..., "Injected"]
    also: frozenset[str] = frozenset()
    """Rules that rightly see it too."""


@dataclass(frozen=True)
class Injected:
    """Where and when; the periods or heights are both inclusive."""

    subject: str
    first: int
    last: int


@dataclass(frozen=True)
class Case:
    """A fault, or none, in a world of a seed, and what was found."""

    fault: Fault | None
    injected: Injected | None
    alerts: Mapping[str, Alert]


def run(fault: Fault | None, world: str, seed: int) -> Case:
    """Make the world, break it, look."""
    return _WORLDS[world](fault, seed, np.random.default_rng([seed, 5]))


def _run_parks(fault: Fault | None, seed: int, chance: Chance) -> Case:
    weather = parks.make_weather(seed, DAYS)
    injected = None
    if fault is not None and fault.inject.__name__ == "physical":
        injected = fault.inject(weather, chance)
    trace = parks.make_trace(weather, seed)
    if fault is not None and injected is None:
        injected = fault.inject(trace, chance)
    return Case(fault, injected, trace.detect(seed))


def _run_homes(fault: Fault | None, seed: int, chance: Chance) -> Case:
    made = homes.make_homes(seed, DAYS)
    injected = None
    if fault is not None and fault.inject.__name__ == "physical":
        injected = fault.inject(made, chance)
    trace = homes.make_trace(made)
    if fault is not None and injected is None:
        injected = fault.inject(trace, chance)
    return Case(fault, injected, trace.detect(seed))


def _run_committee(fault: Fault | None, seed: int, chance: Chance) -> Case:
    blocks = committees.make_blocks(seed, 600)
    injected = fault.inject(blocks, chance) if fault is not None else None
    return Case(fault, injected, committees.detect(blocks, seed))


_WORLDS: dict[str, Callable[[Fault | None, int, Chance], Case]] = {
    "parks": _run_parks,
    "homes": _run_homes,
    "committee": _run_committee,
}


def _begin(chance: Chance, first_hour: float = 0, last_hour: float = 24) -> int:
    """A place within the fourth day."""
    return BEGIN_DAY * 96 + int(chance.uniform(first_hour * 4, last_hour * 4))


# Forecast: what happens is other than what was planned.


def unplanned_load(power_w: int, periods: int) -> Callable[..., Injected]:
    def physical(weather: parks.Weather, chance: Chance) -> Injected:
        begin = _begin(chance)
        weather.load[int(chance.integers(3)), begin : begin + periods] += power_w / 4
        return Injected(BUS, FIRST + begin, FIRST + begin + periods - 1)

    return physical


def home_load(power_w: int, periods: int) -> Callable[..., Injected]:
    def physical(made: homes.Homes, chance: Chance) -> Injected:
        begin, home = _begin(chance), int(chance.integers(homes.HOMES))
        made.load[home, begin : begin + periods] += power_w // 4
        return Injected(homes.name(home), homes.FIRST + begin, homes.FIRST + begin + periods - 1)

    return physical


def dead_panels(periods: int) -> Callable[..., Injected]:
    def physical(made: homes.Homes, chance: Chance) -> Injected:
        begin = _begin(chance, 7, 11)
        home = int(chance.choice(np.flatnonzero(made.generates)))
        made.made[home, begin : begin + periods] = 0
        return Injected(homes.name(home), homes.FIRST + begin, homes.FIRST + begin + periods - 1)

    return physical


# Storage.


def leak(wh: int, periods: int) -> Callable[..., Injected]:
    def physical(weather: parks.Weather, chance: Chance) -> Injected:
        begin = _begin(chance)
        weather.leak[begin : begin + periods] = wh
        return Injected(STORAGE, FIRST + begin, FIRST + begin + periods - 1)

    return physical


def deaf(share: float, periods: int) -> Callable[..., Injected]:
    """The storage does so much of what it is told, from the first period in which it is told anything."""

    def physical(weather: parks.Weather, chance: Chance) -> Injected:
        begin = _begin(chance)
        begin += int(np.flatnonzero(weather.told[begin:])[0])
        weather.response[begin : begin + periods] = share
        return Injected(STORAGE, FIRST + begin, FIRST + begin + periods - 1)

    return physical


def boast(share: float, periods: int) -> Callable[..., Injected]:
    """The controller reports more than the storage does."""

    def measured(trace: Trace, chance: Chance) -> Injected:
        begin = FIRST + _begin(chance)
        begin = next(period for period in range(begin, begin + 96) if trace.reported_w[period])
        for period in range(begin, begin + periods):
            trace.reported_w[period] = int(trace.reported_w[period] * share)
        return Injected(STORAGE, begin, begin + periods - 1)

    return measured


# Meters.


def stuck(world: str, periods: int) -> Callable[..., Injected]:
    """Everything that the meter says stays as it was, from a moment at which it says something."""

    def measured(trace: Trace, chance: Chance) -> Injected:
        names = PARKS if world == "parks" else [homes.name(home) for home in range(homes.HOMES)]
        meter = str(chance.choice(list(names)))
        begin = FIRST + _begin(chance)
        for period in range(begin, begin + periods):
            trace.readings[meter][period] = trace.readings[meter][begin - 1]
        return Injected(meter, begin, begin + periods - 1)

    return measured


def scaled(factor: float, periods: int) -> Callable[..., Injected]:
    """A wrong ratio: all registers of a park's meter by a factor, from its largest flow of the day on."""

    def measured(trace: Trace, chance: Chance) -> Injected:
        meter = str(chance.choice(list(PARKS)))
        begin = FIRST + _begin(chance)
        for period in range(begin, begin + periods):
            reading = trace.readings[meter][period]
            fields = ("generated_wh", "consumed_wh", "imported_wh", "exported_wh")
            trace.change(meter, period, **{field: int(getattr(reading, field) * factor) for field in fields})
        return Injected(meter, begin, begin + periods - 1)

    return measured


def overflow(share: float, periods: int) -> Callable[..., Injected]:
    """The storage's state of charge reads this share of its capacity."""

    def measured(trace: Trace, chance: Chance) -> Injected:
        begin = FIRST + _begin(chance)
        for period in range(begin, begin + periods):
            trace.change(STORAGE, period, state_of_charge_wh=int(parks.BATTERY.energy_wh * share))
        return Injected(STORAGE, begin, begin + periods - 1)

    return measured


def moonlight(power_w: int, periods: int) -> Callable[..., Injected]:
    """Panels that generate at night, and somebody who takes it."""

    def measured(trace: Trace, chance: Chance) -> Injected:
        lit = [
            meter for meter, rows in trace.readings.items() if any(row.generated_wh for row in rows.values())
        ]
        meter, begin = str(chance.choice(lit)), FIRST + _begin(chance, 0, 2)
        for period in range(begin, begin + periods):
            reading = trace.readings[meter][period]
            extra = power_w // 4
            trace.change(meter, period, generated_wh=extra, consumed_wh=int(reading.consumed_wh or 0) + extra)
        return Injected(meter, begin, begin + periods - 1)

    return measured


def leaky_registers(share: float, periods: int) -> Callable[..., Injected]:
    """One register of a home's meter loses a share: what comes in is not what goes out."""

    def measured(trace: Trace, chance: Chance) -> Injected:
        meter, begin = homes.name(int(chance.integers(homes.HOMES))), FIRST + _begin(chance)
        for period in range(begin, begin + periods):
            consumed_wh = int(trace.readings[meter][period].consumed_wh or 0)
            trace.change(meter, period, consumed_wh=int(consumed_wh * (1 - share)))
        return Injected(meter, begin, begin + periods - 1)

    return measured


def silence(world: str, periods: int, every: int = 1) -> Callable[..., Injected]:
    """The meter does not deliver, or only each so many-th reading."""

    def measured(trace: Trace, chance: Chance) -> Injected:
        names = [*PARKS, BUS, STORAGE] if world == "parks" else [homes.name(h) for h in range(homes.HOMES)]
        meter, begin = str(chance.choice(names)), FIRST + _begin(chance)
        for place in range(periods):
            if every == 1 or place % every:
                del trace.readings[meter][begin + place]
        return Injected(meter, begin, begin + periods - 1)

    return measured


def all_silent(periods: int) -> Callable[..., Injected]:
    def measured(trace: Trace, chance: Chance) -> Injected:
        begin = FIRST + _begin(chance)
        for rows in trace.readings.values():
            for period in range(begin, begin + periods):
                del rows[period]
        return Injected(trace.market, begin, begin + periods - 1)

    return measured


def slow_meter(share: float, periods: int) -> Callable[..., Injected]:
    """The meter of the park with the largest flows says less by a share, its own registers in balance."""

    def measured(trace: Trace, chance: Chance) -> Injected:
        begin = FIRST + _begin(chance)
        for period in range(begin, begin + periods):
            reading = trace.readings["mg2"][period]
            fields = ("generated_wh", "consumed_wh", "imported_wh", "exported_wh")
            trace.change(
                "mg2", period, **{name: int(getattr(reading, name) * (1 - share)) for name in fields}
            )
        return Injected(BUS, begin, begin + periods - 1)

    return measured


def theft(power_w: int, periods: int) -> Callable[..., Injected]:
    """A load behind the bus, and behind no meter."""

    def physical(weather: parks.Weather, chance: Chance) -> Injected:
        begin = _begin(chance)
        weather.unmetered[begin : begin + periods] += power_w / 4
        return Injected(BUS, FIRST + begin, FIRST + begin + periods - 1)

    return physical


# The committee.


def down(blocks_down: int, members: int = 1) -> Callable[..., Injected]:
    def inject(blocks: committees.Blocks, chance: Chance) -> Injected:
        begin = int(chance.integers(100, 300))
        for height in range(begin, begin + blocks_down):
            blocks.down[height] |= set(range(members))
        return Injected(committees.name(0), begin + 1, begin + blocks_down)

    return inject


def retried(share: float, count: int) -> Callable[..., Injected]:
    def inject(blocks: committees.Blocks, chance: Chance) -> Injected:
        begin = int(chance.integers(100, 300))
        for height in range(begin, begin + count):
            blocks.retries[height] |= bool(chance.random() < share)
        return Injected("committee", begin + 1, begin + count)

    return inject


def delayed(share: float, count: int, slots: int) -> Callable[..., Injected]:
    def inject(blocks: committees.Blocks, chance: Chance) -> Injected:
        begin = int(chance.integers(100, 300))
        for height in range(begin, begin + count):
            blocks.empty[height] += slots * int(chance.random() < share)
        return Injected("committee", begin + 1, begin + count)

    return inject


def contradicted(count: int) -> Callable[..., Injected]:
    def inject(blocks: committees.Blocks, chance: Chance) -> Injected:
        begin, member = int(chance.integers(100, 300)), int(chance.integers(committees.SIZE))
        blocks.equivocated[begin], blocks.pardoned[begin + count] = member, member
        return Injected(committees.name(member), begin, begin + count - 1)

    return inject


_BUS = frozenset({"forecast", "balance"})
_LEAK = frozenset({"forecast", "balance", "impossible"})
_STUCK = frozenset({"forecast", "balance", "impossible"})
_ROUNDS = frozenset({"rounds", "validator"})

FAULTS = (
    Fault("forecast", "load that nobody planned, 8 h", "250 kW", "parks", unplanned_load(250_000, 32)),
    Fault("forecast", "load that nobody planned, 8 h", "500 kW", "parks", unplanned_load(500_000, 32)),
    Fault("forecast", "load that nobody planned, 8 h", "1 MW", "parks", unplanned_load(1_000_000, 32)),
    Fault("forecast", "a home's load, 8 h", "2 kW", "homes", home_load(2_000, 32)),
    Fault("forecast", "a home's load, 8 h", "4 kW", "homes", home_load(4_000, 32)),
    Fault("forecast", "a home's panels fail", "6 h", "homes", dead_panels(24)),
    Fault("storage-energy", "charge vanishes, 12 h", "2 kW", "parks", leak(500, 48), _LEAK),
    Fault("storage-energy", "charge vanishes, 12 h", "8 kW", "parks", leak(2_000, 48), _LEAK),
    Fault("storage-energy", "charge vanishes, 12 h", "40 kW", "parks", leak(10_000, 48), _LEAK),
    Fault("storage-told", "does part of what it is told, 6 h", "90 %", "parks", deaf(0.9, 24), _BUS),
    Fault("storage-told", "does part of what it is told, 6 h", "70 %", "parks", deaf(0.7, 24), _BUS),
    Fault("storage-told", "does part of what it is told, 6 h", "nothing", "parks", deaf(0.0, 24), _BUS),
    Fault("storage-report", "its controller boasts, 6 h", "by 10 %", "parks", boast(1.1, 24)),
    Fault("storage-report", "its controller boasts, 6 h", "by 30 %", "parks", boast(1.3, 24)),
    Fault("frozen", "a park's meter is stuck", "1 h", "parks", stuck("parks", 4), _STUCK),
    Fault("frozen", "a park's meter is stuck", "2 h", "parks", stuck("parks", 8), _STUCK),
    Fault("frozen", "a park's meter is stuck", "8 h", "parks", stuck("parks", 32), _STUCK),
    Fault("frozen", "a home's meter is stuck", "2 h", "homes", stuck("homes", 8), _STUCK),
    Fault("frozen", "a home's meter is stuck", "8 h", "homes", stuck("homes", 32), _STUCK),
    Fault("impossible", "a meter's ratio is wrong, 8 h", "times 4", "parks", scaled(4, 32), _STUCK),
    Fault("impossible", "a meter's ratio is wrong, 8 h", "times 10", "parks", scaled(10, 32), _STUCK),
    Fault("impossible", "state of charge", "93 %", "parks", overflow(0.93, 8), frozenset({"storage-energy"})),
    Fault("impossible", "state of charge", "120 %", "parks", overflow(1.2, 8), frozenset({"storage-energy"})),
    Fault(
        "impossible", "generation at night, 2 h", "1 kW", "homes", moonlight(1_000, 8), frozenset({"frozen"})
    ),
    Fault("impossible", "a register loses, 4 h", "5 %", "homes", leaky_registers(0.05, 16)),
    Fault("impossible", "a register loses, 4 h", "20 %", "homes", leaky_registers(0.2, 16)),
    Fault("silent", "a park's meter", "2 readings", "parks", silence("parks", 2)),
    Fault("silent", "a park's meter", "2 h", "parks", silence("parks", 8)),
    Fault("silent", "a home's meter", "2 readings", "homes", silence("homes", 2)),
    Fault("silent", "a home's meter", "1 of 3 comes, 12 h", "homes", silence("homes", 48, every=3)),
    Fault("silent", "all of a market", "1 h", "homes", all_silent(4)),
    Fault("balance", "a meter is slow, 24 h", "1 %", "parks", slow_meter(0.01, 96)),
    Fault("balance", "a meter is slow, 24 h", "5 %", "parks", slow_meter(0.05, 96)),
    Fault("balance", "a load past all meters, 24 h", "5 kW", "parks", theft(5_000, 96)),
    Fault("balance", "a load past all meters, 24 h", "20 kW", "parks", theft(20_000, 96)),
    Fault("balance", "a load past all meters, 24 h", "80 kW", "parks", theft(80_000, 96), _BUS),
    Fault("validator", "one of seven is down", "20 blocks", "committee", down(20), _ROUNDS),
    Fault("validator", "one of seven is down", "60 blocks", "committee", down(60), _ROUNDS),
    Fault("validator", "two of seven are down", "60 blocks", "committee", down(60, 2), _ROUNDS),
    Fault("rounds", "blocks need another round, 64 blocks", "15 %", "committee", retried(0.15, 64)),
    Fault("rounds", "blocks need another round, 64 blocks", "50 %", "committee", retried(0.5, 64)),
    Fault("late", "a slot without a block, 64 blocks", "one in three", "committee", delayed(0.33, 64, 1)),
    Fault("late", "a slot without a block, 64 blocks", "each", "committee", delayed(1.0, 64, 1)),
    Fault("equivocation", "two votes", "one pair", "committee", contradicted(50)),
)
