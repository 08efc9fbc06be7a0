"""What the ENO asks for when a voltage is out of its band: which periods, and how much (target.py).

The event has the periods from the first in which, by the forecast, a voltage or a current is out of its
limits, until all are kept again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.response.network import Network
from contracts.response.problem import injections
from contracts.response.records import Forecast
from contracts.response.resources import Resource
from contracts.response.safety import Injection
from contracts.response.solving.cuts import violations
from contracts.response.solving.flow import power_flow
from contracts.response.solving.target import needed_target_w


@dataclass(frozen=True, slots=True)
class Choice:
    """What to ask for."""

    first: int
    """The event's first period, counted from the forecast's."""
    periods: int
    target_w: int
    """> 0 is more injection, < 0 less."""


def choose_event(
    network: Network, resources: Sequence[Resource], forecast: Forecast, periods_max: int, period_s: int
) -> Choice | None:
    """What a forecast calls for; None if it keeps all limits, or if nobody can do anything about it."""
    flows = injections(forecast, resources, 1, [0] * len(resources))
    broken = _broken_periods(network, flows)
    if True not in broken:
        return None
    first = broken.index(True)
    last = min(len(broken), first + periods_max)
    end = next((period for period in range(first, last) if not broken[period]), last)
    duration_s = (end - first) * period_s
    down_w = [resource.capacity_w(-1, duration_s) for resource in resources]
    up_w = [resource.capacity_w(1, duration_s) for resource in resources]
    buses = tuple(resource.bus for resource in resources)
    target_w = needed_target_w(network, flows[first:end], buses, down_w, up_w)
    return Choice(first, end - first, target_w) if target_w else None


def _broken_periods(network: Network, flows: Sequence[Sequence[Injection]]) -> list[bool]:
    """By period: whether a limit is broken; so it is where the power flow does not converge."""
    swept = power_flow(network, flows)
    if swept.converged:
        rows = zip(flows, swept.voltages_npu, strict=True)
        return [bool(violations(network, [flow], [voltages])) for flow, voltages in rows]
    return [True] if len(flows) == 1 else [_broken_periods(network, [flow])[0] for flow in flows]
