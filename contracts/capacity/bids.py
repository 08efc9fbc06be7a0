"""Bids: step curves that are sealed in a Pedersen commitment until all have bid (Ren et al., III-A).

C = g^m h^r with m = SHA-256 over chain, window, side, address, fingerprint and curve: so that nobody's
commitment serves another, another window, or another device. g and h are hashed to the curve.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Final

from contracts.arguments import Length
from contracts.capacity.clearing import Step
from contracts.capacity.refusals import BadBlinding, BeyondBound, FallingAsk, PriceAboveCap, RisingBid
from crypto import pedersen
from crypto.address import Address
from crypto.field import ORDER
from crypto.group import Point
from crypto.hashing import Digest, domain, sha256
from ledger.codec import encode

STEPS_MAX: Final = 32
BLINDING_BYTES: Final = 32

Steps = Annotated[tuple[Step, ...], Length(1, STEPS_MAX)]
Blinding = Annotated[bytes, Length(BLINDING_BYTES)]


class Side(StrEnum):
    """Who bids: whoever has storage, or whoever needs it."""

    SELL = "sell"
    BUY = "buy"


def check_steps(side: Side, steps: Sequence[Step], bound_wh: int, cap_ukwh: int) -> None:
    """Raises PriceAboveCap, FallingAsk, RisingBid or BeyondBound."""
    for number, step in enumerate(steps):
        if step.price_ukwh > cap_ukwh:
            raise PriceAboveCap(number, step.price_ukwh, cap_ukwh)
    for number, (before, after) in enumerate(pairwise(steps), start=1):
        if side is Side.SELL and after.price_ukwh < before.price_ukwh:
            raise FallingAsk(number, before.price_ukwh, after.price_ukwh)
        if side is Side.BUY and after.price_ukwh > before.price_ukwh:
            raise RisingBid(number, before.price_ukwh, after.price_ukwh)
    total_wh = sum(step.quantity_wh for step in steps)
    if total_wh > bound_wh:
        raise BeyondBound(total_wh, bound_wh)


def commit(
    genesis: Digest,
    window: int,
    side: Side,
    address: Address,
    fingerprint: Digest,
    steps: Sequence[Step],
    blinding: bytes,
) -> Point:
    """The commitment (eq. 6). Raises BadBlinding."""
    number = int.from_bytes(blinding, "big")
    if not 0 < number < ORDER:
        raise BadBlinding
    curve = tuple((step.quantity_wh, step.price_ukwh) for step in steps)
    message = sha256(
        domain("capacity/bid", genesis) + encode((window, side.value, address, fingerprint, curve))
    )
    return pedersen.commit([int.from_bytes(message, "big")], number)


def demand_fingerprint(genesis: Digest, bound_wh: int) -> Digest:
    """H of a buyer, who has no device: the most that it may buy."""
    return sha256(domain("capacity/demand", genesis) + encode(bound_wh))


def tie_seed(genesis: Digest, window: int, blindings: Sequence[bytes]) -> Digest:
    """What decides ties and the price: nobody knows it before the last has revealed, and to change it by not
    revealing costs the bond."""
    return sha256(domain("capacity/seed", genesis) + encode((window, tuple(sorted(blindings)))))
