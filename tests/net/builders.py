"""Members with keys and certificates, and meshes of them on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crypto.address import Address
from crypto.authority import Authority, signing_request
from crypto.certificate import Identity
from crypto.hashing import Digest, sha256
from crypto.keys import PrivateKey
from ledger.quantities import Height
from net.errors import NotAdmitted
from net.hosting import host
from net.mesh import Mesh, Reach
from net.peer import Peer
from net.tls import Contexts, tls_contexts
from net.wire import VERSIONS, Frame, Hello

CHAIN = sha256(b"a chain for tests")
MADE = datetime(2026, 1, 1, tzinfo=UTC)
WAIT_S = 15.0


def new_authority(secret: int = 999) -> Authority:
    return Authority.create(PrivateKey.from_secret(secret), "Authority", MADE, MADE + timedelta(days=36_500))


def certified(folder: Path, authority: Authority, key: PrivateKey, days: int = 36_500) -> Contexts:
    """Files of a member below `folder`, and the contexts that use them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "node.key").write_bytes(key.to_pem())
    until = MADE + timedelta(days=days)
    request = signing_request(key, "Org")
    (folder / "node.crt").write_bytes(authority.issue(request, ["validator"], MADE, until, 2))
    return tls_contexts(authority.certificate_der, folder / "node.crt", folder / "node.key")


@asynccontextmanager
async def running(*meshes: Mesh) -> AsyncIterator[None]:
    try:
        for mesh in meshes:
            await mesh.start()
        yield
    finally:
        await asyncio.gather(*(mesh.stop() for mesh in meshes))


async def eventually(holds: Callable[[], object], within_s: float = WAIT_S) -> None:
    """Wait until a condition holds; fails the test if it does not in time."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@dataclass
class FakeNode:
    """The host of a mesh: notes what comes, and admits whom it is told."""

    key: PrivateKey
    admitted: set[Address]
    chain: Digest = CHAIN
    versions: tuple[int, ...] = VERSIONS
    agents: tuple[PrivateKey, ...] = ()
    seated: set[Address] = field(default_factory=set)
    received: list[tuple[Address, Frame]] = field(default_factory=list)
    changes: list[tuple[str, Address]] = field(default_factory=list)

    @property
    def address(self) -> Address:
        return self.key.address

    def hello(self) -> Hello:
        hosted = tuple(host(agent, self.key.public_key, self.chain) for agent in self.agents)
        return Hello(self.versions, self.chain, Height(7), hosted)

    def admit(self, identity: Identity) -> None:
        if identity.address not in self.admitted:
            raise NotAdmitted(identity.address, "a stranger")

    def has_seat(self, address: Address) -> bool:
        return address in self.seated

    def height(self) -> Height:
        return Height(7)

    def receive(self, peer: Peer, frame: Frame) -> None:
        self.received.append((peer.address, frame))

    def connected(self, peer: Peer) -> None:
        self.changes.append(("up", peer.address))

    def disconnected(self, peer: Peer) -> None:
        self.changes.append(("down", peer.address))


def mesh_of(
    node: FakeNode,
    contexts: Contexts,
    authority: Authority,
    *ports: int,
    listen_port: int = 0,
    peers_max: int = 8,
) -> Mesh:
    """A mesh, on a free port unless one is given, that dials others on theirs."""
    reach = Reach(("127.0.0.1", listen_port), tuple(f"127.0.0.1:{port}" for port in ports), peers_max)
    return Mesh(node, contexts, authority.certificate_der, reach)
