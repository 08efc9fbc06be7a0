"""A proof that the vector in a Pedersen commitment has a stated inner product with public weights.

A sigma protocol for linear forms, made non-interactive: commit to a random vector k, answer k + e*v, and
both the commitment and the inner product of the answer follow from linearity. Whoever verifies learns
<weights, values> and nothing else of the values. The proof is linear in their number: 32 bytes each, and 64
more.
"""

from collections.abc import Sequence

from crypto.challenge import challenge, transcript
from crypto.entropy import Entropy, hedge
from crypto.errors import BadProof
from crypto.field import ORDER, SCALAR_BYTES, decode_scalars, encode_scalars, random_scalar
from crypto.group import Point, combine
from crypto.pedersen import commit

_PURPOSE = "inner product"


def inner_product(weights: Sequence[int], values: Sequence[int]) -> int:
    """The sum of weight * value, in whole numbers, not reduced."""
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def proof_bytes(width: int) -> int:
    """The length of a proof about a vector of `width` values."""
    return SCALAR_BYTES * (width + 2)


def prove(
    values: Sequence[int], blinding: int, weights: Sequence[int], context: bytes, entropy: Entropy
) -> bytes:
    """Prove <weights, values> of the vector committed to as commit(values, blinding), for this context."""
    commitment = commit(values, blinding)
    statement = _statement(commitment, weights, inner_product(weights, values), context)
    stream = hedge(entropy, transcript(_PURPOSE, *statement))
    nonces = tuple(random_scalar(stream) for _ in values)
    nonce_blinding = random_scalar(stream)
    asked = _challenge(statement, commit(nonces, nonce_blinding), inner_product(weights, nonces))
    answers = (nonce + asked * value for nonce, value in zip(nonces, values, strict=True))
    return encode_scalars((asked, *answers, nonce_blinding + asked * blinding))


def verify(commitment: Point, weights: Sequence[int], result: int, proof: bytes, context: bytes) -> None:
    """Raises BadProof unless <weights, values> is congruent to `result` modulo the group's order; BadPoint.

    The values stay unknown and unbounded: what bounds them, if anything must, is another check.
    """
    if len(proof) != proof_bytes(len(weights)):
        raise BadProof(_PURPOSE, f"it has {len(proof)} bytes, not {proof_bytes(len(weights))}")
    try:
        asked, *answers, blinding = decode_scalars(proof)
    except ValueError as error:
        raise BadProof(_PURPOSE, str(error)) from None
    nonce_commitment = combine([(1, commit(answers, blinding)), (-asked, commitment)])
    nonce_result = inner_product(weights, answers) - asked * result
    statement = _statement(commitment, weights, result, context)
    if asked != _challenge(statement, nonce_commitment, nonce_result):
        raise BadProof(_PURPOSE, "the committed values do not give this result")


def _statement(
    commitment: Point, weights: Sequence[int], result: int, context: bytes
) -> tuple[bytes, bytes, bytes, bytes]:
    return context, commitment, encode_scalars(tuple(weights)), encode_scalars((result,))


def _challenge(
    statement: tuple[bytes, bytes, bytes, bytes], nonce_commitment: Point, nonce_result: int
) -> int:
    return challenge(_PURPOSE, *statement, nonce_commitment, encode_scalars((nonce_result % ORDER,)))
