"""Proof of energy: turns by ticket over weight, as BESSVS eqs. 3 and 4 and docs/poe.md define them.

What is statistical here runs on one fixed chain: every draw is a hash, so each test always sees the same.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from math import exp, prod
from pathlib import Path

import pytest
from scipy.integrate import quad
from scipy.stats import binomtest, chisquare

from consensus.poe import Seat, draws, rank, seed_of, thresholds, ticket_of, turns
from crypto.hashing import Digest
from ledger.quantities import Height

CHAIN = Digest(sha256(b"a chain for tests").digest())
SEED = seed_of(CHAIN, 3)
DRAW_VALUES = 2**256

GAMMA_PER_MEMBER = 64
WEIGHTS = (60, 20, 10, 6, 3, 1)
HEIGHTS = 3_000
SIGNIFICANCE = 0.01


def seats_of(weights: Sequence[int]) -> tuple[Seat, ...]:
    return tuple(Seat(number, weight) for number, weight in enumerate(weights, start=1))


class LongRun:
    """Many heights of one committee: who is first, and how many hits there are."""

    def __init__(self, weights: Sequence[int], heights: int) -> None:
        seats, gamma = seats_of(weights), GAMMA_PER_MEMBER * len(weights)
        limits = [limit.to_bytes(32) for limit in thresholds(weights, gamma)]
        self.orders: list[tuple[int, ...]] = []
        self.hits: list[tuple[int, ...]] = []
        for height in range(1, heights + 1):
            drawn = [draws(SEED, Height(height), seat.number, gamma) for seat in seats]
            self.orders.append(rank([ticket_of(of_one) for of_one in drawn], seats))
            self.hits.append(
                tuple(
                    sum(draw < limit for draw in of_one) for of_one, limit in zip(drawn, limits, strict=True)
                )
            )


@pytest.fixture(scope="module")
def long_run() -> LongRun:
    return LongRun(WEIGHTS, HEIGHTS)


# The definition.


def test_a_draw_is_the_hash_of_nonce_seed_height_and_number() -> None:
    seed = sha256(b"gridquorum/proposers\0" + CHAIN + bytes(7) + b"\x03").digest()
    rest = seed + bytes(6) + b"\x01\x00" + bytes(7) + b"\x09"
    expected = [sha256(bytes((0, 0, 0, nonce)) + rest).digest() for nonce in range(64)]
    drawn = draws(SEED, Height(256), 9, 64)
    assert drawn == expected
    assert ticket_of(drawn) == min(int.from_bytes(digest, "big") for digest in expected)


def test_seeds_differ_by_chain_and_epoch() -> None:
    seeds = {seed_of(Digest(bytes([chain]) * 32), epoch) for chain in range(4) for epoch in range(4)}
    assert len(seeds) == 16


@pytest.mark.parametrize("weights", [(1,), (1, 1, 1), (5, 1, 17, 2**53), (3,) * 64])
@pytest.mark.parametrize("gamma", [4_096, 1_000_003])
def test_thresholds_follow_the_weights_and_make_six_hits_exactly(
    weights: tuple[int, ...], gamma: int
) -> None:
    limits = thresholds(weights, gamma)
    assert 0 <= 6 * DRAW_VALUES - gamma * sum(limits) < gamma
    for weight, limit in zip(weights, limits, strict=True):
        assert abs(limit - Fraction(sum(limits) * weight, sum(weights))) < len(weights)


def test_order_is_that_of_ticket_over_weight() -> None:
    seats = (Seat(4, 10), Seat(1, 1), Seat(7, 3), Seat(2, 25))
    for height in range(1, 50):
        tickets = [ticket_of(draws(SEED, Height(height), seat.number, 256)) for seat in seats]
        order = turns(SEED, Height(height), seats, 256)
        assert sorted(order) == [0, 1, 2, 3]
        for one, next_ in pairwise(order):
            assert tickets[one] * seats[next_].weight < tickets[next_] * seats[one].weight


def test_ties_go_by_number_and_not_by_place() -> None:
    seats = (Seat(9, 2), Seat(3, 1), Seat(5, 3))
    assert rank([20, 10, 30], seats) == (1, 2, 0)
    assert rank([0, 0, 0], seats) == (1, 2, 0)


def test_order_is_exact_where_floats_are_not() -> None:
    seats = (Seat(1, 3), Seat(2, 3))
    assert rank([2**255 + 1, 2**255], seats) == (1, 0)
    assert rank([2**255, 2**255 + 1], seats) == (0, 1)


def test_a_place_in_the_committee_does_not_matter() -> None:
    seats = seats_of(WEIGHTS)
    reversed_seats = tuple(reversed(seats))
    for height in range(1, 30):
        order = [seats[place] for place in turns(SEED, Height(height), seats, 384)]
        assert order == [reversed_seats[place] for place in turns(SEED, Height(height), reversed_seats, 384)]


def test_who_leaves_moves_nobody_else() -> None:
    """With the same number of draws, the others keep their order: no coalition gains by a seat less."""
    seats = seats_of(WEIGHTS)
    for height in range(1, 30):
        order = [seats[place].number for place in turns(SEED, Height(height), seats, 384)]
        rest = turns(SEED, Height(height), seats[1:], 384)
        assert [seats[1:][place].number for place in rest] == [number for number in order if number != 1]


def test_another_process_with_another_hash_seed_computes_the_same() -> None:
    script = (
        "from consensus.poe import Seat, seed_of, turns\n"
        "seats = tuple(Seat(n, w) for n, w in enumerate((60, 20, 10, 6, 3, 1), start=1))\n"
        f"seed = seed_of(bytes.fromhex('{CHAIN.hex()}'), 3)\n"
        "print([turns(seed, height, seats, 384) for height in range(1, 101)])\n"
    )
    root = Path(__file__).resolve().parents[2]
    seats = seats_of(WEIGHTS)
    expected = str([turns(SEED, Height(height), seats, 384) for height in range(1, 101)])
    for hash_seed in ("0", "4711"):
        process = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)},
        )
        assert process.stdout.strip() == expected


# Shares.


def test_share_of_proposals_is_the_share_of_weight(long_run: LongRun) -> None:
    first = Counter(order[0] for order in long_run.orders)
    observed = [first[place] for place in range(len(WEIGHTS))]
    expected = [HEIGHTS * weight / sum(WEIGHTS) for weight in WEIGHTS]
    assert chisquare(observed, expected).pvalue > SIGNIFICANCE
    # The test has teeth: equal turns, or weights that count squared, it would not take for this.
    assert chisquare(observed, [HEIGHTS / len(WEIGHTS)] * len(WEIGHTS)).pvalue < 1e-9
    squares = [weight**2 for weight in WEIGHTS]
    assert chisquare(observed, [HEIGHTS * square / sum(squares) for square in squares]).pvalue < 1e-9


@pytest.mark.parametrize("weights", [(1, 1, 1, 1), WEIGHTS, (99, 1), (1,) * 21 + (400,)])
def test_probability_to_be_first_is_the_share_of_weight_to_one_part_in_gamma(
    weights: tuple[int, ...],
) -> None:
    """Integrated over what ticket / weight the first may have."""
    gamma, shares = GAMMA_PER_MEMBER * len(weights), [weight / sum(weights) for weight in weights]

    def density(first: float, own: float) -> float:
        all_later = prod((1 - share * first) ** gamma for share in shares)
        return gamma * own / (1 - own * first) * all_later

    # Beyond 60 / gamma is a chance of e^-60.
    end = min(60 / gamma, 1 / max(shares))
    probabilities = [quad(density, 0, end, args=(share,))[0] for share in shares]
    assert sum(probabilities) == pytest.approx(1)
    for probability, share in zip(probabilities, shares, strict=True):
        assert abs(probability / share - 1) < 1 / gamma


def test_second_turns_go_by_weight_among_the_others(long_run: LongRun) -> None:
    """After a silent proposer, the rest race on as if it were not there."""
    second = Counter(order[1] for order in long_run.orders if order[0] == 0)
    rest = WEIGHTS[1:]
    observed = [second[place] for place in range(1, len(WEIGHTS))]
    expected = [sum(observed) * weight / sum(rest) for weight in rest]
    assert chisquare(observed, expected).pvalue > SIGNIFICANCE


def test_one_turn_says_nothing_of_the_next(long_run: LongRun) -> None:
    """Pairs of successive proposers are as often as independent turns make them."""
    first = [order[0] == 0 for order in long_run.orders]
    both = sum(one and other for one, other in pairwise(first))
    assert binomtest(both, HEIGHTS - 1, 0.6**2).pvalue > SIGNIFICANCE


def test_whoever_has_a_hit_speaks_before_all_who_have_none(long_run: LongRun) -> None:
    for order, hits in zip(long_run.orders, long_run.hits, strict=True):
        has_hit = [hits[place] > 0 for place in order]
        assert has_hit == sorted(has_hit, reverse=True)


def test_six_hits_are_expected_and_each_members_go_by_its_weight(long_run: LongRun) -> None:
    of_member = [sum(hits[place] for hits in long_run.hits) for place in range(len(WEIGHTS))]
    for weight, found in zip(WEIGHTS, of_member, strict=True):
        expected = 6 * HEIGHTS * weight / sum(WEIGHTS)
        assert abs(found - expected) < 3 * expected**0.5


def test_heights_without_a_hit_are_as_rare_as_six_expected_hits_make_them() -> None:
    heights = 20_000
    without = sum(not any(hits) for hits in LongRun((3, 1), heights).hits)
    interval = binomtest(without, heights).proportion_ci(0.99, method="exact")
    assert exp(-6) / 2 < interval.low < exp(-6) < interval.high < 2 * exp(-6)


@pytest.mark.parametrize("weights", [(1, 1, 1, 1), WEIGHTS, (1,) * 22, (1,) * 63 + (1_000,)])
def test_probability_of_no_hit_computed_exactly_is_near_e_to_the_minus_six(weights: tuple[int, ...]) -> None:
    gamma = GAMMA_PER_MEMBER * len(weights)
    none = 1.0
    for limit in thresholds(weights, gamma):
        none *= float(1 - Fraction(limit, DRAW_VALUES)) ** gamma
    # (1 - p)^gamma < e^(-gamma p), by e^(-gamma p^2 / 2) in the first order, and p <= 6 / gamma.
    assert exp(-6 - 36 / gamma) < none < exp(-6)


def test_there_is_always_a_proposer(long_run: LongRun) -> None:
    """Also where nobody has a hit: the order does not need one."""
    everybody = set(range(len(WEIGHTS)))
    assert any(not any(hits) for hits in long_run.hits)
    assert all(set(order) == everybody for order in long_run.orders)


# Floor and cap, as the weights bring them here.

FLOOR, CAP = 1, 20


def test_nobody_is_starved(long_run: LongRun) -> None:
    """A member at the floor waits for a turn no longer than all its draws so far could make likely.

    Its share is at least 1/100 here, so a wait of more than 1,200 has a probability of 0.99^1200 < 6e-6.
    """
    turns_of_least = [height for height, order in enumerate(long_run.orders) if order[0] == 5]
    waits = [later - earlier for earlier, later in pairwise([0, *turns_of_least, HEIGHTS])]
    assert len(turns_of_least) > 0
    assert max(waits) < 1_200


def test_a_cap_keeps_a_giant_within_its_bound() -> None:
    weights = (CAP, FLOOR, FLOOR, FLOOR, FLOOR)
    heights = 1_500
    run = LongRun(weights, heights)
    share = Fraction(CAP, CAP + 4 * FLOOR)
    speeches = sum(order[0] == 0 for order in run.orders)
    assert binomtest(speeches, heights, float(share)).pvalue > SIGNIFICANCE


def test_equal_weights_have_equal_shares() -> None:
    run = LongRun((7,) * 5, 1_500)
    first = Counter(order[0] for order in run.orders)
    assert chisquare([first[place] for place in range(5)]).pvalue > SIGNIFICANCE
