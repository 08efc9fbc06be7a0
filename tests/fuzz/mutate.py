"""Changes that keep the shape: a changed msgpack value is encoded again, so that it gets past the codec.

Bytes flipped at random hardly ever are canonical; these almost always are, and reach the readers behind.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Final

import msgpack

from consensus.vote_log import CHECKSUM_BYTES, FRAME_HEAD_BYTES, LENGTH_BYTES
from crypto.hashing import sha256

CHANGES_MAX: Final = 4
STRANGE: Final = (
    None, True, False, 0, 1, -1, 127, 128, 2**16, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1, -(2**63),
    b"", bytes(32), bytes(33), bytes(64), "", "x", "é", "\U0010ffff", "T", [], {}, [[]], {"": None},
)  # fmt: skip
"""Values on the edges of what a field may be."""

Place = tuple[Any, Any]
"""A list or map, and the index or key of an item in it."""


def mutate_msgpack(data: bytes, random: Random) -> bytes:
    """The encoding of a value that differs in a few places from the one in `data`."""
    value = _unpacked(data)
    if not isinstance(value, list | dict) or not value:
        return _pack([value, random.choice(STRANGE)])
    for _ in range(random.randint(1, CHANGES_MAX)):
        places = list(_places(value))
        if places:
            random.choice(_CHANGES)(*random.choice(places), random.choice(places), random)
    return _pack(value)


def cross_msgpack(data: bytes, other: bytes, random: Random) -> bytes:
    """The encoding of the one value with a part of the other in it."""
    value, source = _unpacked(data), _unpacked(other)
    if not isinstance(value, list | dict) or not isinstance(source, list | dict) or not value or not source:
        return data
    within, key = random.choice(list(_places(value)))
    within[key] = _again(random.choice(list(_places(source))))
    return _pack(value)


def mutate_frames(data: bytes, random: Random) -> bytes:
    """A vote log with a record changed, twice, moved or missing, and with the checksums of what it now is."""
    payloads = _payloads(data)
    place = random.randrange(len(payloads)) if payloads else 0
    match random.randrange(5) if payloads else 4:
        case 0:
            payloads.insert(random.randint(0, len(payloads)), payloads[place])
        case 1:
            del payloads[place]
        case 2 | 3:
            payloads[place] = mutate_msgpack(payloads[place], random)
        case _:
            payloads.append(_pack([random.randrange(6), random.choice(STRANGE)]))
    return b"".join([len(each).to_bytes(LENGTH_BYTES, "big") + sha256(each)[:CHECKSUM_BYTES] + each
                     for each in payloads])  # fmt: skip


def _payloads(data: bytes) -> list[bytes]:
    payloads = []
    while len(data) >= FRAME_HEAD_BYTES:
        end = FRAME_HEAD_BYTES + int.from_bytes(data[:LENGTH_BYTES], "big")
        payloads.append(data[FRAME_HEAD_BYTES:end])
        data = data[end:]
    return payloads


def _places(value: Any) -> Any:
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], list | dict):
            yield from _places(value[key])


def _replace(within: Any, key: Any, _other: Place, random: Random) -> None:
    within[key] = random.choice(STRANGE)


def _copy(within: Any, key: Any, other: Place, _random: Random) -> None:
    within[key] = _again(other)


def _repeat(within: Any, key: Any, other: Place, random: Random) -> None:
    if isinstance(within, list):
        within.insert(random.randint(0, len(within)), _again(other))
    else:
        within[f"{key}x"] = _again(other)


def _remove(within: Any, key: Any, _other: Place, _random: Random) -> None:
    # A place may be gone by an earlier change of the same run.
    del within[key]


def _alter(within: Any, key: Any, _other: Place, random: Random) -> None:
    old = within[key]
    if isinstance(old, bytes):
        inner = _unpacked(old)
        is_nested = isinstance(inner, list) and random.random() < 0.7
        within[key] = mutate_msgpack(old, random) if is_nested else _flipped(old, random)
    elif isinstance(old, int):
        within[key] = min(max(old + random.choice((-1, 1, 256, -(2**31), 2**33)), -(2**63)), 2**64 - 1)
    elif isinstance(old, str):
        within[key] = old[: random.randint(0, len(old))] + random.choice(("", "0", "\x00", "é", old))
    elif isinstance(old, list):
        random.shuffle(old)


_CHANGES: Final[tuple[Callable[[Any, Any, Place, Random], None], ...]] = (
    _replace, _copy, _repeat, _remove, _alter, _alter, _alter,
)  # fmt: skip


def _flipped(old: bytes, random: Random) -> bytes:
    if not old:
        return bytes([random.randrange(256)])
    changed = bytearray(old)
    changed[random.randrange(len(old))] ^= 1 << random.randrange(8)
    return bytes(changed[: random.choice((len(old), len(old), len(old) - 1))])


def _again(place: Place) -> Any:
    """A copy of what is there, so that no value ever holds itself."""
    within, key = place
    return _unpacked(msgpack.packb(within[key]))


def _unpacked(data: bytes) -> Any:
    try:
        return msgpack.unpackb(data, strict_map_key=False)
    except (ValueError, TypeError):
        return None


def _pack(value: Any) -> bytes:
    try:
        return msgpack.packb(_sorted(value))
    except (OverflowError, ValueError, TypeError):
        return b"\xc0"


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=repr)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
