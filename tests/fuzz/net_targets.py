"""What comes over connections from peers."""

from collections.abc import Iterator
from contextlib import suppress

from crypto.hashing import Digest
from crypto.keys import PrivateKey
from ledger.quantities import Height, TxId
from net.errors import BadContent, BadFrame
from net.hosting import check_hosted, host
from net.wire import (
    VERSIONS,
    AgentMessage,
    Announce,
    Consensus,
    Frame,
    Hello,
    NewHead,
    Ping,
    Pong,
    ProposedBlock,
    Range,
    RequestBlock,
    RequestRange,
    RequestTransactions,
    SealedBlock,
    Transactions,
    decode_frame,
    encode_frame,
)
from tests.fuzz.target import Target, reads

CHAIN = Digest(bytes(range(32)))
NODE, AGENT = PrivateKey.from_secret(1_001), PrivateKey.from_secret(1_002)


def read_frame(data: bytes) -> Frame:
    frame = decode_frame(data)
    if isinstance(frame, Hello):
        with suppress(BadContent):
            check_hosted(frame.hosted, NODE.public_key, CHAIN)
    return frame


def frames() -> Iterator[bytes]:
    ids = (TxId(bytes(32)), TxId(b"\x01" * 32))
    sealed = SealedBlock(b"block", b"seals")
    yield from map(
        encode_frame,
        (
            Hello(VERSIONS, CHAIN, Height(7), (host(AGENT, NODE.public_key, CHAIN),)),
            Ping(1_700_000_000_000, Height(3)),
            Pong(1, 2**63),
            NewHead(Height(9)),
            Consensus(b"vote"),
            Announce(ids),
            RequestTransactions(ids),
            Transactions((b"one", b"two")),
            RequestRange(Height(1), 64),
            Range(Height(1), (sealed, sealed)),
            RequestBlock(Height(1), CHAIN),
            ProposedBlock(b"block"),
            AgentMessage(NODE.address, AGENT.address, "topic", b"body"),
        ),
    )


TARGETS = {"frame": Target(reads(read_frame, encode_frame, BadFrame), frames)}
