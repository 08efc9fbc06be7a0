"""The vote log: what a validator wrote down before it sent it. The format; the two files are the host's.

A copy is a row of frames: length (4 bytes, big-endian), the first 8 bytes of the payload's SHA-256, and the
payload, a canonical msgpack array led by its code. The first frame says whose log it is.

The copies are written and flushed one after the other, so a crash can tear only one of them. What was sent is
in both; hence one whole copy is enough, and two bad ones are damage that no crash explains.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from consensus.errors import VoteLogCorrupt, VoteLogMissing, VoteLogsDisagree, WrongVoteLog
from consensus.messages import Commit, Prepare, Proposal, RoundChange, message_of, prepares_of, values_of
from consensus.own_votes import Cast, Commitment, OwnVotes, Preparation
from crypto.hashing import Digest, sha256
from crypto.keys import PUBLIC_KEY_BYTES
from ledger.codec import Value, decode, encode
from ledger.errors import DecodeError, Malformed
from ledger.fields import as_bytes, as_count, as_digest, as_tuple
from ledger.quantities import Height

VERSION: Final = 1
LENGTH_BYTES: Final = 4
CHECKSUM_BYTES: Final = 8
FRAME_HEAD_BYTES: Final = LENGTH_BYTES + CHECKSUM_BYTES


@dataclass(frozen=True, slots=True)
class Opened:
    """Whose log it is."""

    version: int
    generation: int
    """One more at each rewriting; of two whole copies, the later generation holds."""
    chain: Digest
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Floor:
    """Nothing is signed at this height or below it; None: nothing at all, until a later record says so."""

    height: Height | None


Entry: TypeAlias = Floor | Cast


class VoteLog:
    """The log of one run: what to append, and what to replace all by when it has grown."""

    def __init__(self, opened: Opened, entries: Iterable[Entry]) -> None:
        self.votes = OwnVotes(floor=None)
        self.grown_bytes = 0
        """Since it was last rewritten."""
        self._opened = opened
        for entry in entries:
            self._take(entry)

    def append(self, *entries: Entry) -> bytes:
        """Take the entries, and return what to append to both copies."""
        for entry in entries:
            self._take(entry)
        frames = b"".join([_frame(_entry_value(entry)) for entry in entries])
        self.grown_bytes += len(frames)
        return frames

    def rewrite(self) -> bytes:
        """Forget what no longer matters, and return what to replace both copies by."""
        self._opened = replace(self._opened, generation=self._opened.generation + 1)
        self.grown_bytes = 0
        return _image(self._opened, (Floor(self.votes.floor), *self.votes.casts()))

    def _take(self, entry: Entry) -> None:
        if isinstance(entry, Floor):
            self.votes.floor = entry.height
        else:
            self.votes.take(entry)


def new_log(chain: Digest, public_key: bytes, rejoining: bool) -> bytes:
    """A copy of the log of a validator that never signed on this chain, or whose log was lost.

    `rejoining` must be true unless the key certainly never signed here, as when a chain is founded.
    """
    floor = Floor(None if rejoining else Height(0))
    return _image(Opened(VERSION, 0, chain, public_key), (floor,))


def recover(first: bytes | None, second: bytes | None, chain: Digest, public_key: bytes) -> VoteLog:
    """The log that two copies hold, one of which may be missing, torn or flipped.

    The machine begins by rewriting both. Raises VoteLogError.
    """
    if first is None and second is None:
        raise VoteLogMissing()
    copy = _chosen(_read(first), _read(second))
    for what, found, expected in (
        ("version", str(copy.opened.version), str(VERSION)),
        ("chain", copy.opened.chain.hex(), chain.hex()),
        ("key", copy.opened.public_key.hex(), public_key.hex()),
    ):
        if found != expected:
            raise WrongVoteLog(what, found, expected)
    return VoteLog(copy.opened, copy.entries)


@dataclass(frozen=True, slots=True)
class _Copy:
    opened: Opened
    entries: tuple[Entry, ...]


def _chosen(first: "_Copy | str", second: "_Copy | str") -> _Copy:
    """The copy that holds all that was sent; a text says what is wrong with one."""
    if isinstance(first, str):
        if isinstance(second, str):
            raise VoteLogCorrupt(first, second)
        return second
    if isinstance(second, str):
        return first
    if first.opened != second.opened:
        return max(first, second, key=lambda copy: copy.opened.generation)
    for place, (one, other) in enumerate(zip(first.entries, second.entries, strict=False)):
        if one != other:
            raise VoteLogsDisagree(place + 1)
    return max(first, second, key=lambda copy: len(copy.entries))


def _read(data: bytes | None) -> _Copy | str:
    if not data:
        return "it is missing" if data is None else "it is empty"
    try:
        opened, *entries = [decode(payload, max_bytes=len(payload)) for payload in _payloads(data)]
        return _Copy(_opened(opened), tuple([_entry(entry) for entry in entries]))
    except DecodeError as error:
        return str(error)


def _payloads(data: bytes) -> list[bytes]:
    payloads = []
    at = 0
    while at < len(data):
        start = at + FRAME_HEAD_BYTES
        end = start + int.from_bytes(data[at : at + LENGTH_BYTES], "big")
        if end > len(data):
            raise Malformed("vote log", f"it ends within the frame at byte {at}")
        payload = data[start:end]
        if _checksum(payload) != data[at + LENGTH_BYTES : start]:
            raise Malformed("vote log", f"the checksum of the frame at byte {at} is wrong")
        payloads.append(payload)
        at = end
    return payloads


def _image(opened: Opened, entries: Iterable[Entry]) -> bytes:
    head: Value = (0, opened.version, opened.generation, opened.chain, opened.public_key)
    return b"".join([_frame(head), *[_frame(_entry_value(entry)) for entry in entries]])


def _frame(value: Value) -> bytes:
    payload = encode(value)
    return len(payload).to_bytes(LENGTH_BYTES, "big") + _checksum(payload) + payload


def _checksum(payload: bytes) -> bytes:
    return sha256(payload)[:CHECKSUM_BYTES]


def _entry_value(entry: Entry) -> Value:
    match entry:
        case Floor():
            return (1, entry.height)
        case Preparation():
            return (2, entry.vote.to_value(), entry.block)
        case Commitment():
            return (3, entry.vote.to_value(), values_of(entry.prepares))
        case _:
            return (4, entry.to_value())


def _opened(value: Value) -> Opened:
    _, version, generation, chain, public_key = as_tuple(value, "first record of the vote log", 5)
    return Opened(
        as_count(version, "version"),
        as_count(generation, "generation"),
        as_digest(chain, "chain"),
        as_bytes(public_key, "public key", PUBLIC_KEY_BYTES),
    )


def _entry(value: Value) -> Entry:
    match as_tuple(value, "record of the vote log"):
        case (1, height):
            return Floor(None if height is None else Height(as_count(height, "floor")))
        case (2, vote, block) if isinstance(prepare := message_of(vote), Prepare):
            return Preparation(prepare, as_bytes(block, "block"))
        case (3, vote, prepares) if isinstance(commit := message_of(vote), Commit):
            return Commitment(commit, prepares_of(prepares))
        case (4, vote) if isinstance(cast := message_of(vote), Proposal | RoundChange):
            return cast
    raise Malformed("record of the vote log", "it is none of the known kinds")
