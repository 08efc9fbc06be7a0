"""Votes and proposed blocks on their way between this node's validator and the others."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from consensus.errors import BadMessage
from consensus.events import BlockFetched, MessageReceived, PeerConnected, PeerHead
from consensus.messages import Commit, Message, decode_message, encode_message
from crypto.address import Address
from crypto.errors import CryptoError
from crypto.hashing import Digest
from ledger.quantities import Height
from net import wire
from net.errors import BadContent, Misbehaviour, Unasked
from net.mesh import Mesh
from net.peer import Peer
from net.quota import Quota
from node.chain import NodeChain
from node.report import told_height
from node.signers import Signers
from node.validator import Outside, Validator

STRAY_RATE: Final = 16
STRAY_BURST: Final = 1_024
"""Votes of members that have none as far as this node knows: they may be ahead of it and elected, or behind
and removed. They are dropped unread; whoever sends more than this is neither."""


class VoteTraffic:
    """What the validator of a node says to the others, and they to it."""

    def __init__(self, chain: NodeChain, mesh: Mesh, catch_up: Callable[[], None]) -> None:
        self.validator: Validator | None = None
        self.signers = Signers(chain)
        self._chain = chain
        self._mesh = mesh
        self._catch_up = catch_up
        self._fetching: Counter[Address] = Counter()
        self._strays: dict[Address, Quota] = {}
        """Of connected peers."""

    def outside(
        self, accuse: Callable[[Address, bytes, bytes], None], fail: Callable[[BaseException], None]
    ) -> Outside:
        """What a validator needs whose traffic this is."""
        return Outside(self._send, self._fetch, self._behind, self._misbehaved, accuse, self._is_behind, fail)

    def connected(self, peer: Peer) -> None:
        """A connection is up."""
        if self.validator and self._chain.has_seat(peer.address):
            self.validator.tell(PeerConnected(peer.address))

    def disconnected(self, peer: Peer) -> None:
        """A connection is down."""
        self._fetching.pop(peer.address, None)
        self._strays.pop(peer.address, None)

    def note_height(self, peer: Peer) -> None:
        """A peer told its height."""
        if self.validator and self._chain.has_seat(peer.address):
            self.validator.tell(PeerHead(peer.address, peer.height))

    def head_advanced(self) -> None:
        """A block was kept."""
        self.signers.follow()
        if self.validator:
            self.validator.head_advanced()

    def take_vote(self, peer: Peer, frame: wire.Consensus) -> None:
        """A vote came. Raises Unasked or BadContent."""
        if self.validator is None or not self._has_voice(peer.address):
            self._meter_stray(peer.address)
            return
        try:
            message = decode_message(frame.body, self._chain.genesis.limits.block_bytes)
            if isinstance(message, Commit):
                self.signers.take(peer.address, message)
        except (BadMessage, CryptoError) as error:
            raise BadContent("a vote", error) from error
        self.validator.tell(MessageReceived(peer.address, message))

    def answer_block(self, peer: Peer, frame: wire.RequestBlock) -> None:
        """Send a block of this height or a decided one, if it is here."""
        block = self.validator.block(frame.digest) if self.validator else None
        if block is None and self._chain.store.base < frame.height <= self._chain.height:
            decided = self._chain.store.block(frame.height)
            block = decided.raw if decided.hash == frame.digest else None
        if block is not None:
            peer.send(wire.ProposedBlock(block))

    def take_block(self, peer: Peer, frame: wire.ProposedBlock) -> None:
        """A block came. Raises Unasked."""
        if self.validator is None or not self._fetching[peer.address]:
            raise Unasked("a block")
        self._fetching[peer.address] -= 1
        self.validator.tell(BlockFetched(frame.block))

    def _has_voice(self, address: Address) -> bool:
        """Whether a vote of this member may count: of the last block, the next, or the one after that."""
        return self._chain.has_seat(address) or self._chain.head.committee.index_of(address) is not None

    def _meter_stray(self, address: Address) -> None:
        now_s = time.monotonic()
        quota = self._strays.setdefault(address, Quota(STRAY_RATE, STRAY_BURST, now_s))
        if not quota.take(1, now_s):
            raise Unasked("votes of a member that has none")

    def _send(self, message: Message, to: Address | None) -> None:
        committee = [validator.address for validator in self._chain.next_committee.validators]
        self._mesh.broadcast(wire.Consensus(encode_message(message)), committee if to is None else [to])

    def _fetch(self, height: Height, digest: Digest, holders: tuple[Address, ...]) -> None:
        self._fetching.update(at for at in holders if at in self._mesh.peers)
        self._mesh.broadcast(wire.RequestBlock(height, digest), holders)

    def _behind(self, height: Height, address: Address) -> None:
        if address in self._mesh.peers:
            peer = self._mesh.peers[address]
            peer.height = Height(max(peer.height, height - 1))
            self._catch_up()

    def _is_behind(self) -> bool:
        return told_height(self._chain.next_committee, self._mesh.peers.values()) > self._chain.height

    def _misbehaved(self, address: Address, reason: str) -> None:
        if address in self._mesh.peers:
            self._mesh.drop(self._mesh.peers[address], Misbehaviour(reason))
