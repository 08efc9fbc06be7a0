"""The exact check: the merit order to the watt, bounds that no allocation is below, proofs that hold."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.gap import GapLimit
from contracts.response.optimality import (
    MULTIPLIER_MAX,
    Certificate,
    Cut,
    Demand,
    bound_nano_h,
    check_feasible,
    check_infeasible,
    check_optimal,
    share,
    work,
)
from contracts.response.optimality_errors import (
    CertificateError,
    CutBroken,
    GapTooWide,
    NotInfeasible,
    NotMarginal,
    NotMeritOrder,
    OutOfCapacity,
    TargetMissed,
    WrongLength,
)
from contracts.response.quotes import cost_nano_h
from contracts.response.resources import RESOURCES_MAX
from contracts.response.solving.solver import marginal_price_ukwh
from crypto.hashing import sha256
from tests.contracts.response.demands import SEED, demand, demands, kept_demands, quote

EXACT = GapLimit(relative_ppm=0, absolute_nano=0)
MULTIPLIERS = st.integers(-(10**6), 10**6) | st.integers(-MULTIPLIER_MAX, MULTIPLIER_MAX)


def priced(price: int, *weights: int, scale: int = 1) -> Certificate:
    return Certificate(scale, price, weights)


def lots(resources: int, seed: bytes = SEED) -> list[int]:
    """The resources in the order in which the last ties are broken."""
    return sorted(range(resources), key=lambda number: sha256(seed + number.to_bytes(4)))


def test_below_the_price_in_full_at_it_pro_rata_above_it_nothing() -> None:
    asked = demand(160, quote((100, 1)), quote((90, 5), (50, 6)), None, quote((30, 5)), quote((500, 6)))
    assert share(asked, 5) == (100, 45, 0, 15, 0)
    check_optimal(asked, (100, 45, 0, 15, 0), priced(5), EXACT)


def test_what_rounding_leaves_goes_to_the_largest_remainders() -> None:
    # Shares of 10 W by 4 : 5 : 6 are 2.67, 3.33 and 4.
    assert share(demand(10, quote((4, 5)), quote((5, 5)), quote((6, 5))), 5) == (3, 3, 4)


def test_equal_remainders_are_broken_by_the_event_s_hash() -> None:
    curves = (quote((9, 5)),) * 5
    for seed in (SEED, sha256(b"another event")):
        first, second, *_ = lots(5, seed)
        given_w = share(replace(demand(12, *curves), seed=seed), 5)
        assert given_w == tuple(3 if number in (first, second) else 2 for number in range(5))


def test_one_watt_goes_to_one_resource() -> None:
    assert share(demand(1, *(quote((7, 0)),) * 40), 0) == tuple(int(i == lots(40)[0]) for i in range(40))


def test_a_target_of_all_there_is_takes_all_at_any_price_that_covers_it() -> None:
    asked = demand(60, quote((10, 0), (20, 4)), quote((30, 9)))
    for price in (9, 10, 10**9):
        check_optimal(asked, (30, 30), priced(price), EXACT)


def test_between_two_segments_every_price_in_between_proves_the_same() -> None:
    asked = demand(10, quote((10, 3)), quote((10, 8)))
    for price in range(3, 9):
        check_optimal(asked, (10, 0), priced(price), EXACT)


@pytest.mark.parametrize("price", [-1, 0, 2, 9, 10**9])
def test_a_price_that_is_not_marginal_proves_nothing(price: int) -> None:
    asked = demand(15, quote((10, 3)), quote((10, 8)))
    with pytest.raises(NotMarginal):
        check_optimal(asked, (10, 5), priced(price), EXACT)


def test_energy_counts_as_capacity() -> None:
    asked = demand(20, quote((100, 1), energy_wh=7), quote((100, 2)))
    check_optimal(asked, (7, 13), priced(2), EXACT)
    with pytest.raises(OutOfCapacity) as caught:
        check_optimal(asked, (8, 12), priced(2), EXACT)
    assert (caught.value.resource, caught.value.given_w, caught.value.capacity_w) == (0, 8, 7)


@settings(deadline=None)
@given(demands())
def test_the_merit_order_is_the_cheapest(asked: Demand) -> None:
    price = marginal_price_ukwh(asked)
    given_w = share(asked, price)
    check_optimal(asked, given_w, priced(price), EXACT)
    watts = sorted(price for row in asked.pieces for width, price in row for _ in range(width))
    assert asked.cost_nano_h(given_w) == sum(watts[: asked.target_w])
    assert bound_nano_h(asked, priced(price)) == asked.cost_nano_h(given_w)


@settings(deadline=None)
@given(demands(), st.data())
def test_one_watt_more_less_or_moved_is_refused(asked: Demand, data: st.DataObject) -> None:
    price = marginal_price_ukwh(asked)
    given_w = list(share(asked, price))
    number = data.draw(st.integers(0, len(given_w) - 1))
    given_w[number] += data.draw(st.sampled_from((-1, 1)))
    with pytest.raises((TargetMissed, OutOfCapacity)):
        check_optimal(asked, tuple(given_w), priced(price), EXACT)
    other = data.draw(st.integers(0, len(given_w) - 1))
    given_w[other] += asked.target_w - sum(given_w)
    if other != number:
        with pytest.raises((NotMeritOrder, OutOfCapacity)):
            check_optimal(asked, tuple(given_w), priced(price), EXACT)


def test_a_resource_that_does_not_take_part_is_given_nothing() -> None:
    with pytest.raises(OutOfCapacity):
        check_feasible(demand(5, quote((9, 1)), None), (4, 1))


@st.composite
def certificates(draw: st.DrawFn, cuts: int) -> Certificate:
    weights = draw(st.lists(MULTIPLIERS.map(abs), min_size=cuts, max_size=cuts))
    return Certificate(draw(st.integers(1, 10**6)), draw(MULTIPLIERS), tuple(weights))


def test_nobody_is_given_less_than_nothing() -> None:
    with pytest.raises(OutOfCapacity) as caught:
        check_feasible(demand(5, quote((9, 1)), quote((9, 1))), (-1, 6))
    assert (caught.value.resource, caught.value.given_w) == (0, -1)


@settings(deadline=None, max_examples=120)
@given(kept_demands(), st.data())
def test_no_allocation_costs_less_than_any_certificate_s_bound(
    case: tuple[Demand, tuple[int, ...]], data: st.DataObject
) -> None:
    asked, given_w = case
    check_feasible(asked, given_w)
    certificate = data.draw(certificates(len(asked.cuts)))
    assert bound_nano_h(asked, certificate) <= asked.cost_nano_h(given_w)


@settings(deadline=None, max_examples=120)
@given(kept_demands(), st.data())
def test_nothing_that_is_feasible_is_ever_certified_as_infeasible(
    case: tuple[Demand, tuple[int, ...]], data: st.DataObject
) -> None:
    asked, _ = case
    with pytest.raises(NotInfeasible):
        check_infeasible(asked, data.draw(certificates(len(asked.cuts))))


def test_infeasibility_is_proven_by_its_own_multipliers() -> None:
    # The cut allows resource 0 only 3 of its 10 W, and the other has 5: 9 W cannot be.
    asked = demand(9, quote((10, 1)), quote((5, 1)), cuts=(Cut((2, 0), 6),))
    check_infeasible(asked, priced(2, 1))
    with pytest.raises(NotInfeasible) as caught:
        check_infeasible(replace(asked, target_w=8), priced(2, 1))
    assert caught.value.contradiction == 0


def test_an_allocation_that_breaks_a_cut_is_refused_by_its_number() -> None:
    cuts = (Cut((1, 1), 100), Cut((7, -1), 20))
    with pytest.raises(CutBroken) as caught:
        check_feasible(demand(10, quote((9, 1)), quote((9, 1)), cuts=cuts), (4, 6))
    assert (caught.value.cut, caught.value.by) == (1, 2)


def test_with_cuts_the_gap_decides() -> None:
    # At most 3 W of the cheap one; the watt that the other gives in its place costs 4 more.
    asked = demand(10, quote((20, 1)), quote((20, 5)), cuts=(Cut((2, 0), 7),))
    best = cost_nano_h(quote((20, 1)), 3) + cost_nano_h(quote((20, 5)), 7)
    certificate = Certificate(1, 5, (2,))
    assert bound_nano_h(asked, certificate) == best - 2
    check_optimal(asked, (3, 7), certificate, GapLimit(0, 2))
    with pytest.raises(GapTooWide):
        check_optimal(asked, (3, 7), certificate, GapLimit(0, 1))
    with pytest.raises(GapTooWide):
        check_optimal(asked, (2, 8), certificate, GapLimit(0, 2))
    with pytest.raises(CutBroken):
        check_optimal(asked, (4, 6), certificate, GapLimit(0, 2))


TWO = demand(10, quote((9, 1)), quote((9, 2)), cuts=(Cut((1, 1), 100),))


@pytest.mark.parametrize(
    ("asked", "certificate", "error"),
    [
        (TWO, priced(2), WrongLength),
        (TWO, priced(2, 0, 0), WrongLength),
        (TWO, priced(2, -1), CertificateError),
        (TWO, priced(2, MULTIPLIER_MAX + 1), CertificateError),
        (TWO, priced(MULTIPLIER_MAX + 1, 0), CertificateError),
        (TWO, priced(-MULTIPLIER_MAX - 1, 0), CertificateError),
        (TWO, priced(2, 0, scale=0), CertificateError),
        (TWO, priced(2, 0, scale=-1), CertificateError),
        (TWO, priced(2, 0, scale=10**10_000), CertificateError),
        (replace(TWO, cuts=()), priced(2, 0), WrongLength),
        (replace(TWO, cuts=()), priced(4, scale=2), CertificateError),
        (replace(TWO, cuts=(Cut((1,), 100),)), priced(2, 0), WrongLength),
        (replace(TWO, cuts=(Cut((1, 1, 1), 100),)), priced(2, 0), WrongLength),
    ],
)
def test_hostile_certificates_are_refused(
    asked: Demand, certificate: Certificate, error: type[ContractError]
) -> None:
    with pytest.raises(error):
        check_optimal(asked, (9, 1), certificate, EXACT)


@pytest.mark.parametrize("given_w", [(), (9,), (9, 1, 0)])
def test_an_allocation_has_a_number_for_each_resource(given_w: tuple[int, ...]) -> None:
    with pytest.raises(WrongLength):
        check_optimal(TWO, given_w, priced(2, 0), EXACT)


def test_work_counts_every_segment_and_coefficient() -> None:
    curves = (quote((1, 1), (1, 2), (1, 3)),) * RESOURCES_MAX
    bare = demand(5, *curves)
    cut = replace(bare, cuts=(Cut((1,) * RESOURCES_MAX, 1),) * 3)
    assert work(bare) >= 3 * RESOURCES_MAX
    assert work(cut) - work(bare) >= 3 * RESOURCES_MAX
