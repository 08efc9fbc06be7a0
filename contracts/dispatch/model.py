"""The dispatch problem of a day and its plan, in integers.

One form serves both models. A *site* is a point of connection to the grid, with a net load to be met:

- `pooled`: one site, the bus that the parks share. Only its net flow passes the storage.
- `paper`: a site for each park, then one without load for the storage's own trade with the grid. The
  gross flows of all sites pass the storage (Liu and Ai 2024, section 3.1.2); only their net is limited by
  its power.

In every period t and for every site, with curtailment in [0, curtail_wh]:

    buy - sell - curtail - charge + discharge = net
    E(t) = E(t-1) + gain * sum(charge) - draw * sum(discharge),    |sum(charge) - sum(discharge)| <= power

and never buying and selling, or charging and discharging, at one site in one period. Energies are whole Wh a
period; the state of charge is in *charge units* of 1/units_per_wh Wh, in which it is exact.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from contracts.arguments import Length
from contracts.dispatch.errors import ProblemError
from contracts.dispatch.storage import (
    ENERGY_WH_MAX,
    PRICE_UKWH_MAX,
    RATIO_MAX,
    Storage,
    check_range,
    energy_in_period,
)

PERIODS_MAX = 192
SITES_MAX = 1_001

Series = Annotated[tuple[int, ...], Length(1, PERIODS_MAX)]
"""A number for each period."""

Model = Literal["pooled", "paper"]


@dataclass(frozen=True, slots=True)
class Tariff:
    """What the grid asks and pays in each period; the paper's buy and sell price."""

    buy_ukwh: Series
    sell_ukwh: Series


@dataclass(frozen=True, slots=True)
class Park:
    """A park's forecast and the rating of its connection, in Wh a period (`paper`: opened curves)."""

    load_wh: Series
    renewable_wh: Series
    import_wh: int
    export_wh: int


@dataclass(frozen=True, slots=True)
class Site:
    """A point of connection: net load (+ consumes), what it may curtail, the limits of its flows a period."""

    net_wh: Series
    curtail_wh: Series
    import_wh: int
    export_wh: int
    charge_wh: int
    discharge_wh: int


