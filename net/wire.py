"""What peers say to each other: a table of frames, each a canonical msgpack array led by its code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar, cast

from crypto.address import LENGTH_MAX, Address
from crypto.hashing import Digest
from crypto.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES
from ledger.codec import Value, decode, encode
from ledger.errors import DecodeError, Malformed
from ledger.fields import as_bytes, as_count, as_digest, as_text, as_tuple
from ledger.quantities import Height, TxId
from net.errors import BadFrame

VERSIONS: Final = (1,)
"""Versions of this protocol that this software speaks; both ends take the highest that they share."""

FRAME_BYTES_MAX: Final = 2**23
"""Room for a block range; larger WebSocket messages are refused unread."""

IDS_MAX: Final = 1_024
HOSTED_MAX: Final = 1_024
BLOCKS_MAX: Final = 64
RANGE_BYTES_MAX: Final = FRAME_BYTES_MAX // 2
"""A range ends with the block that takes it over this."""
DEPTH_MAX: Final = 3
"""A frame, a list in it, and a record in that."""
VERSIONS_MAX: Final = 16
TOPIC_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Hosted:
    """A member whose agents live at a node; its own signature says so (net.hosting)."""

    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame of both ends."""

    versions: tuple[int, ...]
    chain: Digest
    """The genesis hash."""
    height: Height
    """Of the sender's head."""
    hosted: tuple[Hosted, ...]


@dataclass(frozen=True, slots=True)
class Ping:
    """A heartbeat, which the other end answers at once."""

    sent_ms: int
    height: Height


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer: the ping's own time, and the time on the clock of who answers."""

    sent_ms: int
    received_ms: int


@dataclass(frozen=True, slots=True)
class NewHead:
    """The sender stored this block."""

    height: Height


@dataclass(frozen=True, slots=True)
class Consensus:
    """A message of the committee's protocol, encoded and signed by its own rules."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Announce:
    """Transactions that the sender can give."""

    tx_ids: tuple[TxId, ...]


@dataclass(frozen=True, slots=True)
class RequestTransactions:
    """Transactions that the sender wants."""

    tx_ids: tuple[TxId, ...]


@dataclass(frozen=True, slots=True)
class Transactions:
    """Transactions, raw; those asked for, or whatever of them there is."""

    raw: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class RequestRange:
    """Decided blocks from a height on."""

    first: Height
    count: int


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """A decided block with the seals that decided it, both encoded."""

    block: bytes
    seals: bytes


@dataclass(frozen=True, slots=True)
class Range:
    """Decided blocks in order; fewer than asked for if there are no more or they are large."""

    first: Height
    blocks: tuple[SealedBlock, ...]


@dataclass(frozen=True, slots=True)
class RequestBlock:
    """A block that was proposed at a height, decided by now or not."""

    height: Height
    digest: Digest


@dataclass(frozen=True, slots=True)
class ProposedBlock:
    """The answer; nothing comes from who does not have it."""

    block: bytes


@dataclass(frozen=True, slots=True)
class RequestTrail:
    """The handovers of the committee after a height, up to the sender's latest snapshot."""

    after: Height


@dataclass(frozen=True, slots=True)
class HeaderTrail:
    """The answer, a ledger.light.Trail."""

    body: bytes


@dataclass(frozen=True, slots=True)
class RequestChunk:
    """Of the state at a height, what has its path in a range; both ends belong to it."""

    height: Height
    first: Digest
    last: Digest


@dataclass(frozen=True, slots=True)
class StateChunk:
    """The answer, a ledger.snapshot.Chunk; empty if the sender has no snapshot of this height any more."""

    body: bytes


@dataclass(frozen=True, slots=True)
class AgentMessage:
    """From an agent hosted by the sender of the frame to those of a member hosted by its receiver."""

    sender: Address
    to: Address
    topic: str
    body: bytes


Frame: TypeAlias = (
    Hello
    | Ping
    | Pong
    | NewHead
    | Consensus
    | Announce
    | RequestTransactions
    | Transactions
    | RequestRange
    | Range
    | RequestBlock
    | ProposedBlock
    | RequestTrail
    | HeaderTrail
    | RequestChunk
    | StateChunk
    | AgentMessage
)

T = TypeVar("T")
Reader: TypeAlias = Callable[[Value, str], Any]


