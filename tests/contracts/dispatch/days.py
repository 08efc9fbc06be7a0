"""Days for the tests: made from a seed, with parks that have load, sun and wind."""

import math
import random
from typing import Any

from contracts.dispatch.model import Park, Problem, Tariff, paper_problem, pooled_problem
from contracts.dispatch.storage import Efficiency, Storage

NINETEEN_TWENTIETHS = Efficiency(19, 20)
FIRST_PERIOD = 1_610_000
DAY_S = 86_400
EXPORT_KW = 600


def storage(power_kw: int = 400, energy_kwh: int = 1_000, wear_ukwh: int = 20_000) -> Storage:
    """The paper's storage, by default 400 kW and 1,000 kWh."""
    return Storage(
        power_w=1_000 * power_kw,
        energy_wh=1_000 * energy_kwh,
        charge_efficiency=NINETEEN_TWENTIETHS,
        discharge_efficiency=NINETEEN_TWENTIETHS,
        wear_ukwh=wear_ukwh,
        import_w=1_000 * power_kw,
        export_w=1_000 * power_kw,
    )


def tariff(periods: int, sell_ukwh: int = 300_000) -> Tariff:
    """Dear from 8 to 22 o'clock."""
    hours = [24 * period / periods for period in range(periods)]
    buy_ukwh = tuple(1_000_000 if 8 <= hour < 22 else 400_000 for hour in hours)
    return Tariff(buy_ukwh, (sell_ukwh,) * periods)


def parks(seed: int, count: int = 3, periods: int = 24, import_kw: int = 1_000) -> tuple[Park, ...]:
    source = random.Random(seed)
    return tuple(_park(source, periods, import_kw) for _ in range(count))


def _park(source: random.Random, periods: int, import_kw: int) -> Park:
    wh = 24_000 / periods
    load_kw, sun_kw, wind_kw = source.uniform(100, 400), source.uniform(0, 700), source.uniform(0, 200)
    angles = [2 * math.pi * period / periods for period in range(periods)]
    load = [load_kw * (1 + 0.3 * math.sin(angle - 2) + 0.2 * source.random()) for angle in angles]
    sun = [sun_kw * max(0.0, -math.cos(angle)) for angle in angles]
    renewable = [source.uniform(0.5, 1) * power + wind_kw * source.random() for power in sun]
    return Park(
        tuple(int(wh * power) for power in load),
        tuple(int(wh * power) for power in renewable),
        int(wh * import_kw),
        int(wh * EXPORT_KW),
    )


def pooled(own: tuple[Park, ...], shared: Storage, prices: Tariff, charge_wh: int | None = None) -> Problem:
    """The parks on one bus."""
    return pooled_problem(
        **_common(shared, prices, charge_wh),
        net_wh=tuple(map(sum, zip(*map(net_wh, own), strict=True))),
        import_wh=sum(park.import_wh for park in own),
        export_wh=sum(park.export_wh for park in own),
    )


def paper(own: tuple[Park, ...], shared: Storage, prices: Tariff, charge_wh: int | None = None) -> Problem:
    """The parks in the paper's gross model."""
    return paper_problem(**_common(shared, prices, charge_wh), parks=own)


def day(model: str, seed: int, periods: int = 24, prices: Tariff | None = None, count: int = 3) -> Problem:
    """An ordinary day of a seed in either model."""
    make = pooled if model == "pooled" else paper
    return make(parks(seed, count, periods), storage(), prices or tariff(periods))


def net_wh(park: Park) -> tuple[int, ...]:
    return tuple(load - renewable for load, renewable in zip(park.load_wh, park.renewable_wh, strict=True))


def _common(shared: Storage, prices: Tariff, charge_wh: int | None) -> dict[str, Any]:
    """A cyclic day that starts half full, unless told otherwise."""
    charge = shared.units_per_wh * (shared.energy_wh // 2 if charge_wh is None else charge_wh)
    return {
        "first_period": FIRST_PERIOD,
        "period_s": DAY_S // len(prices.buy_ukwh),
        "tariff": prices,
        "storage": shared,
        "initial_charge": charge,
        "target_charge": charge,
    }
