"""Whole Wh from an optimum in fractions: exact balances, exact states of charge, and no constraint broken.

The flows of all sites but one are rounded in each period, the error of one carried to the next. The flow
of the one left, which has the most room, is chosen by a beam search over the day that follows the
optimum's state of charge, keeps to states from which the end can be reached, and values what is stored at
the storage's multipliers.
"""

from dataclasses import dataclass

from contracts.dispatch.certificate import SCALE
from contracts.dispatch.feasibility import viable_charges
from contracts.dispatch.model import Flows, Plan, Problem, Series
from contracts.dispatch.sites import Cell, cell

MILLI = 1_000
BEAM_WIDTH = 12
NEIGHBOURS = range(-1, 3)


@dataclass(frozen=True, slots=True)
class Step:
    """One period: the rounded flows, of which that of site `free` is still to be chosen within its bounds."""

    flows_wh: list[int]
    free: int
    cell: Cell
    lowest: int
    highest: int
    fixed_change: int
    """Change of the state of charge by all other sites, in charge units."""
    goal: int
    """The optimum's state of charge after the period."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One way to have come so far: the choices are a linked list, the latest first."""

    charge: int
    cost: int
    choices: tuple[int, "Trace"] | None


def round_plan(problem: Problem, flows_milli_wh: list[list[int]], storage: Series) -> Plan | None:
    """The plan in whole Wh that follows the sites' flows in thousandths of a Wh (+ charges); None if it
    finds none.

    `storage` are the storage's multipliers, as in a certificate. A second attempt takes a little from
    what one site charges while another discharges: full power then leaves the free flow room to make good
    what rounding lost.
    """
    loss = problem.storage.draw - problem.storage.gain
    spare_wh = 2 * problem.storage.units_per_wh // max(1, loss) + 1
    return _search(problem, _steps(problem, flows_milli_wh, 0), storage) or _search(
        problem, _steps(problem, flows_milli_wh, spare_wh), storage
    )


def _search(problem: Problem, steps: list[Step], storage: Series) -> Plan | None:
    beam = [Trace(problem.initial_charge, 0, None)]
    for step, (lowest, highest), multiplier in zip(steps, viable_charges(problem), storage, strict=True):
        reached: dict[int, Trace] = {}
        for trace in beam:
            for nearer in _choices(problem, step, trace):
                known = reached.get(nearer.charge)
                if lowest <= nearer.charge <= highest and (known is None or nearer.cost < known.cost):
                    reached[nearer.charge] = nearer
        beam = sorted(reached.values(), key=lambda trace: SCALE * trace.cost + multiplier * trace.charge)
        del beam[BEAM_WIDTH:]
    if not beam:
        return None
    return _plan(problem, steps, min(beam, key=lambda trace: trace.cost))


def _steps(problem: Problem, flows_milli_wh: list[list[int]], spare_wh: int) -> list[Step]:
    steps = []
    goal_milli = MILLI * problem.initial_charge
    for index in range(problem.periods):
        wanted = [row[index] for row in flows_milli_wh]
        goal_milli += sum(_charge_change(problem, flow) for flow in wanted)
        steps.append(_step(problem, index, wanted, goal_milli // MILLI, spare_wh))
    return steps


def _step(problem: Problem, index: int, wanted_milli: list[int], goal: int, spare_wh: int) -> Step:
    cells = [cell(problem, number, index) for number in range(len(problem.sites))]
    flows, carry = [], 0
    for here, wanted in zip(cells, wanted_milli, strict=True):
        nearest = (wanted + carry + MILLI // 2) // MILLI
        flow = min(max(nearest, here.flow_lowest), here.flow_highest)
        carry += wanted - MILLI * flow
        flows.append(flow)
    _spare(cells, flows, spare_wh)
    room = [
        min(flow - here.flow_lowest, here.flow_highest - flow)
        for here, flow in zip(cells, flows, strict=True)
    ]
    free = room.index(max(room))
    others = [flow for number, flow in enumerate(flows) if number != free]
    return Step(
        flows,
        free,
        cells[free],
        max(cells[free].flow_lowest, -problem.power_wh - sum(others)),
        min(cells[free].flow_highest, problem.power_wh - sum(others)),
        sum(_charge_change(problem, flow) for flow in others),
        goal,
    )


def _spare(cells: list[Cell], flows_wh: list[int], spare_wh: int) -> None:
    """Lessen the greatest charge and the greatest discharge of one period alike."""
    charging, discharging = flows_wh.index(max(flows_wh)), flows_wh.index(min(flows_wh))
    room_wh = cells[discharging].flow_highest - flows_wh[discharging]
    spare_wh = max(0, min(spare_wh, flows_wh[charging], -flows_wh[discharging], room_wh))
    flows_wh[charging] -= spare_wh
    flows_wh[discharging] += spare_wh


def _choices(problem: Problem, step: Step, trace: Trace) -> list[Trace]:
    """The states near the optimum's that the free flow can bring about."""
    missing = step.goal - trace.charge - step.fixed_change
    nearest = missing // (problem.storage.gain if missing >= 0 else problem.storage.draw)
    near = {min(max(nearest + offset, step.lowest), step.highest) for offset in NEIGHBOURS}
    wear = problem.storage.wear_ukwh
    return [
        Trace(
            trace.charge + step.fixed_change + _charge_change(problem, flow),
            trace.cost + step.cell.cost(flow) + wear * abs(flow),
            (flow, trace),
        )
        for flow in sorted(near)
        if step.lowest <= flow <= step.highest
    ]


def _charge_change(problem: Problem, flow: int) -> int:
    return flow * (problem.storage.gain if flow >= 0 else problem.storage.draw)


def _plan(problem: Problem, steps: list[Step], trace: Trace) -> Plan:
    choices = []
    while trace.choices is not None:
        flow, trace = trace.choices
        choices.append(flow)
    for step, flow in zip(steps, reversed(choices), strict=True):
        step.flows_wh[step.free] = flow
    return Plan(
        tuple(
            flows_of(problem, number, [step.flows_wh[number] for step in steps])
            for number in range(len(problem.sites))
        )
    )


def flows_of(problem: Problem, number: int, flows_wh: list[int]) -> Flows:
    """A site's part of the plan: its net flows to the storage, and the cheapest trades that they allow."""
    trades = [cell(problem, number, index).trade(flow) for index, flow in enumerate(flows_wh)]
    buy_wh, sell_wh, curtail_wh = zip(*trades, strict=True)
    charge_wh = tuple(max(0, flow) for flow in flows_wh)
    discharge_wh = tuple(max(0, -flow) for flow in flows_wh)
    return Flows(buy_wh, sell_wh, curtail_wh, charge_wh, discharge_wh)
