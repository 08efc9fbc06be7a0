"""The case of Liu and Ai (2024), section 5: three parks that share a storage, in the five sizes of Table 4.

Curves and tariff are those of studies/data, efficiencies and wear those of whoever asks: the paper publishes
none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from contracts.dispatch.model import Model, Park, Problem, Tariff, paper_problem, pooled_problem
from contracts.dispatch.storage import Storage, energy_in_period
from studies.profiles import PERIODS_A_DAY, ParkProfile

PERIOD_S: Final = 900
KILO: Final = 1_000

MODELS: Final[Sequence[Model]] = ("paper", "pooled")


@dataclass(frozen=True, slots=True)
class Size:
    """Of a storage."""

    power_kw: int
    capacity_kwh: int


PRINTED_CNY: Final = {
    Size(0, 0): 4_713,
    Size(300, 800): 3_261,
    Size(400, 1_000): 3_124,
    Size(800, 2_000): 1_333,
    Size(1_000, 20_000): 710,
}
"""Table 4: the total operating cost of a day, by size of the storage."""

BUILT: Final = Size(400, 1_000)
"""What the paper's figures 5 to 9 are for."""

PROPORTIONAL: Final = tuple(Size(capacity * 2 // 5, capacity) for capacity in range(0, 2_501, 125))
"""Storages that are filled in as many hours as the built one: three sizes of Table 4 are among them."""


@dataclass(frozen=True, slots=True)
class Case:
    """A day of parks and tariff, and what a storage is like whatever its size."""

    parks: Sequence[ParkProfile]
    ratings_w: Sequence[int]
    """Of each park's connection, either way."""
    tariff: Tariff
    storage: Storage

    @property
    def net_wh(self) -> tuple[int, ...]:
        """What the parks together are expected to take of the grid."""
        nets = (park.forecast.net_wh[:PERIODS_A_DAY] for park in self.parks)
        return tuple(map(sum, zip(*nets, strict=True)))


def problem_of(case: Case, model: Model, size: Size) -> Problem:
    """The day before: to plan a storage of this size, half full when the day begins and when it ends."""
    storage = storage_of(case, size)
    half_full = storage.units_per_wh * storage.energy_wh // 2
    if model == "paper":
        return paper_problem(
            first_period=0,
            period_s=PERIOD_S,
            tariff=case.tariff,
            storage=storage,
            initial_charge=half_full,
            target_charge=half_full,
            parks=tuple(map(_park, case.parks, case.ratings_w)),
        )
    bus_wh = energy_in_period(sum(case.ratings_w) + storage.power_w, PERIOD_S)
    return pooled_problem(
        first_period=0,
        period_s=PERIOD_S,
        tariff=case.tariff,
        storage=storage,
        initial_charge=half_full,
        target_charge=half_full,
        net_wh=case.net_wh,
        import_wh=bus_wh,
        export_wh=bus_wh,
    )


def storage_of(case: Case, size: Size) -> Storage:
    """It trades with the grid at its full power."""
    power_w = size.power_kw * KILO
    return replace(
        case.storage,
        power_w=power_w,
        energy_wh=size.capacity_kwh * KILO,
        import_w=power_w,
        export_w=power_w,
    )


def _park(park: ParkProfile, rating_w: int) -> Park:
    most_wh = energy_in_period(rating_w, PERIOD_S)
    load_wh = park.forecast.load_wh[:PERIODS_A_DAY]
    return Park(load_wh, park.forecast.renewable_wh[:PERIODS_A_DAY], most_wh, most_wh)
