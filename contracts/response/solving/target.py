"""How much change the ENO asks for when the forecast breaks a limit, before anybody has quoted.

It knows the network, the forecast and the certified capacities u_i, but no curve. With the cuts of cuts.py
around the flow without responses, resource i counts by its effect e_i: what it does for a cut, of what the
best placed does, for the cut that it helps most. Asked for is what mends every limit, to first order, if all
give one share of u_i * e_i:

    share = most over the cuts of limit_k / sum of a_ki * u_i * e_i,    target = share * sum of u_i * e_i.

So if all quote what they are certified for, some dispatch keeps these cuts; the cheapest leans on those who
ask less.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.response.network import Network
from contracts.response.optimality import Cut
from contracts.response.safety import Injection
from contracts.response.solving.cuts import Placement, security_cuts
from contracts.response.solving.flow import power_flow

ROUNDS_MAX = 8
LIMITS_A_BUS = 3
"""Two of its voltage and one of its line: the target has to mend all that break."""


def needed_target_w(
    network: Network,
    injections: Sequence[Sequence[Injection]],
    buses: tuple[int, ...],
    down_w: Sequence[int],
    up_w: Sequence[int],
) -> int:
    """The signed target of an event; 0 if the forecast keeps all limits.

    `injections` by period and bus, without responses; `buses`, `down_w` and `up_w`, the capacities in either
    direction, by resource. Where all capacity is not enough, it is all of it; where no direction mends every
    limit, or the forecast has no power flow, it is 0 as well.
    """
    for direction, capacities_w in ((-1, down_w), (1, up_w)):
        placement = Placement(buses, direction)
        magnitude_w = _magnitude_w(network, injections, placement, np.array(capacities_w))
        if magnitude_w:
            return direction * magnitude_w
    return 0


def _magnitude_w(
    network: Network,
    injections: Sequence[Sequence[Injection]],
    placement: Placement,
    capacities_w: NDArray[np.int64],
) -> int:
    """What mends all limits in one direction. Mending one may show another, so it is tried again."""
    cuts: tuple[Cut, ...] = ()
    responses_w = np.zeros_like(capacities_w)
    for _ in range(ROUNDS_MAX):
        moved = [_moved(flow, placement, responses_w.tolist()) for flow in injections]
        flow = power_flow(network, moved)
        if not flow.converged:
            return 0
        most = LIMITS_A_BUS * len(network.buses)
        found = security_cuts(network, moved, flow.voltages_npu, placement, responses_w.tolist(), most)
        cuts += found
        if not found or any(cut.load(capacities_w.tolist()) >= 0 for cut in cuts):
            return 0 if found else int(responses_w.sum())
        share, counted_w = _share(cuts, capacities_w)
        if share > 1:
            return int(capacities_w[counted_w > 0].sum())
        responses_w = np.ceil(share * counted_w).astype(np.int64)
    return int(responses_w.sum())


def _share(cuts: Sequence[Cut], capacities_w: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]]:
    """What share mends all cuts if all give it of what counts of their capacity; and that."""
    helps = np.maximum(0, [[-part for part in cut.coefficients] for cut in cuts])
    effects = (helps / helps.max(axis=1, keepdims=True)).max(axis=0)
    counted_w = capacities_w * effects
    share = max(-cut.limit / (mended @ counted_w) for cut, mended in zip(cuts, helps, strict=True))
    return share, counted_w


def _moved(flow: Sequence[Injection], placement: Placement, responses_w: Sequence[int]) -> list[Injection]:
    """A period's injections with responses."""
    active_w = [active for active, _ in flow]
    for bus, response_w in zip(placement.buses, responses_w, strict=True):
        active_w[bus] += placement.direction * response_w
    return list(zip(active_w, (reactive for _, reactive in flow), strict=True))