@dataclass(frozen=True)
class Problem:
    """A dispatch problem; made by `pooled_problem` or `paper_problem`.

    `initial_charge` and `target_charge` are in charge units. The plan must end in [target, target + 1 Wh],
    moved down where that is over the highest state of charge. A day is cyclic when both are the same; a
    re-dispatch starts from the metered charge, with the day's target.
    """

    model: Model
    first_period: int
    period_s: int
    tariff: Tariff
    storage: Storage
    initial_charge: int
    target_charge: int
    sites: tuple[Site, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.periods <= PERIODS_MAX:
            raise ProblemError("tariff", f"{self.periods} periods; 1 to {PERIODS_MAX} are possible")
        if not 1 <= len(self.sites) <= SITES_MAX:
            raise ProblemError("sites", f"{len(self.sites)} sites; 1 to {SITES_MAX} are possible")
        check_range("period_s", self.period_s, 1, 86_400)
        charge_max = ENERGY_WH_MAX * RATIO_MAX**2
        check_range("initial_charge", self.initial_charge, 0, charge_max)
        check_range("target_charge", self.target_charge, 0, charge_max)
        self._check_series("tariff.buy_ukwh", self.tariff.buy_ukwh, PRICE_UKWH_MAX)
        self._check_series("tariff.sell_ukwh", self.tariff.sell_ukwh, PRICE_UKWH_MAX)
        for index, site in enumerate(self.sites):
            self._check_site(self.site_name(index), site)

    def _check_site(self, name: str, site: Site) -> None:
        self._check_series(f"{name}.net_wh", site.net_wh, ENERGY_WH_MAX)
        self._check_series(f"{name}.curtail_wh", site.curtail_wh, ENERGY_WH_MAX)
        check_range(f"{name}.curtail_wh", min(site.curtail_wh), 0, ENERGY_WH_MAX)
        for limit in ("import_wh", "export_wh", "charge_wh", "discharge_wh"):
            check_range(f"{name}.{limit}", getattr(site, limit), 0, ENERGY_WH_MAX)
        if any(net + curtail < 0 for net, curtail in zip(site.net_wh, site.curtail_wh, strict=True)):
            raise ProblemError(f"{name}.curtail_wh", "less may be curtailed than the surplus")

    def _check_series(self, field: str, values: Series, most: int) -> None:
        if len(values) != self.periods:
            raise ProblemError(field, f"{len(values)} values for {self.periods} periods")
        check_range(field, min(values), -most, most)
        check_range(field, max(values), -most, most)

    @property
    def periods(self) -> int:
        return len(self.tariff.buy_ukwh)

    @property
    def power_wh(self) -> int:
        """Most net energy that passes the storage in a period: its power over the period."""
        return energy_in_period(self.storage.power_w, self.period_s)

    @cached_property
    def lowest(self) -> int:
        """Least state of charge of the plan. A charge metered out of its bounds may not move further out."""
        return min(self.storage.lowest, self.initial_charge)

    @cached_property
    def highest(self) -> int:
        """Greatest state of charge of the plan."""
        return max(self.storage.highest, self.initial_charge)

    @cached_property
    def final_lowest(self) -> int:
        """Least state of charge at the end: the target, or less to leave 1 Wh below the highest."""
        return max(self.lowest, min(self.target_charge, self.highest - self.storage.units_per_wh))

    @property
    def final_highest(self) -> int:
        return min(self.highest, self.final_lowest + self.storage.units_per_wh)

    def site_name(self, index: int) -> str:
        """`bus` of the pooled model; `park 1`, `park 2` ... and `storage` of the paper's."""
        if self.model == "pooled":
            return "bus"
        return "storage" if index == len(self.sites) - 1 else f"park {index + 1}"


@dataclass(frozen=True, slots=True)
class Flows:
    """What one site does in each period, in Wh: all at least 0."""

    buy_wh: Series
    sell_wh: Series
    curtail_wh: Series
    charge_wh: Series
    discharge_wh: Series


@dataclass(frozen=True, slots=True)
class Plan:
    """The flows of every site, in the problem's order."""

    sites: Annotated[tuple[Flows, ...], Length(1, SITES_MAX)]


def pooled_problem(
    *,
    first_period: int,
    period_s: int,
    tariff: Tariff,
    storage: Storage,
    initial_charge: int,
    target_charge: int,
    net_wh: Series,
    import_wh: int,
    export_wh: int,
) -> Problem:
    """The shared bus: `net_wh` is the opened sum of the parks' net loads, the limits are the bus's a period.

    Only the sum is known, so no more than the bus's surplus may be curtailed. Raises ProblemError.
    """
    power_wh = energy_in_period(storage.power_w, period_s)
    surplus_wh = tuple(max(0, -net) for net in net_wh)
    bus = Site(net_wh, surplus_wh, import_wh, export_wh, charge_wh=power_wh, discharge_wh=power_wh)
    return Problem(
        "pooled", first_period, period_s, tariff, storage, initial_charge, target_charge, sites=(bus,)
    )


def paper_problem(
    *,
    first_period: int,
    period_s: int,
    tariff: Tariff,
    storage: Storage,
    initial_charge: int,
    target_charge: int,
    parks: tuple[Park, ...],
) -> Problem:
    """The paper's gross model. A park's rating bounds what it buys and discharges, and sells and charges.

    Raises ProblemError.
    """
    own_import_wh = energy_in_period(storage.import_w, period_s)
    own_export_wh = energy_in_period(storage.export_w, period_s)
    nothing = (0,) * len(tariff.buy_ukwh)
    own_trade = Site(nothing, nothing, own_import_wh, own_export_wh, own_import_wh, own_export_wh)
    sites = (*map(_park_site, parks), own_trade)
    return Problem("paper", first_period, period_s, tariff, storage, initial_charge, target_charge, sites)


def _park_site(park: Park) -> Site:
    if len(park.load_wh) != len(park.renewable_wh):
        raise ProblemError("park", f"{len(park.load_wh)} loads and {len(park.renewable_wh)} renewables")
    net_wh = tuple(load - renewable for load, renewable in zip(park.load_wh, park.renewable_wh, strict=True))
    return Site(net_wh, park.renewable_wh, park.import_wh, park.export_wh, park.export_wh, park.import_wh)


def cost(problem: Problem, plan: Plan) -> int:
    """The paper's f1 + f2 + f3 in billionths of the currency (ukwh * Wh); wear on all that is stored."""
    buy_ukwh, sell_ukwh, wear_ukwh = (
        problem.tariff.buy_ukwh,
        problem.tariff.sell_ukwh,
        problem.storage.wear_ukwh,
    )
    total = 0
    for site in plan.sites:
        total += sum(map(int.__mul__, buy_ukwh, site.buy_wh)) - sum(map(int.__mul__, sell_ukwh, site.sell_wh))
        total += wear_ukwh * (sum(site.charge_wh) + sum(site.discharge_wh))
    return total


def states_of_charge(problem: Problem, plan: Plan) -> tuple[int, ...]:
    """State of charge at the end of each period, in charge units."""
    gain, draw = problem.storage.gain, problem.storage.draw
    charge, states = problem.initial_charge, []
    for charged_wh, discharged_wh in zip(*storage_flows(plan), strict=True):
        charge += gain * charged_wh - draw * discharged_wh
        states.append(charge)
    return tuple(states)


def storage_flows(plan: Plan) -> tuple[Series, Series]:
    """All that charges the storage and all that discharges it, in Wh a period, over the sites."""
    charged_wh = tuple(map(sum, zip(*(site.charge_wh for site in plan.sites), strict=True)))
    discharged_wh = tuple(map(sum, zip(*(site.discharge_wh for site in plan.sites), strict=True)))
    return charged_wh, discharged_wh
