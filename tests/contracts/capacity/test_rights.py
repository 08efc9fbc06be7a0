"""The mathematics of rights: every sum exact, whatever the numbers."""

from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.capacity.rights import (
    alpha_permille,
    bond,
    deliver,
    deposit,
    flat_wh,
    join,
    power_shares,
    scaled,
)

ENERGIES = st.lists(st.integers(1, 10**6), min_size=1, max_size=12)


@given(ENERGIES, st.data())
def test_joining_is_a_transport_plan_with_few_pairs(sold: list[int], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(1, max(1, sum(sold) - 1)), max_size=8, unique=True)))
    edges = [0, *[cut for cut in cuts if cut < sum(sold)], sum(sold)]
    bought = [end - begin for begin, end in pairwise(edges)]
    matches = join(sold, bought)
    assert len(matches) <= len(sold) + len(bought) - 1
    for number, wh in enumerate(sold):
        assert sum(m.quantity_wh for m in matches if m.seller == number) == wh
    for number, wh in enumerate(bought):
        assert sum(m.quantity_wh for m in matches if m.buyer == number) == wh
    assert matches == sorted(matches)
    assert all(match.quantity_wh > 0 for match in matches)


CAPS = st.lists(st.integers(0, 5_000), min_size=1, max_size=24).filter(any)


@given(CAPS, st.data())
def test_rights_share_their_devices_power_and_can_all_call_all_that_they_bought(
    caps: list[int], data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.integers(1, 500), min_size=1, max_size=min(9, sum(caps))))
    quantities = data.draw(st.sampled_from([weights, [1] * len(weights)]))
    while sum(quantities) > sum(caps):
        quantities = quantities[1:]
    assume(quantities)
    shares = power_shares(caps, quantities)
    for place, cap in enumerate(caps):
        assert sum(share[place] for share in shares) == cap
    for quantity, share in zip(quantities, shares, strict=True):
        called = flat_wh(quantity, share)
        assert sum(called) == quantity
        assert all(0 <= call <= most for call, most in zip(called, share, strict=True))


def test_a_right_may_call_its_part_of_the_power_to_a_few_wh() -> None:
    shares = power_shares([1_000] * 4, [900, *[1] * 100, 1_500])
    for share, quantity in ((shares[0], 900), (shares[-1], 1_500)):
        assert all(abs(most - quantity * 1_000 // 2_500) <= 8 for most in share)
    # A hundred rights of a Wh each do not all call it at once.
    called = [flat_wh(1, share) for share in shares[1:-1]]
    assert all(sum(call[place] for call in called) <= 50 for place in range(4))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.integers(0, 10**7))
def test_no_more_counts_as_delivered_than_was_metered(called: list[int], metered: int) -> None:
    delivered = deliver(called, metered)
    assert all(0 <= part <= call for part, call in zip(delivered, called, strict=True))
    assert sum(delivered) == min(metered, sum(called))


@given(ENERGIES, st.integers(0, 10**12), st.integers(1, 10**12))
def test_what_is_scaled_is_less_than_a_unit_off_and_adds_up(
    parts: list[int], numerator: int, denominator: int
) -> None:
    shares = scaled(parts, numerator, denominator)
    assert sum(shares) == sum(parts) * numerator // denominator
    for part, share in zip(parts, shares, strict=True):
        assert abs(share * denominator - part * numerator) < denominator


def test_bonds_and_deposits_are_rounded_up() -> None:
    assert deposit(1, 1, 1) == 1
    assert deposit(200, 1_000, 150_000) == 30_000
    assert deposit(200, 0, 150_000) == 0
    # 10 % of 5 kWh at 0.5, and the floor.
    assert bond(7, 100, 5_000, 500_000) == 7 + 250_000


def test_deposits_fall_with_what_one_kept() -> None:
    assert alpha_permille(50, 200, 0, 0) == 200
    assert alpha_permille(50, 200, 10, 0) == 200
    assert alpha_permille(50, 200, 10, 5) == 125
    assert alpha_permille(50, 200, 10, 10) == 50
