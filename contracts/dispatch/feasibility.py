"""What the storage can reach, what cannot be met, and the fallback that needs no solver. Exact, in
integers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from contracts.dispatch.errors import Infeasible
from contracts.dispatch.model import Flows, Plan, Problem, Series
from contracts.dispatch.sites import cell


@dataclass(frozen=True, slots=True)
class Idle:
    """The fallback: no flow to or from the storage, and for each site the load that its import limit
    leaves unmet."""

    plan: Plan
    unmet_wh: tuple[Series, ...]

    @property
    def is_whole(self) -> bool:
        return not any(map(any, self.unmet_wh))


def idle_plan(problem: Problem) -> Idle:
    """The cheapest plan in which the storage idles. Load over an import limit is reported as unmet, not
    invented away.

    With unmet load the plan does not balance by just that, and `check_plan` refuses it.
    """
    sites, unmet_wh = [], []
    for number, site in enumerate(problem.sites):
        unmet = tuple(max(0, net - site.import_wh) for net in site.net_wh)
        cells = (cell(problem, number, index) for index in range(problem.periods))
        trades = [
            replace(here, net_wh=here.net_wh - short).trade(0)
            for here, short in zip(cells, unmet, strict=True)
        ]
        buy_wh, sell_wh, curtail_wh = zip(*trades, strict=True)
        nothing = (0,) * problem.periods
        sites.append(Flows(buy_wh, sell_wh, curtail_wh, charge_wh=nothing, discharge_wh=nothing))
        unmet_wh.append(unmet)
    return Idle(Plan(tuple(sites)), tuple(unmet_wh))


def check_feasible(problem: Problem) -> None:
    """Raises Infeasible, naming the first constraint that no plan can keep.

    Exact for `pooled`. For `paper` it does not count on charging one park while discharging another only
    to burn energy.
    """
    last = problem.first_period + problem.periods - 1
    lowest, highest = list(_reach(problem))[-1]
    if highest < problem.final_lowest:
        raise _short(problem, "state of charge at the end", last, problem.final_lowest - highest)
    if lowest > problem.final_highest:
        raise _short(problem, "room to discharge before the end", last, lowest - problem.final_highest)


def with_reachable_target(problem: Problem) -> Problem:
    """The problem with its target moved as little as makes it reachable; the problem itself if it is.

    Raises Infeasible where no plan is possible, whatever the end.
    """
    lowest, highest = list(_reach(problem))[-1]
    if highest < problem.final_lowest:
        return replace(problem, target_charge=max(0, highest - problem.storage.units_per_wh))
    if lowest > problem.final_highest:
        return replace(problem, target_charge=lowest)
    return problem


def charge_changes(problem: Problem) -> list[tuple[int, int]]:
    """Least and greatest change of the state of charge in each period, in charge units. Raises Infeasible."""
    return [_charge_change(problem, index) for index in range(problem.periods)]


def viable_charges(problem: Problem) -> list[tuple[int, int]]:
    """States of charge at the end of each period from which the plan's end can still be reached."""
    viable = [(problem.final_lowest, problem.final_highest)]
    for least, most in reversed(charge_changes(problem)[1:]):
        lowest, highest = viable[-1]
        viable.append((max(problem.lowest, lowest - most), min(problem.highest, highest - least)))
    return viable[::-1]


def _reach(problem: Problem) -> Iterator[tuple[int, int]]:
    """Least and greatest state of charge that can be reached at the end of each period."""
    lowest = highest = problem.initial_charge
    for index, (least, most) in enumerate(charge_changes(problem)):
        lowest = max(problem.lowest, lowest + least)
        highest = min(problem.highest, highest + most)
        if highest < problem.lowest:
            raise _short(problem, "state of charge", problem.first_period + index, problem.lowest - highest)
        yield lowest, highest


def _charge_change(problem: Problem, index: int) -> tuple[int, int]:
    gain, draw = problem.storage.gain, problem.storage.draw
    period, power_wh = problem.first_period + index, problem.power_wh
    supplied_wh = forced_wh = removed_wh = 0
    for number in range(len(problem.sites)):
        here = cell(problem, number, index)
        if here.flow_lowest > here.flow_highest:
            short_wh = here.flow_lowest - here.flow_highest
            raise Infeasible("import limit", period, problem.site_name(number), short_wh)
        supplied_wh += max(0, here.flow_highest)
        forced_wh += max(0, -here.flow_highest)
        removed_wh -= here.flow_lowest
    if forced_wh - supplied_wh > power_wh:
        raise Infeasible("power limit", period, "storage", forced_wh - supplied_wh - power_wh)
    most = gain * min(supplied_wh, power_wh + forced_wh) - draw * forced_wh
    return min(most, -draw * min(removed_wh, power_wh)), most


def _short(problem: Problem, constraint: str, period: int, by: int) -> Infeasible:
    return Infeasible(constraint, period, "storage", -(-by // problem.storage.units_per_wh))
