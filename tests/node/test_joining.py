"""Joining by a snapshot: real nodes over TLS, some of whom lie."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cli.chain_check import check_chain
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger.errors import NotStored
from ledger.genesis import Genesis
from ledger.light import GenesisHash, LightChain, SealedHeader, Trail
from ledger.proof import StateClaim, prove_state, verify_bundle
from ledger.quantities import Height
from ledger.snapshot import Chunk, PathRange, cut_chunk
from ledger.snapshot_store import SnapshotStore
from ledger.store import Store
from net import wire
from net.mesh import Mesh, Reach
from net.peer import Peer
from node.application import standard_application
from node.config import Config
from node.errors import Refused, UnusableFile
from node.files import STORE_NAME
from node.service import Node
from node.startup import running
from tests.net.builders import FakeNode, certified
from tests.node.long_chain import lengthen
from tests.node.networks import (
    VALIDATORS,
    Network,
    free_ports,
    height_of_all,
    key_of,
    make_network,
)

SNAPSHOT_BLOCKS = 4
HALF = PathRange(0, 2**255)
DRAFT_NAME = f"{STORE_NAME}.snapshot"


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """Every node keeps the state of every fourth height."""
    network = make_network(tmp_path)
    for name in (*VALIDATORS, "field"):
        with (network.folder / name / "config.toml").open("a") as file:
            file.write(f"[sync]\nsnapshot_blocks = {SNAPSHOT_BLOCKS}\n")
    return network


def joining(network: Network, peers: list[int] | None = None) -> Config:
    """The follower's configuration, to begin with a snapshot."""
    sync = {"snapshot": True, "snapshot_blocks": SNAPSHOT_BLOCKS}
    if peers is None:
        return network.config("field", sync=sync)
    endpoints = [f"127.0.0.1:{port}" for port in peers]
    listen = network.config("field").network.listen
    return network.config("field", sync=sync, network={"peers": endpoints, "listen": listen})


async def busy_chain(network: Network, nodes: list[Node], height: int) -> None:
    """Blocks, in which somebody pays somebody."""
    nodes[0].submit(network.transfer("alice", "bob", 7, 0).raw)
    await height_of_all(nodes, height)


def stored(config: Config) -> Store:
    return Store.open(config.node.data / STORE_NAME, read_only=True)


def test_a_new_node_begins_with_a_recent_state_and_keeps_up(network: Network) -> None:
    async def scenario() -> None:
        async with network.running(*VALIDATORS) as nodes:
            await busy_chain(network, nodes, 9)
            async with running(joining(network), {}) as node:
                base = node.store.base
                assert base >= 8
                await height_of_all([node], nodes[0].chain.height + 3)
                assert node.status()["blocks_from"] == base + 1
                height = base + 1
                assert node.store.block(height).hash == nodes[0].store.block(height).hash
                with pytest.raises(NotStored, match=f"blocks 1 to {base} are not held here"):
                    node.store.block(base)
                bundle = prove_state(node.store, b"account/balance/" + key_of("bob").address.encode())
                trust = GenesisHash(network.genesis.hash)
                verified = verify_bundle(bundle.encode(), trust, node.chain.rules.signatures)
                assert verified.header.height > base
        store = stored(joining(network))
        checked = check_chain(store)
        assert (checked.base, checked.sealed_headers) == (base, 1)
        store.close()

    asyncio.run(scenario())


def test_it_starts_again_on_what_it_has_and_serves_others(network: Network) -> None:
    async def scenario() -> None:
        async with network.running(*VALIDATORS[:3]) as nodes:
            await busy_chain(network, nodes, 9)
            async with running(joining(network), {}) as node:
                base = node.store.base
            async with running(joining(network), {}) as node:
                assert node.store.base == base
                await height_of_all([node], nodes[0].chain.height + 1)
                # A validator that was never there joins by what the follower gives, among the others.
                async with running(network.config("v4", sync={"snapshot": True}), {}) as late:
                    assert late.store.base > 0
                    await height_of_all([late], nodes[0].chain.height + 3)

    asyncio.run(scenario())


