"""A park's forecast in shares, as the sharing contract has it dealt: figure 10 of Liu and Ai (2024).

One park deals its load forecast to five members, of whom any three open it. Everything that passes is real:
shares are encrypted to their members, checked against the dealer's commitments, and put together again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from contracts.sharing.dealing import bad_dealers, combine, deal_arguments, decrypt_share
from contracts.sharing.records import Opening, Round
from crypto.entropy import Entropy, expand
from crypto.field import ORDER, centred, random_scalar
from crypto.hashing import Digest, sha256
from crypto.keys import PrivateKey
from crypto.shamir import Vector, reconstruct
from ledger.quantities import Slot, TxId
from studies.profiles import ENERGY_WH_MAX

MEMBERS: Final = 5
THRESHOLD: Final = 3
CURIOUS: Final = (1, 2)
"""Members who put together what they have, one too few."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """A curve, what each member got of it, and what came of putting shares together."""

    curve_wh: tuple[int, ...]
    shares: Mapping[int, Vector]
    """By member: an element of the field for each value of the curve, and one for the blinding."""
    opened: Mapping[tuple[int, ...], tuple[int, ...]]
    """By those who opened, every three that there are: the curve in Wh."""
    guessed: Vector
    """What the curious get that put theirs together as if two were enough."""


def share_curve(curve_wh: Sequence[int], seed: int) -> Sharing:
    """Deal it, check it, open it by every three."""
    chain = sha256(b"storage study %d" % seed)
    entropy = expand(chain)
    dealer, *keys = (_key(entropy) for _ in range(1 + MEMBERS))
    asked = _round(chain, dealer, keys, len(curve_wh))
    dealt = deal_arguments(dealer, chain, asked, curve_wh)
    shares = _received(chain, asked, keys, dealt)
    opened: dict[tuple[int, ...], tuple[int, ...]] = {
        three: _opened(dealt, {member: shares[member] for member in three})
        for three in combinations(shares, THRESHOLD)
    }
    curious = {member: shares[member] for member in CURIOUS}
    return Sharing(tuple(curve_wh), shares, opened, reconstruct(curious, len(CURIOUS))[:-1])


def fitting_share(known: Mapping[int, Vector], member: int, curve: Vector) -> Vector:
    """The share that `member` would have to hold for the members of `known` and it to open `curve`.

    There is one for every curve: so one share too few goes with all curves equally well, and tells nothing.
    """
    nothing = (0,) * len(curve)
    threshold = len(known) + 1
    (weight,) = reconstruct({**dict.fromkeys(known, (0,)), member: (1,)}, threshold)
    without = reconstruct({**known, member: nothing}, threshold)
    inverse = pow(weight, -1, ORDER)
    return tuple((wanted - have) * inverse % ORDER for wanted, have in zip(curve, without, strict=True))


def fits(sharing: Sharing, other_wh: Sequence[int]) -> bool:
    """Whether what the curious hold goes with another curve, too: a third share makes them open it."""
    known = {member: sharing.shares[member][: len(other_wh)] for member in CURIOUS}
    third = len(known) + 1
    made_up = fitting_share(known, third, tuple(other_wh))
    return reconstruct({**known, third: made_up}, THRESHOLD) == tuple(other_wh)


def _key(entropy: Entropy) -> PrivateKey:
    return PrivateKey.from_secret(random_scalar(entropy))


def _round(chain: Digest, dealer: PrivateKey, keys: Sequence[PrivateKey], width: int) -> Round:
    """What members are asked to share; slots do not matter where nobody is late."""
    return Round(
        process=TxId(sha256(chain)),
        number=0,
        opening=Opening.EACH,
        dealers=(dealer.address,),
        members=tuple(key.address for key in keys),
        keys=tuple(key.public_key for key in keys),
        threshold=THRESHOLD,
        width=width,
        value_max=ENERGY_WH_MAX,
        deal_until=Slot(0),
        complain_until=Slot(0),
        open_until=Slot(0),
    )


def _received(
    chain: Digest, asked: Round, keys: Sequence[PrivateKey], dealt: Mapping[str, Any]
) -> Mapping[int, Vector]:
    """Each member's share, decrypted and checked. Raises RuntimeError if one is bad."""
    dealer, shares = asked.dealers[0], {}
    for member, (key, ciphertext) in enumerate(zip(keys, dealt["shares"], strict=True), start=1):
        share = decrypt_share(key, chain, asked, dealer, member, ciphertext)
        if share is None or bad_dealers(member, [(dealer, dealt["commitments"], share)], chain):
            raise RuntimeError(f"member {member} got a bad share")
        shares[member] = share
    return shares


def _opened(dealt: Mapping[str, Any], shares: Mapping[int, Vector]) -> tuple[int, ...]:
    """The curve in Wh, checked against the dealer's commitment. Raises RuntimeError if it does not open."""
    opening = combine([dealt["commitments"]], shares, THRESHOLD).opening
    if opening is None:
        raise RuntimeError(f"the shares of {tuple(shares)} do not open the commitments")
    return tuple(map(centred, opening[:-1]))
