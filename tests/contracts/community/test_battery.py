"""A home's battery: eqs. 7 to 11 hold at every step, and no Wh comes from nowhere."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.community.solving.battery import Battery, deliverable_wh, run

BATTERY = Battery(
    energy_wh=5_000, power_w=2_400, charge_permille=950, discharge_permille=930, reserve_permille=100
)


def test_it_takes_what_is_over_and_gives_what_is_lacking() -> None:
    held = np.array([500_000, 4_000_000, 4_000_000])
    left, then = run(BATTERY, held, np.array([-300, 300, 0]), 900)
    assert left.tolist() == [0, 0, 0]
    assert then.tolist() == [500_000 + 300 * 950, 4_000_000 - 322_581, 4_000_000]


@given(st.lists(st.integers(-3_000, 3_000), min_size=1, max_size=60))
def test_it_stays_within_its_bounds_and_loses_on_the_way(nets_wh: list[int]) -> None:
    held, charged_wh, given_wh = np.array([BATTERY.reserve_mwh]), 0, 0
    for net_wh in nets_wh:
        (left,), then = run(BATTERY, held, np.array([net_wh]), 900)
        assert abs(left - net_wh) <= 600
        assert left * net_wh >= 0
        assert BATTERY.reserve_mwh <= then[0] <= BATTERY.full_mwh
        assert (then[0] > held[0]) <= (net_wh < 0)
        charged_wh, given_wh = charged_wh + max(0, left - net_wh), given_wh + max(0, net_wh - left)
        held = then
    assert held[0] - BATTERY.reserve_mwh <= 950 * charged_wh - 1_000 * 1_000 * given_wh / 930 + 1e-3


def test_a_full_battery_leaves_the_sun_to_others() -> None:
    left, then = run(BATTERY, np.array([4_999_000, 5_000_000]), np.array([-300, -300]), 900)
    assert left.tolist() == [-299, -300]
    assert then.tolist() == [4_999_950, 5_000_000]


def test_the_reserve_is_not_given_away() -> None:
    assert deliverable_wh(BATTERY, np.array([BATTERY.reserve_mwh])).tolist() == [0]