@pytest.mark.parametrize("begun", ["with half of it", "with another state", "with garbage"])
def test_what_was_begun_before_a_kill_is_taken_up_if_it_is_of_use(tmp_path: Path, begun: str) -> None:
    network = make_network(tmp_path, slots_ago=9)
    path = lengthen(network, 8)
    folder = network.config("field").node.data
    folder.mkdir()
    if begun == "with garbage":
        (folder / DRAFT_NAME).write_bytes(b"garbage" * 1_000)
    else:
        begin_draft(folder / DRAFT_NAME, Store.open(path), 8 if begun == "with half of it" else 7)

    async def scenario() -> None:
        # Two of four decide on nothing, so the snapshot stays the same.
        async with network.running("v1", "v2"), running(joining(network), {}) as node:
            assert node.store.base == 8

    asyncio.run(scenario())
    store = stored(joining(network))
    chunks = list(store._rows.snapshot.chunks())
    assert (chunks[0].paths == HALF) == (begun == "with half of it")
    check_chain(store)
    store.close()
    assert list(folder.glob(f"{DRAFT_NAME}*")) == []


def begin_draft(path: Path, store: Store, height: int) -> None:
    """Half of a snapshot, as a node leaves it that is killed."""
    start = LightChain.from_genesis(store.genesis)
    light = start.follow(store.trail(0, height).headers, SignatureCache(100))
    draft = SnapshotStore.create(path, store.genesis, standard_application(), light)
    draft.add(cut_chunk(store.state, HALF))
    draft.close()
    store.close()


def test_a_light_client_s_file_guards_it(tmp_path: Path) -> None:
    network, other = (
        make_network(tmp_path / "one", slots_ago=9),
        make_network(tmp_path / "other", slot_ms=400),
    )
    store = Store.open(lengthen(network, 8))
    file = tmp_path / "light.bin"
    sync = {"snapshot": True, "light": str(file)}

    async def scenario() -> None:
        async with network.running("v1", "v2"):
            file.write_bytes(LightChain.from_genesis(other.genesis).encode())
            with pytest.raises(UnusableFile, match="it is of chain"):
                async with running(network.config("field", sync=sync), {}):
                    pass
            file.write_bytes(LightChain.from_checkpoint(store.block(5).header).encode())
            async with running(network.config("field", sync=sync), {}) as node:
                assert node.store.base == 8

    asyncio.run(scenario())


def test_its_api_and_the_others_show_a_light_client_the_same(network: Network) -> None:
    async def scenario() -> None:
        async with network.running(*VALIDATORS) as nodes:
            await busy_chain(network, nodes, 6)
            async with running(joining(network), {}) as node:
                known = await asyncio.to_thread(followed, network, "v1")
                assert known.height >= 6
                await height_of_all([node], known.height)
                assert (await asyncio.to_thread(followed, network, "field", known)).height >= known.height
                with pytest.raises(Refused, match="are not held here"):
                    await asyncio.to_thread(network.client("field").sealed_header, 1)

    asyncio.run(scenario())


def followed(network: Network, name: str, known: LightChain | None = None) -> LightChain:
    """What a node shows to whoever knows the genesis hash, or more."""
    client = network.client(name)
    genesis = Genesis.decode(client.genesis())
    assert genesis.hash == network.genesis.hash
    start, signatures = known or LightChain.from_genesis(genesis), SignatureCache(1_000)
    if known:
        start = start.follow([SealedHeader.decode(client.sealed_header(known.height))], signatures)
    return start.follow(Trail.decode(client.trail(start.height)).headers, signatures)


