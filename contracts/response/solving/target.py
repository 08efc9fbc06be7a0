"""How much change the ENO asks for when the forecast breaks a limit, before anybody has quoted.

It knows the network, the forecast and the certified capacities, but no curve. So it asks for what would mend
every limit to first order if all gave the same share of their capacity:

    share = most over the cuts of limit_k / sum of a_ki * u_i,    target = share * sum of u_i,

with the cuts of cuts.py around the flow without responses. So if all quote what they are certified for, some
dispatch keeps these cuts; the cheapest leans on those who ask less or stand nearer to the fault.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from contracts.response.network import Network
from contracts.response.safety import Injection
from contracts.response.solving.cuts import Placement, security_cuts
from contracts.response.solving.sweep import run_sweep

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
    flow = run_sweep(network, injections)
    if not flow.converged:
        return 0
    for direction, capacities_w in ((-1, down_w), (1, up_w)):
        placement = Placement(buses, direction)
        nobody = (0,) * len(buses)
        cuts = security_cuts(network, injections, flow.voltages_npu, placement, nobody, CUTS_SEEN)
        mended = [-cut.load(capacities_w) for cut in cuts]
        if cuts and min(mended) > 0:
            shares = [Fraction(-cut.limit, all_w) for cut, all_w in zip(cuts, mended, strict=True)]
            return direction * ceil(min(max(shares), Fraction(1)) * sum(capacities_w))
    return 0
