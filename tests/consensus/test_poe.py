"""Proof of energy: turns by ticket over weight, as BESSVS eqs. 3 and 4 and docs/poe.md define them."""

from hashlib import sha256

from consensus.poe import Seat, draws, seed_of, thresholds, ticket_of, turns
from crypto.hashing import Digest
from ledger.quantities import Height

CHAIN = Digest(sha256(b"a chain for tests").digest())
SEED = seed_of(CHAIN, 3)


def test_a_draw_is_the_hash_of_nonce_seed_height_and_number() -> None:
    seed = sha256(b"gridquorum/proposers\0" + CHAIN + bytes(7) + b"\x03").digest()
    rest = seed + bytes(6) + b"\x01\x00" + bytes(7) + b"\x09"
    expected = [sha256(bytes((0, 0, 0, nonce)) + rest).digest() for nonce in range(64)]
    drawn = draws(SEED, Height(256), 9, 64)
    assert drawn == expected
    assert ticket_of(drawn) == min(int.from_bytes(digest, "big") for digest in expected)


def test_thresholds_follow_the_weights_and_sum_to_six_hits() -> None:
    for weights in ((1,), (1, 1, 1), (5, 1, 17, 2**60), (3,) * 64):
        for gamma in (64 * len(weights), 1_000_003):
            limits = thresholds(weights, gamma)
            assert sum(limits) == 6 * 2**256 // gamma
            for weight, limit in zip(weights, limits, strict=True):
                assert abs(limit * sum(weights) - sum(limits) * weight) <= len(weights) * sum(weights)


def test_order_is_that_of_ticket_over_weight() -> None:
    seats = tuple(Seat(number, weight) for number, weight in ((4, 10), (0, 1), (7, 3), (2, 25)))
    for height in range(1, 50):
        tickets = [min(draws(SEED, Height(height), seat.number, 256)) for seat in seats]
        order = turns(SEED, Height(height), seats, 256)
        assert sorted(order) == [0, 1, 2, 3]
        for one, next_ in zip(order, order[1:], strict=False):
            left = int.from_bytes(tickets[one], "big") * seats[next_].weight
            assert left < int.from_bytes(tickets[next_], "big") * seats[one].weight
