"""A home's energy management: when its appliances run, what its battery does, and what is left to trade.

CE-SDT, section 3: a must-run load, appliances that have to have their energy within a window and whose owner
dislikes having them moved (3.1, eqs. 2 to 4), panels, and a battery that panels alone charge (eqs. 7 to 11).
Minimised is what is bought less what is sold, and the disutility, as a linear program with HiGHS.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from contracts.community.solving.battery import PERMILLE, SECONDS_PER_HOUR, Battery

Floats = NDArray[np.float64]

FLOWS: Final = ("use", "charge", "sell", "discharge", "discharge_sell", "buy", "held")
"""Variables a period, Wh: of the panels' energy what is used, stored and sold; of the battery's what is used
and sold; what is bought; and what the battery holds at the end."""


class NoSchedule(Exception):
    """An appliance's window is too short for its energy, or the battery cannot hold what it should."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the home's energy cannot be scheduled: {reason}")


@dataclass(frozen=True, slots=True)
class Appliance:
    """Something that has to have its energy within a window; places count the periods of the outlook."""

    energy_wh: int
    power_w: int
    """The most that it takes."""
    first: int
    end: int
    """The first place after its window."""
    usual: int
    """Where it would begin, at full power, if nobody moved it."""
    disutility_ukwh: int
    """What it costs its owner in comfort to have a kWh of it moved."""


