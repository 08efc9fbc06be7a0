"""The mathematics of rights: every sum exact, whatever the numbers."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contracts.capacity.rights import (
    alpha_permille,
    bond,
    call_limit_wh,
    deliver,
    deposit,
    flat_wh,
    join,
    parts_of,
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
def test_flat_calls_are_the_whole_quantity_and_within_ones_share(
    caps: list[int], data: st.DataObject
) -> None:
    sold = data.draw(st.integers(1, sum(caps)))
    quantity = data.draw(st.integers(1, sold))
    called = [flat_wh(quantity, caps, place) for place in range(len(caps))]
    assert sum(called) == quantity
    for call, cap in zip(called, caps, strict=True):
        assert 0 <= call <= call_limit_wh(cap, quantity, sold)


@given(CAPS, st.data())
def test_all_rights_of_a_device_call_less_than_a_wh_each_beyond_its_power(
    caps: list[int], data: st.DataObject
) -> None:
    quantities = data.draw(st.lists(st.integers(1, 500), min_size=1, max_size=6))
    sold = sum(quantities)
    for cap in caps:
        limits = sum(call_limit_wh(cap, quantity, sold) for quantity in quantities)
        assert cap <= limits < cap + len(quantities)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.integers(0, 10**6), st.integers(0, 10**7))
def test_what_arrives_is_shared_out_and_enough_is_enough(called: list[int], cap: int, metered: int) -> None:
    delivered = deliver(called, cap, metered)
    assert all(0 <= part <= call for part, call in zip(delivered, called, strict=True))
    if metered >= min(cap, sum(called)):
        assert delivered == called
    else:
        assert sum(delivered) == metered


@given(st.integers(0, 10**12), ENERGIES)
def test_parts_add_up(amount: int, weights: list[int]) -> None:
    parts = parts_of(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - amount * weight) < sum(weights)


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
