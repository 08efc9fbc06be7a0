"""What the ENO makes of a security check: the plan is safe, or needs cuts, or has no power flow.

What the hosts of the buses found is taken where it proves the plan safe by the chain's own check. Where it
does not, the ENO sweeps by itself before it constrains anybody or gives up, so that no host can mislead it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.response.network import Network
from contracts.response.network_errors import LineOverloaded, UnsafePlan, VoltageOutOfBand
from contracts.response.optimality import Cut
from contracts.response.records import Voltages
from contracts.response.safety import Injection, check_safe
from contracts.response.solving.cuts import Placement, security_cuts
from contracts.response.solving.flow import power_flow


@dataclass(frozen=True, slots=True)
class Plan:
    """An allocation, and the power flows that it leads to."""

    network: Network
    injections: Sequence[Sequence[Injection]]
    """By period and bus, the responses within."""
    placement: Placement
    allocation_w: Sequence[int]
    """By resource."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The voltages that prove a plan safe; or what the next one has to keep; or why there can be none."""

    voltages: Voltages | None = None
    cuts: tuple[Cut, ...] = ()
    reason: str = ""


def judge(plan: Plan, found: Voltages | None, tolerance_npu: int, cuts_max: int) -> Judgement:
    """Of voltages (npu) that a distributed sweep found, or of None if it found none; at most so many cuts."""
    if found is not None and _refusal(plan, found, tolerance_npu) is None:
        return Judgement(found)
    swept = power_flow(plan.network, plan.injections)
    if not swept.converged:
        return Judgement(reason="the power flow does not converge")
    refusal = _refusal(plan, swept.voltages_npu, tolerance_npu)
    if refusal is None:
        return Judgement(swept.voltages_npu)
    if not isinstance(refusal, VoltageOutOfBand | LineOverloaded):
        return Judgement(reason=str(refusal))
    cuts = security_cuts(
        plan.network, plan.injections, swept.voltages_npu, plan.placement, plan.allocation_w, cuts_max
    )
    return Judgement(cuts=cuts, reason=str(refusal))


def _refusal(plan: Plan, voltages: Voltages, tolerance_npu: int) -> UnsafePlan | None:
    """Why the chain would not take these voltages."""
    try:
        for point, phasors in zip(plan.injections, voltages, strict=True):
            check_safe(plan.network, point, phasors, tolerance_npu)
    except UnsafePlan as error:
        return error
    return None
