"""What the hosts of neighbouring buses say to each other in the distributed security check.

Who sent a message, and for which event and bus, is said by what carries it.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from typing import Final, TypeAlias

from contracts.response.parameters import PERIODS_MAX
from contracts.response.solving.phasors import PART_MAX, ROUNDS_MAX
from ledger.codec import Value, decode, encode
from ledger.errors import Malformed
from ledger.fields import as_int, as_tuple

BYTES_MAX: Final = 16 + PERIODS_MAX * 2 * 9

PicoPhasor: TypeAlias = tuple[int, int]
"""Real and imaginary part, pico p.u."""


class Kind(IntEnum):
    """The two passes of a round."""

    CURRENTS = 0
    """Towards the connection: what flows from the sender's bus, and the progress of all that hangs on it."""
    VOLTAGES = 1
    """Outward: the voltages of the sender's bus, and the connection's verdict on the round."""


class Progress(IntEnum):
    """How far a part of the network is; the whole is as far as its worst part."""

    SETTLED = 0
    MOVING = 1
    DIVERGED = 2


@dataclass(frozen=True, slots=True)
class SweepMessage:
    """One bus to a neighbour, in one pass of one round (from 1); a phasor for each of the event's periods."""

    kind: Kind
    round: int
    progress: Progress
    phasors: tuple[PicoPhasor, ...]

    def encode(self) -> bytes:
        parts = tuple(chain.from_iterable(self.phasors))
        return encode((int(self.kind), self.round, int(self.progress), parts))

    @classmethod
    def decode(cls, body: bytes) -> "SweepMessage":
        """Raises DecodeError."""
        kind, round_, progress, parts = as_tuple(decode(body, max_bytes=BYTES_MAX), "sweep message", 4)
        return cls(
            Kind(_within(kind, "kind", 0, Kind.VOLTAGES)),
            _within(round_, "round", 1, ROUNDS_MAX),
            Progress(_within(progress, "progress", 0, Progress.DIVERGED)),
            _phasors(as_tuple(parts, "phasors")),
        )


def _within(value: Value, name: str, least: int, most: int) -> int:
    number = as_int(value, name)
    if not least <= number <= most:
        raise Malformed(name, f"it is not within {least} .. {most}")
    return number


def _phasors(parts: tuple[Value, ...]) -> tuple[PicoPhasor, ...]:
    if len(parts) % 2 or not 1 <= len(parts) // 2 <= PERIODS_MAX:
        raise Malformed("phasors", f"{len(parts)} parts are not two for each of 1 .. {PERIODS_MAX} periods")
    numbers = [_within(part, "phasor", -PART_MAX, PART_MAX) for part in parts]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))
