"""Joining by a snapshot: an empty folder becomes a store in a time independent of the chain's length.

Only connections are made meanwhile; the node itself starts on the finished store. Whoever is killed meanwhile
goes on with the chunks that it has.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from crypto.address import Address
from crypto.certificate import Identity
from ledger.application import Rules
from ledger.errors import Fork, StoreError
from ledger.light import LightChain
from ledger.quantities import Height
from ledger.snapshot_store import SnapshotStore
from net import wire
from net.mesh import Mesh, Reach
from net.peer import Peer
from net.snapshot import SnapshotSync
from net.tls import Contexts
from node.files import put_store_in_place

TICK_S: Final = 0.1
TELL_S: Final = 5.0
PATIENCE_S: Final = 15.0
"""For peers that are away, where those that answer have no snapshot."""

NOWHERE: Final = ("127.0.0.1", 0)
"""Nobody need reach a node that has nothing yet."""

log = structlog.get_logger("node")


class Joining:
    """The host of a mesh (net.mesh.Host) that does nothing but take a snapshot."""

    def __init__(
        self,
        path: Path,
        rules: Rules,
        address: Address,
        contexts: Contexts,
        reach: Reach,
        guard: LightChain | None = None,
    ) -> None:
        self.address = address
        self._draft_path = path.with_name(path.name + ".snapshot")
        self._path = path
        self._rules = rules
        self._reach = Reach(NOWHERE, reach.peers, reach.peers_max)
        self._mesh = Mesh(self, contexts, rules.genesis.authority, self._reach)
        start = LightChain.from_genesis(rules.genesis)
        self._sync = SnapshotSync(self._mesh.peers, start, self._begin, guard)
        self._draft: SnapshotStore | None = None
        self._failure: Fork | StoreError | None = None

    async def run(self) -> bool:
        """Take a snapshot and put the store in its place; False if no peer has one.

        Raises OSError; StoreError if it cannot be kept; Fork if the committee contradicted itself.
        """
        async with self._connected():
            telling = asyncio.create_task(self._tell())
            began_s = time.monotonic()
            try:
                while not self._sync.is_done and not self._failure and not self._is_vain(began_s):
                    self._step()
                    await asyncio.sleep(TICK_S)
            finally:
                telling.cancel()
        if self._failure:
            raise self._failure
        if self._draft is None:
            log.warning("no snapshot to join by: the chain is fetched from its first block on")
            return False
        self._finish(self._draft)
        return True

    # What the mesh asks (net.mesh.Host)

    def hello(self) -> wire.Hello:
        """The handshake."""
        return wire.Hello(wire.VERSIONS, self._rules.genesis.hash, Height(0), ())

    def admit(self, identity: Identity) -> None:
        """Whoever the authority certified, at whatever dates: nothing that they say is believed."""

    def has_seat(self, _address: Address) -> bool:
        """Nobody's vote is needed."""
        return False

    def height(self) -> Height:
        """Nothing."""
        return Height(0)

    def receive(self, peer: Peer, frame: wire.Frame) -> None:
        """Only what was asked for counts. Raises Misbehaviour."""
        try:
            if isinstance(frame, wire.HeaderTrail):
                self._sync.take_trail(peer, frame)
            elif isinstance(frame, wire.StateChunk):
                self._sync.take_chunk(peer, frame)
            else:
                return
            self._step()
        except (Fork, StoreError) as error:
            self._failure = error

    def connected(self, peer: Peer) -> None:
        """A connection is up."""
        log.info("peer connected", peer=peer.address, organisation=peer.identity.organisation)
        self._step()

    def disconnected(self, peer: Peer) -> None:
        """A connection is down."""
        self._sync.forget(peer)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        await self._mesh.start()
        try:
            yield
        finally:
            await self._mesh.stop()
            if self._draft and not self._sync.is_done:
                self._draft.close()

    def _is_vain(self, began_s: float) -> bool:
        """Whether nobody has a snapshot, once all have been asked or there was time enough."""
        is_all = len(self._mesh.peers) >= len(self._reach.peers)
        return self._sync.is_vain and (is_all or time.monotonic() - began_s > PATIENCE_S)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_S)
            log.info("joining", peers=len(self._mesh.peers), missing_percent=self._sync.missing_percent)

    def _step(self) -> None:
        try:
            self._sync.step(time.monotonic())
        except StoreError as error:
            self._failure = error

    def _begin(self, light: LightChain) -> SnapshotStore:
        sealed = light.known[-1]
        if self._draft is None and self._draft_path.exists():
            self._draft = self._reopened()
        if self._draft is not None and self._draft.sealed == sealed:
            return self._draft
        if self._draft is not None:
            self._draft.close()
        for leftover in self._draft_path.parent.glob(self._draft_path.name + "*"):
            leftover.unlink()
        rules = self._rules
        self._draft = SnapshotStore.create(self._draft_path, rules.genesis, rules.application, light)
        log.info("joining by a snapshot", height=sealed.height, sealed_headers=len(light.known))
        return self._draft

    def _reopened(self) -> SnapshotStore | None:
        try:
            return SnapshotStore.open(self._draft_path, self._rules.genesis)
        except StoreError as error:
            log.warning("the snapshot that was begun before is of no use", reason=str(error))
            return None

    def _finish(self, draft: SnapshotStore) -> None:
        draft.finish(self._rules.application)
        draft.close()
        put_store_in_place(draft.path, self._path)
        height, headers = draft.sealed.height, len(draft.light.known)
        log.info(
            "joined by a snapshot",
            height=height,
            rests_on=f"{headers} sealed headers from the genesis on",
            not_verified=f"blocks 1 to {height}, which are not held",
        )