@dataclass(frozen=True, slots=True)
class Household:
    """What a home has."""

    battery: Battery
    appliances: tuple[Appliance, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a home expects, by period from now on."""

    period_s: int
    load_wh: tuple[int, ...]
    """What must run."""
    generated_wh: tuple[int, ...]
    buy_ukwh: tuple[int, ...]
    sell_ukwh: tuple[int, ...]
    """Never above what it buys at."""
    held_wh: int
    """What its battery holds now."""
    held_at_end_wh: int
    """What it has to hold at least in the end (11)."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the home will do, by period, in whole Wh."""

    net_wh: tuple[int, ...]
    """+ to be bought, - to be sold."""
    held_wh: tuple[int, ...]
    """In the battery at the end of each."""
    appliances_wh: tuple[tuple[int, ...], ...]
    """By appliance."""
    cost_nano: int
    """Expected, disutility included."""


def schedule(household: Household, outlook: Outlook) -> Schedule:
    """The cheapest schedule. Raises NoSchedule."""
    if not household.appliances and household.battery.energy_wh == 0:
        return _without_choice(outlook)
    problem = _Problem(household, outlook)
    done = linprog(
        problem.costs,
        A_ub=problem.limit_rows,
        b_ub=problem.limit_values,
        A_eq=problem.balance_rows,
        b_eq=problem.balance_values,
        bounds=problem.bounds,
        method="highs",
    )
    if done.x is None:
        raise NoSchedule(str(done.message))
    flows = {name: done.x[problem.flow(name)] for name in FLOWS}
    net = flows["buy"] - flows["sell"] - flows["discharge_sell"]
    return Schedule(
        _whole(net),
        _whole(flows["held"]),
        tuple([_whole(done.x[problem.running(number)]) for number in range(len(household.appliances))]),
        round(done.fun),
    )


def _without_choice(outlook: Outlook) -> Schedule:
    """Of a home that has nothing to decide: most of a community's, and their program would cost as much."""
    net = [load - sun for load, sun in zip(outlook.load_wh, outlook.generated_wh, strict=True)]
    priced = zip(net, outlook.buy_ukwh, outlook.sell_ukwh, strict=True)
    cost = sum(energy * (buy if energy > 0 else sell) for energy, buy, sell in priced)
    return Schedule(tuple(net), (0,) * len(net), (), cost)


class _Problem:
    """The program's matrices. Columns: FLOWS by period; then for each appliance its energy by period, and by
    period what of its usual run is moved away."""

    def __init__(self, household: Household, outlook: Outlook) -> None:
        self._household, self._outlook = household, outlook
        self._periods = len(outlook.load_wh)
        self._usual = [_usual_wh(one, self._periods, outlook.period_s) for one in household.appliances]
        self._entries: list[tuple[int, int, float]] = []
        self.balance_values: list[float] = []
        self._add_panels()
        self._add_home()
        self._add_battery()
        for number, one in enumerate(household.appliances):
            self._equal(
                float(one.energy_wh), [(self._at(number, place), 1.0) for place in range(self._periods)]
            )
        self.balance_rows = _matrix(self._entries, len(self.balance_values), self._columns)
        self.limit_rows, self.limit_values = self._limits()
        self.costs = self._costs()
        self.bounds = self._bounds()

    @property
    def _power_wh(self) -> float:
        """What the battery can give or take in a period."""
        return self._household.battery.power_w * self._outlook.period_s / SECONDS_PER_HOUR

    @property
    def _columns(self) -> int:
        return self._periods * (len(FLOWS) + 2 * len(self._usual))

    def flow(self, name: str) -> slice:
        """The columns of one flow."""
        first = self._of(name, 0)
        return slice(first, first + self._periods)

    def running(self, number: int) -> slice:
        """The columns of an appliance's energy."""
        first = self._at(number, 0)
        return slice(first, first + self._periods)

    def _of(self, name: str, place: int) -> int:
        return FLOWS.index(name) * self._periods + place

    def _at(self, number: int, place: int) -> int:
        return (len(FLOWS) + 2 * number) * self._periods + place

    def _moved_at(self, number: int, place: int) -> int:
        return self._at(number, place) + self._periods

    def _equal(self, value: float, terms: Sequence[tuple[int, float]]) -> None:
        row = len(self.balance_values)
        self._entries += [(row, column, factor) for column, factor in terms]
        self.balance_values.append(value)

    def _add_panels(self) -> None:
        """What the panels give is used, stored or sold; nothing else charges the battery."""
        for place, generated in enumerate(self._outlook.generated_wh):
            terms = [(self._of(name, place), 1.0) for name in ("use", "charge", "sell")]
            self._equal(float(generated), terms)

    def _add_home(self) -> None:
        """Load and appliances are fed by panels, battery and what is bought (eqs. 3, 4)."""
        for place, load in enumerate(self._outlook.load_wh):
            fed = [(self._of(name, place), 1.0) for name in ("use", "discharge", "buy")]
            runs = [(self._at(number, place), -1.0) for number in range(len(self._usual))]
            self._equal(float(load), [*fed, *runs])

    def _add_battery(self) -> None:
        """What it holds (eqs. 7, 8)."""
        battery = self._household.battery
        into, out = battery.charge_permille / PERMILLE, PERMILLE / battery.discharge_permille
        for place in range(self._periods):
            terms = [(self._of("held", place), 1.0), (self._of("charge", place), -into)]
            terms += [(self._of(name, place), out) for name in ("discharge", "discharge_sell")]
            if place:
                terms.append((self._of("held", place - 1), -1.0))
            self._equal(0.0 if place else float(self._outlook.held_wh), terms)

    def _limits(self) -> tuple[coo_array, list[float]]:
        """Whatever it is for, the battery gives no more than its power (9); moved >= usual - runs."""
        entries: list[tuple[int, int, float]] = []
        limits: list[float] = []
        for place in range(self._periods):
            entries += [(len(limits), self._of(name, place), 1.0) for name in ("discharge", "discharge_sell")]
            limits.append(self._power_wh)
        for number, usual in enumerate(self._usual):
            for place in range(self._periods):
                columns = (self._at(number, place), self._moved_at(number, place))
                entries += [(len(limits), column, -1.0) for column in columns]
                limits.append(-float(usual[place]))
        return _matrix(entries, len(limits), self._columns), limits

    def _costs(self) -> Floats:
        costs = np.zeros(self._columns)
        costs[self.flow("buy")] = self._outlook.buy_ukwh
        for name in ("sell", "discharge_sell"):
            costs[self.flow(name)] = -np.array(self._outlook.sell_ukwh)
        for number, one in enumerate(self._household.appliances):
            first = self._moved_at(number, 0)
            costs[first : first + self._periods] = one.disutility_ukwh
        return costs

    def _bounds(self) -> list[tuple[float, float | None]]:
        battery, periods = self._household.battery, self._periods
        reserve = battery.reserve_mwh / PERMILLE
        bounds: list[tuple[float, float | None]] = []
        for name in FLOWS:
            most = {"charge": self._power_wh, "held": float(battery.energy_wh)}.get(name)
            bounds += [(reserve if name == "held" else 0.0, most)] * periods
        held_last = self._of("held", periods - 1)
        bounds[held_last] = (max(reserve, float(self._outlook.held_at_end_wh)), float(battery.energy_wh))
        for one in self._household.appliances:
            runs_wh = one.power_w * self._outlook.period_s / SECONDS_PER_HOUR
            bounds += [(0.0, runs_wh if one.first <= place < one.end else 0.0) for place in range(periods)]
            bounds += [(0.0, None)] * periods
        return bounds


def _usual_wh(one: Appliance, periods: int, period_s: int) -> Floats:
    """Full power from its usual beginning until it has its energy."""
    most = one.power_w * period_s / SECONDS_PER_HOUR
    passed = np.clip(np.arange(periods + 1) - one.usual, 0, None) * most
    usual: Floats = np.diff(np.minimum(passed, one.energy_wh))
    return usual


def _matrix(entries: Sequence[tuple[int, int, float]], rows: int, columns: int) -> coo_array:
    row, column, factor = zip(*entries, strict=True)
    return coo_array((factor, (row, column)), shape=(rows, columns))


def _whole(energies: Floats) -> tuple[int, ...]:
    return tuple([int(energy) for energy in np.rint(energies)])
