"""The mathematics of a round: dealing a curve, checking a share, putting shares together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.sharing.records import Round, dealing_context, share_context
from crypto import dleq, ecies, inner_product, pedersen, shamir
from crypto.entropy import expand
from crypto.errors import BadCiphertext, BadShare
from crypto.field import decode_scalars, encode_scalars, random_scalar
from crypto.group import Point, add, hashed_point, multiply
from crypto.hashing import Digest, sha256
from crypto.keys import PrivateKey
from crypto.shamir import Vector
from ledger.codec import Value


def binding_base() -> Point:
    """The second base to which a dealer proves that it knows its ephemeral key.

    Without the proof, a dealer could take over the ephemeral key of another's ciphertext: the point shown in
    the complaint about its own bad share would then open the other's good one.
    """
    return hashed_point("sharing/ephemeral", 0)


@dataclass(frozen=True, slots=True)
class SecretDealing:
    """A curve as its dealer deals it. Known to the dealer alone, who can make it again from key and curve."""

    values: tuple[int, ...]
    blinding: int
    polynomial: shamir.Polynomial
    ephemeral: PrivateKey


def deal(key: PrivateKey, chain: Digest, opened: Round, values: Sequence[int]) -> SecretDealing:
    """Everything that is random about a dealing, derived from the dealer's key, the round and the curve.

    The curve goes in, so that another forecast after a restart is never dealt with the same randomness.
    """
    context = dealing_context(chain, opened.process, opened.number, key.address)
    entropy = expand(key.derive("sharing/deal", context + sha256(_reduced(values))))
    blinding = random_scalar(entropy)
    ephemeral = PrivateKey.from_secret(random_scalar(entropy))
    polynomial = shamir.deal((*values, blinding), opened.threshold, len(opened.members), entropy)
    return SecretDealing(tuple(values), blinding, polynomial, ephemeral)


def deal_arguments(key: PrivateKey, chain: Digest, opened: Round, values: Sequence[int]) -> dict[str, Value]:
    """The arguments of sharing.deal for a curve of `opened.width` values in Wh."""
    if len(values) != opened.width:
        raise ValueError(f"a curve of {len(values)} values; the round takes {opened.width}")
    secret = deal(key, chain, opened, values)
    context = dealing_context(chain, opened.process, opened.number, key.address)
    entropy = expand(key.derive("sharing/ephemeral", context))
    return {
        "process": opened.process,
        "number": opened.number,
        "commitments": pedersen.commit_polynomial(secret.polynomial),
        "shares": tuple(
            ecies.encrypt_from(
                secret.ephemeral,
                public_key,
                encode_scalars(secret.polynomial.share_at(member)),
                share_context(chain, opened.process, opened.number, key.address, member),
            )
            for member, public_key in enumerate(opened.keys, start=1)
        ),
        "binding": multiply(secret.ephemeral.secret, binding_base()),
        "proof": dleq.prove(secret.ephemeral.secret, binding_base(), context, entropy),
    }


def declare(
    key: PrivateKey, chain: Digest, opened: Round, values: Sequence[int], weights: Sequence[int]
) -> tuple[int, bytes]:
    """The inner product of a dealt curve with public weights, and its proof for rounds.check_declared."""
    secret = deal(key, chain, opened, values)
    context = dealing_context(chain, opened.process, opened.number, key.address)
    entropy = expand(key.derive("sharing/declare", context))
    proof = inner_product.prove(secret.values, secret.blinding, weights, context, entropy)
    return inner_product.inner_product(weights, values), proof


def complaint_arguments(
    encryption: PrivateKey, chain: Digest, opened: Round, dealer: str, member: int, share: bytes
) -> dict[str, Value]:
    """The arguments of sharing.complain: the point that opens this one share, and a proof that it does."""
    context = share_context(chain, opened.process, opened.number, dealer, member)
    ephemeral = Point(ecies.ephemeral_key(share))
    entropy = expand(encryption.derive("sharing/complain", context))
    return {
        "process": opened.process,
        "number": opened.number,
        "dealer": dealer,
        "point": ecies.shared_point(encryption, share),
        "proof": dleq.prove(encryption.secret, ephemeral, context, entropy),
    }


def decode_share(opened: Round, plaintext: bytes) -> Vector | None:
    """A decrypted share: the values and the blinding; None if it has not the form of one."""
    if len(plaintext) != opened.share_bytes:
        return None
    try:
        return decode_scalars(plaintext)
    except ValueError:
        return None


def decrypt_share(
    encryption: PrivateKey, chain: Digest, opened: Round, dealer: str, member: int, share: bytes
) -> Vector | None:
    """A member's own share of a dealing; None if the dealer encrypted something else."""
    context = share_context(chain, opened.process, opened.number, dealer, member)
    try:
        return decode_share(opened, ecies.decrypt(encryption, share, context))
    except BadCiphertext:
        return None


def bad_dealers(
    member: int, dealt: Sequence[tuple[str, Sequence[Point], Vector]], seed: bytes
) -> tuple[str, ...]:
    """Which of these dealers' shares for one member do not open their commitments.

    All are checked together at the cost of little more than one, and one by one only if that fails.
    """
    pairs = [(commitments, share) for _, commitments, share in dealt]
    if pedersen.all_shares_open(member, pairs, expand(seed)):
        return ()
    return tuple(dealer for dealer, commitments, share in dealt if not _opens(commitments, member, share))


@dataclass(frozen=True, slots=True)
class Combined:
    """What putting shares together gave."""

    opening: Vector | None
    """The values and the blinding; None if the good shares were too few."""
    members: tuple[int, ...]
    """Whose shares it came from."""
    wrong: tuple[int, ...]
    """Whose shares do not open the commitments."""


def combine(dealt: Sequence[Sequence[Point]], shares: Mapping[int, Vector], threshold: int) -> Combined:
    """Open the sum of dealings from members' sums of shares.

    Right shares need one check of the result; only if it fails is every share checked, and the wrong named.
    """
    commitments = [add(column) for column in zip(*dealt, strict=True)]
    chosen = tuple(sorted(shares)[:threshold])
    opening = shamir.reconstruct({member: shares[member] for member in chosen}, threshold)
    if pedersen.opens(commitments[0], opening[:-1], opening[-1]):
        return Combined(opening, chosen, ())
    wrong = tuple(m for m, share in sorted(shares.items()) if not _opens(commitments, m, share))
    good = tuple(m for m in sorted(shares) if m not in wrong)[:threshold]
    if len(good) < threshold:
        return Combined(None, (), wrong)
    return Combined(shamir.reconstruct({m: shares[m] for m in good}, threshold), good, wrong)


def _opens(commitments: Sequence[Point], member: int, share: Vector) -> bool:
    try:
        pedersen.check_share(commitments, member, share)
    except BadShare:
        return False
    return True


def _reduced(values: Sequence[int]) -> bytes:
    return encode_scalars(tuple(values))