def test_a_state_is_proven_at_the_heights_at_which_it_is_kept(network: Network) -> None:
    key = f"balance/{key_of('bob').address}"

    async def scenario() -> None:
        async with network.running(*VALIDATORS) as nodes:
            await busy_chain(network, nodes, 10)
            client, trust = network.client("v1"), GenesisHash(network.genesis.hash)
            kept = nodes[0].chain.height // SNAPSHOT_BLOCKS * SNAPSHOT_BLOCKS
            for height in (kept, None):
                proof = await asyncio.to_thread(client.state_proof, "account", key, height)
                verified = verify_bundle(proof, trust, SignatureCache(1_000))
                assert verified.header.height == (height or verified.header.height)
                assert isinstance(verified.claim, StateClaim)
                assert verified.claim.value is not None
            with pytest.raises(Refused, match="the state after block 1 is not kept"):
                await asyncio.to_thread(client.state_proof, "account", key, 1)

    asyncio.run(scenario())


class Liar(FakeNode):
    """A member that shows good headers and gives bad chunks, as it is told."""

    def __init__(self, key: PrivateKey, network: Network, honest: Node, how: str) -> None:
        super().__init__(key, {key_of(name).address for name in (*VALIDATORS, "field")}, network.genesis.hash)
        self.honest = honest
        self.how = how
        self.asked = 0

    def hello(self) -> wire.Hello:
        return replace(super().hello(), height=Height(10**9))

    def height(self) -> Height:
        return Height(10**9)

    def receive(self, peer: Peer, frame: wire.Frame) -> None:
        answers = Recorder()
        if isinstance(frame, wire.RequestTrail):
            self.honest._snapshots.answer_trail(answers, frame)  # type: ignore[arg-type]
        elif isinstance(frame, wire.RequestChunk):
            self.asked += 1
            self.honest._snapshots.answer_chunk(answers, frame)  # type: ignore[arg-type]
            if self.how == "stall":
                return
            answers.frames = [self.spoilt(answers.frames[0])]
        for answer in answers.frames:
            peer.send(answer)

    def spoilt(self, frame: wire.Frame) -> wire.Frame:
        assert isinstance(frame, wire.StateChunk)
        if self.how == "garbage" or not frame.body:
            return wire.StateChunk(b"\xc1" * 100_000)
        chunk = Chunk.decode(frame.body)
        return wire.StateChunk(
            replace(chunk, entries=(*chunk.entries, (b"account/balance/me", b"\x01"))).encode()
        )


class Recorder:
    def __init__(self) -> None:
        self.frames: list[wire.Frame] = []

    def send(self, frame: wire.Frame) -> None:
        self.frames.append(frame)


@asynccontextmanager
async def lying(network: Network, honest: Node, how: str) -> AsyncIterator[tuple[Liar, int]]:
    """A liar with the key and the certificate of member bob."""
    port, contexts = free_ports(1)[0], certified(network.folder / "bob", network.authority, key_of("bob"))
    liar = Liar(key_of("bob"), network, honest, how)
    mesh = Mesh(liar, contexts, network.genesis.authority, Reach(("127.0.0.1", port), (), 8))
    await mesh.start()
    try:
        yield liar, port
    finally:
        await mesh.stop()


@pytest.mark.parametrize("how", ["forge", "garbage", "stall"])
def test_a_lying_peer_neither_stops_nor_corrupts_it(network: Network, how: str) -> None:
    async def scenario() -> None:
        async with network.running(*VALIDATORS) as nodes:
            await busy_chain(network, nodes, 9)
            async with lying(network, nodes[0], how) as (liar, port):
                config = joining(network, [port, *(node.mesh.port for node in nodes)])
                async with asyncio.timeout(20), running(config, {}) as node:
                    assert liar.asked == 1
                    assert node.store.base >= 8
                    await height_of_all([node], nodes[0].chain.height + 2)
        store = stored(joining(network))
        check_chain(store)
        store.close()

    asyncio.run(scenario())


def test_where_no_snapshot_is_the_chain_comes_from_its_first_block(tmp_path: Path) -> None:
    network = make_network(tmp_path)

    async def scenario() -> None:
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 1)
            async with running(joining(network, [nodes[0].mesh.port]), {}) as node:
                assert node.store.base == 0
                await height_of_all([node], 2)

    asyncio.run(scenario())
