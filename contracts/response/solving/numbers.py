"""Numbers of the optimisation as messages carry them: 64 bits, big-endian (IEEE 754), and never infinite."""

from math import isfinite
from struct import Struct
from typing import Final

from ledger.errors import Malformed

NUMBER_BYTES: Final = 8
_DOUBLE = Struct(">d")


def write_number(number: float) -> bytes:
    """The number's bytes."""
    return _DOUBLE.pack(number)


def read_number(data: bytes, name: str) -> float:
    """The number that NUMBER_BYTES of a message hold. Raises Malformed if it is not finite."""
    (number,) = _DOUBLE.unpack(data)
    if not isfinite(number):
        raise Malformed(name, "it is not finite")
    return float(number)
