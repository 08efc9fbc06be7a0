"""The three costs that show what the bus and the storage are worth, in billionths of the currency."""

from dataclasses import dataclass

from contracts.dispatch.feasibility import idle_plan
from contracts.dispatch.model import Plan, Problem, Site, Tariff, cost, pooled_problem
from contracts.dispatch.sites import Cell


@dataclass(frozen=True, slots=True)
class Costs:
    """`alone_nano` less `bus_nano` is what free exchange saves; `bus_nano` less `storage_nano` the
    storage's worth."""

    alone_nano: tuple[int, ...]
    """Of each park, trading with the grid by itself."""
    bus_nano: int
    """Of the parks on one bus, with the storage idle."""
    storage_nano: int
    """Of the plan."""


def alone_cost(site: Site, tariff: Tariff) -> int:
    """What a park pays that meets its net load by itself, as cheaply as its connection allows.

    Load over its import limit is left unmet, and costs nothing.
    """
    return sum(
        Cell(min(net, site.import_wh), curtail, site.import_wh, site.export_wh, 0, 0, buy, sell).cost(0)
        for net, curtail, buy, sell in zip(
            site.net_wh, site.curtail_wh, tariff.buy_ukwh, tariff.sell_ukwh, strict=True
        )
    )


def three_costs(problem: Problem, plan: Plan, parks: tuple[Site, ...]) -> Costs:
    """The costs of a plan's day, given the parks' own curves (for `pooled` these are known only after
    metering)."""
    bus = pooled_problem(
        first_period=problem.first_period,
        period_s=problem.period_s,
        tariff=problem.tariff,
        storage=problem.storage,
        initial_charge=problem.initial_charge,
        target_charge=problem.target_charge,
        net_wh=tuple(map(sum, zip(*(park.net_wh for park in parks), strict=True))),
        import_wh=sum(park.import_wh for park in parks),
        export_wh=sum(park.export_wh for park in parks),
    )
    alone = tuple(alone_cost(park, problem.tariff) for park in parks)
    return Costs(alone, cost(bus, idle_plan(bus).plan), cost(problem, plan))
