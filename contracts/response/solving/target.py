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
from math import ceil

import numpy as np
from numpy.typing import NDArray

from contracts.response.network import Network
from contracts.response.optimality import Cut
from contracts.response.safety import Injection
from contracts.response.solving.cuts import Placement, security_cuts
from contracts.response.solving.flow import power_flow

CUTS_SEEN = 16


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
    flow = power_flow(network, injections)
    if not flow.converged:
        return 0
    for direction, capacities_w in ((-1, down_w), (1, up_w)):
        placement = Placement(buses, direction)
        nobody = (0,) * len(buses)
        cuts = security_cuts(network, injections, flow.voltages_npu, placement, nobody, CUTS_SEEN)
        if cuts and all(cut.load(capacities_w) < 0 for cut in cuts):
            return direction * _magnitude_w(cuts, np.array(capacities_w))
    return 0


def _magnitude_w(cuts: Sequence[Cut], capacities_w: NDArray[np.int64]) -> int:
    """What mends all cuts if all give one share of what counts; all that helps if that is not enough."""
    helps = np.maximum(0, [[-part for part in cut.coefficients] for cut in cuts])
    effects = (helps / helps.max(axis=1, keepdims=True)).max(axis=0)
    counted_w = capacities_w * effects
    share = max(-cut.limit / (mended @ counted_w) for cut, mended in zip(cuts, helps, strict=True))
    return ceil(share * counted_w.sum()) if share <= 1 else int(capacities_w[effects > 0].sum())
