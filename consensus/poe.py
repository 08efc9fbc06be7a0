"""Proof of energy: turns that lean on the energy that members metered (BESSVS, section 3.1.2, eqs. 3 and 4).

Pure and public: every draw follows from the seed, the height and the member's number, so all compute the same
order, nobody searches, and nothing in a block moves it. It chooses who speaks, never what is valid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from crypto.hashing import Digest, domain, sha256
from ledger.quantities import Height

HITS_EXPECTED: Final = 6
"""A height, of all members together (the right side of eq. 4): none at all with a probability near e^-6."""

DRAW_VALUES: Final = 2**256
"""How many values a draw can have."""

NONCE_BYTES: Final = 4
NUMBER_BYTES: Final = 8
"""Of a height, an epoch or a member's number."""

TURNS_KEPT: Final = 64
"""Orders that are remembered: of the heights being judged, by however many nodes one process has."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What counts of a member of the committee. Its keys do not, so there is nothing to grind."""

    number: int
    """Assigned by the committee, and never used again."""
    weight: int
    """Of its energy, clamped; at least 1."""


def seed_of(chain: Digest, epoch: int) -> Digest:
    """What the draws of an epoch start from, fixed by the genesis for all time."""
    return sha256(domain("proposers", chain) + epoch.to_bytes(NUMBER_BYTES))


def draws(seed: Digest, height: Height, number: int, gamma: int) -> list[Digest]:
    """SHA-256(N || seed || height || number) for every nonce 0 <= N < gamma: the left side of eq. 3."""
    # 52 bytes with the nonce: a single block of SHA-256.
    rest = seed + height.to_bytes(NUMBER_BYTES) + number.to_bytes(NUMBER_BYTES)
    return [sha256(nonce.to_bytes(NONCE_BYTES) + rest) for nonce in range(gamma)]


def ticket_of(drawn: Sequence[Digest]) -> int:
    """The least of a member's draws."""
    return int.from_bytes(min(drawn))


def thresholds(weights: Sequence[int], gamma: int) -> tuple[int, ...]:
    """The right side of eq. 3 for every member; a draw below it is a hit.

    Scaled by eq. 4: their sum is 6 * 2^256 // gamma. What rounding leaves goes to the first, one each.
    """
    whole, total = HITS_EXPECTED * DRAW_VALUES // gamma, sum(weights)
    shares = [whole * weight // total for weight in weights]
    left = whole - sum(shares)
    return tuple([share + (place < left) for place, share in enumerate(shares)])


def rank(tickets: Sequence[int], seats: Sequence[Seat]) -> tuple[int, ...]:
    """The places in the order of ticket / weight, ties by number; whoever has a hit comes before all others.

    The least of many draws, divided by a weight, is nearly exponential with a rate in proportion to the
    weight: each is first as often as its share of the weights says.
    """
    keys = [(Fraction(ticket, seat.weight), seat.number) for ticket, seat in zip(tickets, seats, strict=True)]
    return tuple(sorted(range(len(seats)), key=keys.__getitem__))


@lru_cache(maxsize=TURNS_KEPT)
def turns(seed: Digest, height: Height, seats: tuple[Seat, ...], gamma: int) -> tuple[int, ...]:
    """The places in the order in which they may propose at a height; it takes gamma hashes a member."""
    return rank([ticket_of(draws(seed, height, seat.number, gamma)) for seat in seats], seats)
