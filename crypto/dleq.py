"""A proof that two points have the same logarithm, to the bases G and B (Chaum and Pedersen 1992).

A member that was dealt a bad share shows its ECDH point with the dealer, S = k*B for its public key P =
k*G, proves that it is that point, and keeps k to itself: everybody can then decrypt this one share and
nothing else.
"""

from crypto.challenge import challenge, transcript
from crypto.entropy import Entropy, hedge
from crypto.errors import BadProof
from crypto.field import decode_scalars, encode_scalars, random_scalar
from crypto.group import GENERATOR, IDENTITY, Point, check_point, combine, multiply

_PURPOSE = "dleq"
PROOF_BYTES = 64


def prove(secret: int, base: Point, context: bytes, entropy: Entropy) -> bytes:
    """64 bytes: log_G(secret*G) = log_B(secret*B), for this context and no other."""
    public, shared = multiply(secret, GENERATOR), multiply(secret, base)
    statement = (context, public, base, shared)
    nonce = random_scalar(hedge(entropy, transcript(_PURPOSE, *statement)))
    asked = challenge(_PURPOSE, *statement, multiply(nonce, GENERATOR), multiply(nonce, base))
    return encode_scalars((asked, nonce + asked * secret))


def verify(public: bytes, base: bytes, shared: bytes, proof: bytes, context: bytes) -> None:
    """Raises BadProof unless log_G(public) = log_B(shared) was proved for this context; BadPoint."""
    points = [check_point(point) for point in (public, base, shared)]
    if IDENTITY in points:
        raise BadProof(_PURPOSE, "the identity has every logarithm")
    if len(proof) != PROOF_BYTES:
        raise BadProof(_PURPOSE, f"it has {len(proof)} bytes, not {PROOF_BYTES}")
    try:
        asked, answer = decode_scalars(proof)
    except ValueError as error:
        raise BadProof(_PURPOSE, str(error)) from None
    first = combine([(answer, GENERATOR), (-asked, points[0])])
    second = combine([(answer, points[1]), (-asked, points[2])])
    if asked != challenge(_PURPOSE, context, public, base, shared, first, second):
        raise BadProof(_PURPOSE, "the logarithms differ, or it was made for something else")
