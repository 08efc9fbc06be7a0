"""The field of integers modulo the order of P-256's group: scalars, shares and exponents live here."""

from typing import Final

from crypto.entropy import Entropy

ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The prime order of P-256's group (FIPS 186-4, D.1.2.3)."""

SCALAR_BYTES: Final = 32


def random_scalar(entropy: Entropy) -> int:
    """A uniform scalar: 48 bytes reduced, so that the bias stays under 2**-128."""
    return int.from_bytes(entropy(48), "big") % ORDER


def centred(scalar: int) -> int:
    """The signed integer of least magnitude that is congruent to `scalar`."""
    residue = scalar % ORDER
    return residue - ORDER if residue > ORDER // 2 else residue


def encode_scalars(scalars: tuple[int, ...]) -> bytes:
    """32 bytes a scalar, reduced, big-endian."""
    return b"".join((scalar % ORDER).to_bytes(SCALAR_BYTES, "big") for scalar in scalars)


def decode_scalars(data: bytes) -> tuple[int, ...]:
    """The scalars that `encode_scalars` wrote. Raises ValueError for a broken length or an unreduced one."""
    if len(data) % SCALAR_BYTES:
        raise ValueError(f"{len(data)} bytes are not a whole number of {SCALAR_BYTES}-byte scalars")
    offsets = range(0, len(data), SCALAR_BYTES)
    scalars = tuple(int.from_bytes(data[offset : offset + SCALAR_BYTES], "big") for offset in offsets)
    if any(scalar >= ORDER for scalar in scalars):
        raise ValueError("a scalar is not reduced modulo the group's order")
    return scalars
