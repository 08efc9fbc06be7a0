"""Payments of the paper's model: each park trades with the grid by itself, and with the storage at a
stated price.

The price of energy between park and storage is the middle of the tariff's spread, for what a park charges
of its own surplus and for what it discharges for its own need: both better than the grid's price. What
merely passes a park, bought to be stored or discharged to be sold, passes at the grid's price. So no park
that meets its forecast pays more than it would alone.
"""

from contracts.dispatch.model import Flows, Plan, Problem, Series
from contracts.dispatch.settlement import Bill, Line, Readings, Settlement
from ledger.quantities import divide_half_even


def complete_paper(readings: tuple[Readings, ...], planned: tuple[Series, ...]) -> tuple[Series, ...]:
    """Missing readings as planned: the forecast's net load of a park, the planned net flow of the storage."""
    return tuple(
        tuple(plan if reading is None else reading for reading, plan in zip(row, plan_row, strict=True))
        for row, plan_row in zip(readings, planned, strict=True)
    )


def settle_paper(
    problem: Problem, plan: Plan, parks_wh: tuple[Series, ...], storage_wh: Series
) -> Settlement:
    """A park pays the tariff on its metered net load with its planned flow to the storage, and for that flow.

    The storage pays the tariff on its own planned trade and is settled with the parks; where it took more
    or gave less than planned it pays the buy price, the other way round it earns the sell price. The grid
    is the other side of all tariffs, so only rounding is left.
    """
    buy_ukwh, sell_ukwh = problem.tariff.buy_ukwh, problem.tariff.sell_ukwh
    parks, to_grid, to_storage = [], 0, 0
    for number, metered_wh in enumerate(parks_wh):
        flows = plan.sites[number]
        need_wh = tuple(
            net + charge - discharge
            for net, charge, discharge in zip(metered_wh, flows.charge_wh, flows.discharge_wh, strict=True)
        )
        trade = _tariff_line("grid, on metered energy and planned flow", need_wh, buy_ukwh, sell_ukwh)
        flow = _flow_line(flows, problem.sites[number].net_wh, buy_ukwh, sell_ukwh)
        parks.append(Bill(problem.site_name(number), (trade, flow)))
        to_grid += trade.nano
        to_storage += flow.nano
    own = _own_trade(problem, plan, storage_wh)
    to_grid += sum(line.nano for line in own)
    storage = Bill("storage", (Line("flows with the parks", 0, -to_storage), *own))
    return Settlement(tuple(parks), storage, Bill("grid", (Line("tariff of all connections", 0, -to_grid),)))


def _own_trade(problem: Problem, plan: Plan, storage_wh: Series) -> tuple[Line, Line]:
    buy_ukwh, sell_ukwh = problem.tariff.buy_ukwh, problem.tariff.sell_ukwh
    own = plan.sites[-1]
    own_wh = tuple(map(int.__sub__, own.buy_wh, own.sell_wh))
    planned_wh = planned_storage_flow(plan)
    deviation_wh = tuple(map(int.__sub__, storage_wh, planned_wh))
    return (
        _tariff_line("own trade with the grid", own_wh, buy_ukwh, sell_ukwh),
        _tariff_line("deviation from the plan", deviation_wh, buy_ukwh, sell_ukwh),
    )


def planned_storage_flow(plan: Plan) -> Series:
    """Net flow into the storage in each period, over all sites."""
    flows = (map(int.__sub__, site.charge_wh, site.discharge_wh) for site in plan.sites)
    return tuple(map(sum, zip(*flows, strict=True)))


def _tariff_line(item: str, energy_wh: Series, buy_ukwh: Series, sell_ukwh: Series) -> Line:
    columns = zip(energy_wh, buy_ukwh, sell_ukwh, strict=True)
    nano = sum(energy * (buy if energy > 0 else sell) for energy, buy, sell in columns)
    return Line(item, sum(energy_wh), nano)


def _flow_line(flows: Flows, net_wh: Series, buy_ukwh: Series, sell_ukwh: Series) -> Line:
    """What a park pays the storage for its planned flow; below 0 where it charges more than it discharges."""
    columns = zip(flows.charge_wh, flows.discharge_wh, net_wh, buy_ukwh, sell_ukwh, strict=True)
    doubled, energy_wh = 0, 0
    for charge, discharge, net, buy, sell in columns:
        own_charge = min(charge, max(0, -net))
        own_discharge = min(discharge, max(0, net))
        doubled += (own_discharge - own_charge) * (buy + sell)
        doubled += 2 * ((discharge - own_discharge) * sell - (charge - own_charge) * buy)
        energy_wh += discharge - charge
    return Line("flow from the storage", energy_wh, divide_half_even(doubled, 2))
