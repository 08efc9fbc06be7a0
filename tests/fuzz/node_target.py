"""A running node with a chain: whatever frames its peers send, it calls them misbehaviour or takes them.

An input is a row of (peer, frame). The node is one for many inputs, as in life: what one of them did to it
is still there in the next. Nobody who sends has more than one vote of four, so its chain cannot go on.
"""

import asyncio
import atexit
import logging
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from typing import Final, cast

import structlog

from consensus.messages import Commit, Prepare, Proposal, RoundChange, encode_message, sign_vote
from crypto.address import Address
from crypto.certificate import Identity, identity_of
from crypto.hashing import Digest
from ledger.block import Block
from ledger.codec import decode, encode
from ledger.errors import DecodeError
from ledger.execution import build_block
from ledger.quantities import Height, Round, Slot
from ledger.seals import Seal, Seals, seal_message
from net import wire
from net.errors import BadFrame, Misbehaviour
from net.peer import Peer
from node.service import Node
from tests.fuzz.scratch import new_folder
from tests.fuzz.target import Broken, Target, judges
from tests.node.networks import VALIDATORS, Network, key_of, make_network

BYTES_MAX: Final = 2**16
GENESIS: Final = Height(0)
FRAMES_MAX: Final = 16
BLOCKS: Final = 4
TICKS: Final = 3
LIAR: Final = VALIDATORS[3]
SENDERS: Final = (LIAR, "field")
"""A validator and a follower, each of whom sends what it likes."""


@dataclass
class Sender:
    """A connection at whose other end nobody listens."""

    identity: Identity
    hosted: frozenset[Address]
    height: Height = GENESIS
    clock_offset_ms: int | None = None
    dialled: bool = False
    sent_bytes: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> Address:
        return self.identity.address

    def send(self, frame: wire.Frame) -> None:
        self.send_encoded(wire.encode_frame(frame))

    def send_encoded(self, data: bytes) -> None:
        self.sent_bytes += len(data)

    def close(self) -> None:
        """Somebody dropped it; the next input brings it back."""


class Victim:
    """A node of a network whose other nodes are played."""

    def __init__(self) -> None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self.loop = asyncio.new_event_loop()
        self.network: Network = make_network(new_folder(), slot_ms=1_000)
        config = self.network.folder / VALIDATORS[0] / "config.toml"
        text = config.read_text().replace("[api]\n", "[api]\nrequests_per_s = 1e9\n")
        config.write_text(text + "[sync]\nsnapshot_blocks = 1\n")
        self.senders: list[Sender] = []
        self._running = AsyncExitStack()
        self.last: tuple[bytes, Seals]
        """The head's bytes, and what made it final."""
        self.node: Node = self.loop.run_until_complete(self._start())
        self.loop.run_until_complete(self._append())
        atexit.register(lambda: self.loop.run_until_complete(self._running.aclose()))

    async def _start(self) -> Node:
        node = await self._running.enter_async_context(self.network.start(VALIDATORS[0]))
        for name in SENDERS:
            certificate = (self.network.folder / name / "node.crt").read_bytes()
            identity = identity_of(certificate, self.network.genesis.authority)
            self.senders.append(Sender(identity, frozenset({identity.address})))
        return node

    async def _append(self) -> None:
        for _ in range(BLOCKS):
            block = self.next_block()
            self.last = block.raw, self.seals(block.header.height, block.hash)
            self.node.chain.append(*self.last)

    def next_block(self) -> Block:
        """A good one, on the head."""
        chain = self.node.chain
        height = chain.height + 1
        order = chain.rules.order(chain.head.state, chain.next_committee, Height(height))
        proposer = chain.next_committee.validators[order[0]].address
        slot = Slot(max(chain.head.slot + 1, chain.genesis.first_slot))
        return build_block(chain.rules, chain.head, (), slot, Round(0), proposer).executed.block

    def seals(self, height: int, digest: Digest) -> Seals:
        message = seal_message(self.network.genesis.hash, height, 0, digest)
        return Seals(
            Round(0), tuple(Seal(place, key_of(name).sign(message)) for place, name in enumerate(VALIDATORS))
        )

    def receive(self, place: int, data: bytes) -> None:
        sender = self.senders[place % len(self.senders)]
        cast(dict[Address, Peer], self.node.mesh.peers)[sender.address] = cast(Peer, sender)
        try:
            frame = wire.decode_frame(data)
            if isinstance(frame, wire.Ping | wire.NewHead):
                sender.height = Height(max(sender.height, frame.height))
            self.node.receive(cast(Peer, sender), frame)
        except (BadFrame, Misbehaviour):
            return

    async def settle(self) -> None:
        for _ in range(TICKS):
            await asyncio.sleep(0)


@cache
def victim() -> Victim:
    return Victim()


def send_all(data: bytes) -> None:
    rows = decode(data, max_bytes=BYTES_MAX)
    victim().loop.run_until_complete(_send_all(rows))


async def _send_all(rows: object) -> None:
    held = victim()
    for row in rows[:FRAMES_MAX] if isinstance(rows, tuple) else ():
        match row:
            case (int(place), bytes(data)):
                held.receive(place, data)
    await held.settle()
    if held.node.failure.done():
        raise Broken("the node cannot go on") from held.node.failure.exception()
    if held.node.chain.height > BLOCKS + 1:
        raise Broken(f"the chain went on, to block {held.node.chain.height}, without a quorum")


def frames() -> Iterator[wire.Frame]:
    held = victim()
    chain, (raw, seals) = held.network.genesis.hash, held.last
    block = held.next_block()
    height, sealed = Height(block.header.height), wire.SealedBlock(raw, encode(seals.to_value()))
    place, liar = VALIDATORS.index(LIAR), key_of(LIAR)
    for vote in (
        Proposal(height, Round(0), block.hash, block.raw),
        Prepare(height, Round(0), block.hash),
        Commit(height, Round(0), block.hash),
        RoundChange(height, Round(1), None),
    ):
        yield wire.Consensus(encode_message(sign_vote(vote, place, chain, liar.sign)))
    good = wire.SealedBlock(block.raw, encode(held.seals(height, block.hash).to_value()))
    payment = held.network.transfer("alice", "bob", 1, 0)
    yield from (
        wire.Ping(1, Height(2**40)),
        wire.NewHead(height),
        wire.RequestRange(Height(1), 64),
        wire.Range(Height(BLOCKS), (sealed,)),
        wire.Range(height, (good,)),
        wire.RequestBlock(Height(BLOCKS), Digest(bytes(32))),
        wire.ProposedBlock(block.raw),
        wire.Announce((payment.tx_id,)),
        wire.Transactions((payment.raw,)),
        wire.RequestTransactions((payment.tx_id,)),
        wire.RequestTrail(Height(0)),
        wire.RequestChunk(Height(BLOCKS), Digest(bytes(32)), Digest(b"\xff" * 32)),
        wire.AgentMessage(liar.address, key_of(VALIDATORS[0]).address, "topic", b"body"),
    )


def conversations() -> Iterator[bytes]:
    encoded = [wire.encode_frame(frame) for frame in frames()]
    for place in range(len(SENDERS)):
        yield encode(tuple((place, data) for data in encoded))
        yield from (encode(((place, data),)) for data in encoded)


TARGETS = {"node": Target(judges(send_all, DecodeError), conversations, bytes_max=16_384, share=4)}
