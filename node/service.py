"""A node: its chain, its connections, its vote and its agents, wired to each other in one event loop."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from consensus.events import Started
from crypto.address import Address
from crypto.certificate import Identity
from explorer.alerts.webhook import Target
from explorer.index.database import Index
from ledger.errors import StoreError, UnsupportedVersion
from ledger.execution import Executed
from ledger.head import Head
from ledger.quantities import Height, TxId
from ledger.store import Store
from ledger.transaction import Transaction
from net import wire
from net.errors import Unasked
from net.gossip import Gossip
from net.hosting import host
from net.mesh import Mesh
from net.peer import Peer
from net.sync import Sync
from node import agent_host
from node.accusations import Accusation
from node.admission import check_admitted
from node.agent_host import AgentHost, Resident
from node.alerting import Alerting
from node.chain import NodeChain
from node.clock import now_ms
from node.committee_report import committee_document
from node.config import Config
from node.errors import NoVoteLog
from node.indexing import Indexing
from node.intake import Intake
from node.mempool import Mempool
from node.metrics import Metrics
from node.parts import Parts, Vote
from node.report import peer_document, status_document, told_height
from node.snapshots import Snapshots
from node.steward import Steward
from node.validator import Validator
from node.verifier import Verifier
from node.vote_traffic import VoteTraffic
from node.watch import Watch

TICK_S: Final = 0.5
SYNC_GRACE_S: Final = 1.0
"""A validator that misses one block is about to decide it itself."""

CATCHING_UP_BLOCKS: Final = 16
"""Further behind than this, agents are not shown the blocks: they would act on what is long past."""

ANNOUNCE_S: Final = 0.01
"""Transactions that come within this time are announced together."""

log = structlog.get_logger("node")


class Node:
    """One running node. `start`, then `stop`; `failure` ends when the node can go on no more."""

    def __init__(self, parts: Parts) -> None:
        self.name = parts.name
        self.address = parts.key.address
        self.chain = NodeChain(parts.store, parts.rules, self._appended)
        self.pool = Mempool(parts.rules, self.chain.head)
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._indexing: Indexing | None = None
        self.mesh = Mesh(self, parts.contexts, self.chain.genesis.authority, parts.reach)
        self._metrics = Metrics()
        self._watch = Watch(self.chain, self.address, self._metrics)
        self._intake = Intake(self.chain, self.pool, self.address, self._watch.slot, self._publish)
        self._gossip = Gossip(self.mesh.peers, self._intake, self._announce_soon)
        self._sync = Sync(self.mesh.peers, self.chain, self.mesh.drop)
        self._snapshots = Snapshots(parts.store, parts.snapshot_blocks)
        self._verifier = Verifier(os.cpu_count() or 1)
        self._steward = Steward(self.address, parts.vote.accusations) if parts.vote else None
        steward = [Resident(self._steward, parts.key)] if self._steward else []
        self._agents = AgentHost([*parts.residents, *steward], self.chain.view, self._agents_outside())
        self._traffic = VoteTraffic(self.chain, self.mesh, self._pump_sync)
        self._validator = self._make_validator(parts.vote) if parts.vote else None
        self._traffic.validator = self._validator
        chain_id, public_key = self.chain.genesis.hash, parts.key.public_key
        self._hosted = tuple(host(key, public_key, chain_id) for key in self._agents.keys.values())
        self._tasks: list[asyncio.Task[None]] = []
        self._handlers = self._make_handlers()

    async def start(self) -> None:
        """Connect, vote, and let the agents act.

        Raises OSError if the port is taken, UnsupportedVersion if the chain is beyond this software.
        """
        self.chain.check_version()
        self._watch.warn()
        await self.mesh.start()
        if self._validator:
            self._validator.tell(Started())
        self._tasks = [asyncio.create_task(self._agents.run()), asyncio.create_task(self._tick())]
        for task in self._tasks:
            task.add_done_callback(self._task_done)

    async def stop(self) -> None:
        """Leave in order: no more votes, connections or workers; then the store is closed."""
        if self._validator:
            self._validator.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.mesh.stop()
        self.failure.cancel()
        self._verifier.close()
        self.store.close()

    def start_indexing(self, config: Config) -> Indexing:
        """Have the chain indexed from now on, until the caller stops it. Raises BadConfig."""
        self._indexing = Indexing.of(config, self.chain.genesis, self._metrics.indexed)
        self._indexing.start()
        return self._indexing

    def start_alerting(self, least: str, target: Target | None) -> Alerting:
        """Have people told of alerts from now on, until the caller stops it."""
        alerting = Alerting(
            lambda: self.index, self.chain.genesis, self._metrics, least, target, began_ms=now_ms()
        )
        alerting.start()
        return alerting

    def _make_handlers(self) -> Mapping[type[wire.Frame], Callable[[Peer, Any], None]]:
        return {
            wire.Ping: self._take_height,
            wire.NewHead: self._take_height,
            wire.Consensus: self._traffic.take_vote,
            wire.Announce: lambda peer, frame: self._gossip.take_announcement(peer, frame, time.monotonic()),
            wire.RequestTransactions: self._gossip.take_request,
            wire.Transactions: self._gossip.take_transactions,
            wire.RequestRange: self._sync.answer,
            wire.Range: self._take_range,
            wire.RequestBlock: self._traffic.answer_block,
            wire.ProposedBlock: self._traffic.take_block,
            wire.RequestTrail: self._snapshots.answer_trail,
            wire.RequestChunk: self._snapshots.answer_chunk,
            wire.AgentMessage: self._take_message,
        }

    # What the mesh asks (net.mesh.Host)

    def hello(self) -> wire.Hello:
        """The handshake, as of now."""
        return wire.Hello(wire.VERSIONS, self.chain.genesis.hash, self.height(), self._hosted)

    def height(self) -> Height:
        """Of the head."""
        return self.chain.height

    def admit(self, identity: Identity) -> None:
        """Raises NotAdmitted or CertificateError."""
        check_admitted(self.chain, identity, datetime.now(UTC))

    def has_seat(self, address: Address) -> bool:
        """Whether this member decides on one of the next blocks."""
        return self.chain.has_seat(address)

    def receive(self, peer: Peer, frame: wire.Frame) -> None:
        """A frame came. Raises Misbehaviour."""
        handler = self._handlers.get(type(frame))
        if handler is None:
            raise Unasked(type(frame).__name__)
        try:
            handler(peer, frame)
        except StoreError as error:
            # Whoever asked for it: a store that gives no more what was written is this node's own trouble.
            self.fail(error)

    def connected(self, peer: Peer) -> None:
        """A connection is up."""
        log.info("peer connected", peer=peer.address, organisation=peer.identity.organisation)
        self._metrics.peers.set(len(self.mesh.peers))
        self._gossip.introduce(peer, self.pool.tx_ids)
        self._traffic.connected(peer)
        self._note_height(peer)

    def disconnected(self, peer: Peer) -> None:
        """A connection is down."""
        log.info("peer disconnected", peer=peer.address, organisation=peer.identity.organisation)
        self._metrics.peers.set(len(self.mesh.peers))
        self._gossip.forget(peer)
        self._sync.forget(peer)
        self._traffic.disconnected(peer)

    # What the API asks (explorer.api.source.Source)

    @property
    def store(self) -> Store:
        """The chain on disk."""
        return self.chain.store

    @property
    def index(self) -> Index | None:
        """What was indexed of the chain; None where it is not, or could not be opened."""
        return self._indexing.index if self._indexing else None

    def state_at(self, height: int) -> Head | None:
        """A block whose state is kept: the last, and the snapshots."""
        return self.chain.head if height == self.chain.height else self._snapshots.at(height)

    def status(self) -> dict[str, Any]:
        """Where the node stands."""
        peers = list(self.mesh.peers.values())
        signers, waiting = self._traffic.signers.addresses, len(self.pool)
        document = status_document(self.name, self.address, self.chain, signers, peers, waiting, now_ms())
        return {**document, "unreached": dict(self.mesh.unreached)}

    def committee(self) -> dict[str, Any]:
        """Who decides, now and next, and who may come in."""
        return committee_document(self.chain, self.address, tuple(self.mesh.peers.values()))

    def next_sequence(self, address: Address) -> int:
        """The number of the next transaction of a sender, after all that waits here."""
        return self.pool.next_sequence(address)

    def show_synced(self) -> None:
        """Show on the chain that this node follows it. Raises NoVoteLog."""
        if self._steward is None:
            raise NoVoteLog()
        self._steward.show_synced()

    def peers(self) -> list[dict[str, Any]]:
        """Who is connected."""
        return [peer_document(peer) for peer in self.mesh.peers.values()]

    def waiting(self, tx_id: TxId) -> Transaction | None:
        """A transaction in the pool."""
        return self.pool.get(tx_id)

    def submit(self, raw: bytes) -> TxId:
        """Take a user's transaction. Raises DecodeError or TransactionRejected."""
        return self._intake.submit(raw)

    def metrics(self) -> bytes:
        """In Prometheus' text format."""
        self._metrics.waiting.set(len(self.pool))
        self._metrics.waiting_bytes.set(self.pool.size)
        return self._metrics.text()

    # Frames

    def _take_height(self, peer: Peer, _frame: wire.Ping | wire.NewHead) -> None:
        self._note_height(peer)

    def _note_height(self, peer: Peer) -> None:
        self._traffic.note_height(peer)
        self._pump_sync()

    def _take_range(self, peer: Peer, frame: wire.Range) -> None:
        self._sync.take(peer, frame)
        self._pump_sync()

    def _take_message(self, peer: Peer, frame: wire.AgentMessage) -> None:
        if frame.sender not in peer.hosted:
            raise Unasked(f"a message for {frame.sender}, who does not live there")
        if self.chain.is_member(frame.sender):
            self._agents.receive(frame)

    def fail(self, error: BaseException) -> None:
        """The node cannot go on."""
        if not self.failure.done():
            self.failure.set_exception(error)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)

    # What the agents ask (node.agent_host.Outside)

    def _agents_outside(self) -> agent_host.Outside:
        return agent_host.Outside(
            self._watch.slot, self._intake.send, self.pool.next_sequence, self._send_message
        )

    def _send_message(self, message: wire.AgentMessage) -> bool:
        is_member = self.chain.is_member(message.to)
        homes = [peer for peer in self.mesh.peers.values() if is_member and message.to in peer.hosted]
        for peer in homes:
            peer.send(message)
        self._metrics.sent(message.topic, len(message.body), len(homes))
        return bool(homes)

    # What happens by itself

    def _appended(self, executed: Executed, head: Head) -> None:
        """A block was kept."""
        self._snapshots.note(head)
        if self._indexing:
            self._indexing.wake()
        self.pool.advance(head)
        self._intake.follow(executed)
        self._watch.block(executed, head, len(self.pool))
        self.mesh.review()
        if not self._is_version_known():
            return
        self._traffic.head_advanced()
        self._agents.follow(executed, self.chain.view)
        missing = told_height(self.chain.next_committee, self.mesh.peers.values()) - head.height
        if missing <= 0:
            self.mesh.broadcast(wire.NewHead(head.height))
        if missing < CATCHING_UP_BLOCKS:
            events = [event for receipt in executed.receipts for event in receipt.events]
            self._agents.show(self.chain.view, (*executed.slot_events, *events))

    def _is_version_known(self) -> bool:
        """Whether this node can go on; it stops before it would have to guess."""
        try:
            self.chain.check_version()
        except UnsupportedVersion as error:
            if self._validator:
                self._validator.stop()
            self.fail(error)
            return False
        return True

    def _make_validator(self, vote: Vote) -> Validator:
        outside = self._traffic.outside(self._accuse, self.fail)
        parts = (vote.machine, vote.files, self.chain, self.pool, self._verifier, self.address)
        return Validator(*parts, outside)

    def _accuse(self, validator: Address, first: bytes, second: bytes) -> None:
        if self._steward:
            log.error("equivocation", validator=validator)
            self._steward.accuse(Accusation(validator, first, second))

    def _publish(self, tx_id: TxId) -> None:
        self._gossip.publish(tx_id)

    def _announce_soon(self) -> None:
        asyncio.get_running_loop().call_later(ANNOUNCE_S, self._gossip.flush)

    def _pump_sync(self) -> None:
        try:
            grace_s = SYNC_GRACE_S if self._validator and self.chain.has_seat(self.address) else 0.0
            if self._sync.step(time.monotonic(), grace_s):
                asyncio.get_running_loop().call_soon(self._pump_sync)
        except Exception as error:
            self.fail(error)

    async def _tick(self) -> None:
        while True:
            self._pump_sync()
            self._gossip.ask_again(time.monotonic())
            self._watch.slots(lambda: str(self.status()["reason"]))
            self._watch.clock(
                [peer for peer in self.mesh.peers.values() if self.chain.has_seat(peer.address)]
            )
            await asyncio.sleep(TICK_S)