def _many(read: Callable[[Value, str], T], limit: int) -> Callable[[Value, str], tuple[T, ...]]:
    def read_all(value: Value, name: str) -> tuple[T, ...]:
        items = as_tuple(value, name)
        if len(items) > limit:
            raise Malformed(name, f"{len(items)} items, more than {limit}")
        return tuple([read(item, name) for item in items])

    return read_all


def _record(kind: Callable[..., T], *readers: Reader) -> Callable[[Value, str], T]:
    def read(value: Value, name: str) -> T:
        items = as_tuple(value, name, len(readers))
        return kind(*[read_item(item, name) for read_item, item in zip(readers, items, strict=True)])

    return read


def _exactly(length: int) -> Reader:
    return lambda value, name: as_bytes(value, name, length)


def _topic(value: Value, name: str) -> str:
    topic = as_text(value, name)
    if len(topic) > TOPIC_MAX:
        raise Malformed(name, f"a topic of {len(topic)} characters, more than {TOPIC_MAX}")
    return topic


def _address(value: Value, name: str) -> Address:
    address = as_text(value, name)
    if len(address) > LENGTH_MAX:
        raise Malformed(name, f"an address of {len(address)} characters, more than {LENGTH_MAX}")
    return Address(address)


_ids = _many(as_digest, IDS_MAX)
_hosted = _record(Hosted, _exactly(PUBLIC_KEY_BYTES), _exactly(SIGNATURE_BYTES))
_sealed = _record(SealedBlock, as_bytes, as_bytes)

TABLE: Final[Mapping[int, tuple[type[Frame], tuple[Reader, ...]]]] = {
    0: (Hello, (_many(as_count, VERSIONS_MAX), as_digest, as_count, _many(_hosted, HOSTED_MAX))),
    1: (Ping, (as_count, as_count)),
    2: (Pong, (as_count, as_count)),
    3: (NewHead, (as_count,)),
    10: (Consensus, (as_bytes,)),
    20: (Announce, (_ids,)),
    21: (RequestTransactions, (_ids,)),
    22: (Transactions, (_many(as_bytes, IDS_MAX),)),
    30: (RequestRange, (as_count, as_count)),
    31: (Range, (as_count, _many(_sealed, BLOCKS_MAX))),
    32: (RequestBlock, (as_count, as_digest)),
    33: (ProposedBlock, (as_bytes,)),
    34: (RequestTrail, (as_count,)),
    35: (HeaderTrail, (as_bytes,)),
    36: (RequestChunk, (as_count, as_digest, as_digest)),
    37: (StateChunk, (as_bytes,)),
    40: (AgentMessage, (_address, _address, _topic, as_bytes)),
}
_HEADS: Final = frozenset(0x91 + len(readers) for _, readers in TABLE.values())
"""How msgpack begins the arrays of frames. With few fields and little depth, megabytes of nested nothing are
refused in a moment, where walking them would hold up a node for seconds."""
_CODES: Final = {kind: code for code, (kind, _) in TABLE.items()}
_READERS: Final = {code: _record(kind, *readers) for code, (kind, readers) in TABLE.items()}


def encode_frame(frame: Frame) -> bytes:
    """The bytes of a frame."""
    return encode((_CODES[type(frame)], *_fields(frame)))


def decode_frame(data: bytes) -> Frame:
    """Inverse of `encode_frame`. Raises BadFrame for bytes that are none."""
    if not data or data[0] not in _HEADS:
        raise BadFrame("it does not begin like one")
    try:
        value = as_tuple(decode(data, max_bytes=FRAME_BYTES_MAX, max_depth=DEPTH_MAX), "frame")
        code = as_count(value[0], "code")
        if code not in _READERS:
            raise BadFrame(f"there is no frame with the code {code}")
        return cast(Frame, _READERS[code](value[1:], TABLE[code][0].__name__))
    except DecodeError as error:
        raise BadFrame(str(error)) from None


def _fields(record: Any) -> tuple[Value, ...]:
    return tuple([_plain(getattr(record, name)) for name in record.__slots__])


def _plain(value: Any) -> Value:
    if isinstance(value, tuple):
        return tuple([_plain(item) for item in value])
    return _fields(value) if isinstance(value, Hosted | SealedBlock) else value
