"""The plain alternative to a market: whoever stands where a limit breaks mends it alone.

Over voltage, or where too much flows back, that is the generation at the bus and behind it; under voltage the
loads there. All of them by one share of their capacity, no more than it takes. Where they are not enough,
all of the network's.
"""

from bisect import bisect_left
from collections.abc import Sequence

from contracts.response.resources import Kind
from contracts.response.solving.cuts import violations
from contracts.response.solving.flow import power_flow
from studies.response_event import Question


def alone_w(question: Question) -> tuple[int, ...] | None:
    """By resource, W; None if they cannot mend it without others."""
    able_w, near = _able_w(question), _near(question)
    near_w = [most_w if bus in near else 0 for bus, most_w in zip(question.case.buses, able_w, strict=True)]
    return _least_share_w(question, near_w) or _least_share_w(question, able_w)


def _least_share_w(question: Question, most_w: Sequence[int]) -> tuple[int, ...] | None:
    """The least share of these powers that keeps all limits."""
    steps = max(most_w)  # so that the largest of them moves by whole watts

    def share_w(step: int) -> tuple[int, ...]:
        return tuple(step * each_w // max(1, steps) for each_w in most_w)

    step = bisect_left(range(steps + 1), True, key=lambda step: _is_safe(question, share_w(step)))
    return share_w(step) if step <= steps else None


def _able_w(question: Question) -> list[int]:
    """What generation, or loads, can give; 0 of all others."""
    kind = Kind.GENERATION if question.sign < 0 else Kind.LOAD
    rows = zip(question.case.resources, question.demand(()).capacities_w, strict=True)
    return [capacity_w if resource.kind is kind else 0 for resource, capacity_w in rows]


def _near(question: Question) -> set[int]:
    """The buses at which a limit breaks without any response, and all behind them."""
    plan, tree = question.plan((0,) * len(question.case.resources)), question.case.network.tree
    found = violations(plan.network, plan.injections, power_flow(plan.network, plan.injections).voltages_npu)
    near = {violation.bus for violation in found}
    for bus in tree.outward:
        if tree.parents[bus] in near:
            near.add(bus)
    return near


def _is_safe(question: Question, response_w: tuple[int, ...]) -> bool:
    plan = question.plan(response_w)
    flow = power_flow(plan.network, plan.injections)
    return flow.converged and not violations(plan.network, plan.injections, flow.voltages_npu)
