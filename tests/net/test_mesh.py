"""Real connections on loopback: who gets in, what is dropped, and what comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from crypto.keys import PrivateKey
from ledger.quantities import Height
from net.mesh import Mesh
from net.wire import Consensus, NewHead
from tests.net.builders import FakeNode, certified, eventually, mesh_of, new_authority

AUTHORITY = new_authority()
A, B, C = (PrivateKey.from_secret(secret) for secret in (11, 12, 13))
ALL = {A.address, B.address, C.address}


@asynccontextmanager
async def running(*meshes: Mesh) -> AsyncIterator[None]:
    try:
        for mesh in meshes:
            await mesh.start()
        yield
    finally:
        await asyncio.gather(*(mesh.stop() for mesh in meshes))


def node(tmp_path: Path, key: PrivateKey, *ports: int, **options: object) -> tuple[FakeNode, Mesh]:
    host = FakeNode(key, ALL, **options)  # type: ignore[arg-type]
    return host, mesh_of(host, certified(tmp_path / key.address, AUTHORITY, key), AUTHORITY, *ports)


def test_members_exchange_frames(tmp_path: Path) -> None:
    async def run() -> None:
        host_a, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            host_b, mesh_b = node(tmp_path, B, mesh_a.port)
            async with running(mesh_b):
                await eventually(lambda: mesh_a.peers and mesh_b.peers)
                mesh_b.broadcast(Consensus(b"vote"))
                mesh_a.broadcast(NewHead(Height(9)), to=[B.address, C.address])
                await eventually(lambda: host_a.received and host_b.received)
                assert host_a.received == [(B.address, Consensus(b"vote"))]
                assert host_b.received == [(A.address, NewHead(Height(9)))]
                await eventually(lambda: mesh_a.peers[B.address].clock_offset_ms is not None)
                assert mesh_a.peers[B.address].height == 7
            await eventually(lambda: not mesh_a.peers)
            assert host_a.changes == [("up", B.address), ("down", B.address)]

    asyncio.run(run())
