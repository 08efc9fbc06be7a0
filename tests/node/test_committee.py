"""Four validators and a follower with real sockets, files and signatures, in one process."""

import asyncio
import sqlite3
import ssl
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from crypto.authority import Authority, signing_request
from crypto.certificate import identity_of
from crypto.errors import OutsideValidity
from crypto.keys import PrivateKey
from ledger.errors import NotStored, StoreCorrupt, WrongSequence
from ledger.quantities import Height
from ledger.receipt import Receipt
from net.errors import NotAdmitted
from net.mesh import PATH
from net.tls import tls_contexts
from net.wire import VERSIONS, Consensus, Hello, RequestRange, encode_frame
from node.errors import Refused, WouldFail
from node.service import Node
from tests.net.fakes import as_peer, fake_peer
from tests.node.networks import (
    FOREVER,
    MADE,
    VALIDATORS,
    eventually,
    height_of_all,
    key_of,
    make_network,
    roots_at,
)


def test_four_agree_on_blocks_and_a_follower_follows(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS, "field") as nodes:
            await height_of_all(nodes, 2)
            payment = network.transfer("alice", "bob", 40, sequence=0)
            nodes[4].submit(payment.raw)
            height = nodes[0].chain.height
            await height_of_all(nodes, height + 3)
            located = [node.store.transaction(payment.tx_id) for node in nodes]
            assert {(found.height, found.receipt.ok) for found in located} == {(located[0].height, True)}
            assert len(roots_at(nodes, height + 3)) == 1
            await eventually(lambda: all(node.status()["ready"] for node in nodes))
            assert all(len(node.pool) == 0 for node in nodes)
            slots = [nodes[0].store.block(at).header.slot for at in range(1, height + 3)]
            assert slots == sorted(set(slots))

    asyncio.run(run())


def test_one_that_was_away_catches_up_to_the_same_root(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS[:3]) as nodes:
            async with network.start("v4") as fourth:
                await height_of_all([*nodes, fourth], 2)
            away_from = nodes[0].chain.height
            await height_of_all(nodes, away_from + 5)
            async with network.start("v4") as fourth:
                assert fourth.chain.height < nodes[0].chain.height
                await height_of_all([fourth], nodes[0].chain.height)
                everybody = [*nodes, fourth]
                height = fourth.chain.height + 2
                await height_of_all(everybody, height)
                assert len(roots_at(everybody, height)) == 1
                # It votes again: in time, a block carries its seal.
                await eventually(lambda: any(_sealed_by(nodes[0], fourth, height, 3)))

    asyncio.run(run())


def _sealed_by(node: Node, signer: Node, first: int, place: int) -> list[bool]:
    heights = range(first, node.chain.height + 1)
    return [place in {seal.member for seal in node.store.seals(at).seals} for at in heights]


def test_two_of_four_make_no_block_and_go_on_when_the_others_return(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running("v1", "v2") as nodes:
            async with network.running("v3", "v4") as others:
                await height_of_all([*nodes, *others], 2)
            stopped_at = max(node.chain.height for node in nodes)
            # Every slot that is over without a block is noticed; six of them are not a matter of luck.
            slot = network.slot_now()
            await eventually(lambda: network.slot_now() >= slot + 6)
            # What three had already sealed may still have arrived; nothing that needed the two that left.
            assert max(node.chain.height for node in nodes) <= stopped_at + 1
            assert "quorum" in nodes[0].status()["reason"]
            async with network.running("v3", "v4") as others:
                everybody = [*nodes, *others]
                await height_of_all(everybody, stopped_at + 4, within_s=60)
                assert len(roots_at(everybody, stopped_at + 3)) == 1

    asyncio.run(run())


def test_a_follower_that_joins_late_verifies_the_whole_chain(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 6)
            async with network.start("field") as follower:
                await height_of_all([follower], 6)
                assert len(roots_at([*nodes, follower], 6)) == 1
                assert not follower.status()["is_validator"]

    asyncio.run(run())


def test_strangers_and_garbage_do_not_disturb_the_committee(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 1)
            port, chain = nodes[0].mesh.port, network.genesis.hash
            hello = encode_frame(Hello(VERSIONS, chain, Height(0), ()))
            stranger = PrivateKey.from_secret(4_242)
            rogue = Authority.create(PrivateKey.from_secret(888), "Rogue", MADE, MADE + FOREVER)
            for authority, key in (
                (rogue, key_of("alice")),
                (network.authority, stranger),
                (network.authority, key_of("alice")),
            ):
                for junk in (b"\xff\x00", encode_frame(Consensus(b"junk")), hello):
                    await _talk(tmp_path, authority, key, port, hello, junk)
            assert set(nodes[0].mesh.peers) == {node.address for node in nodes[1:]}
            height = nodes[0].chain.height + 2
            await height_of_all(nodes, height)
            assert len(roots_at(nodes, height)) == 1

    asyncio.run(run())


async def _talk(folder: Path, authority: Authority, key: PrivateKey, port: int, *data: bytes) -> None:
    """Connect with a certificate of this authority, say these bytes, and wait for the other end to close."""
    request = signing_request(key, "Somebody")
    (folder / "somebody.key").write_bytes(key.to_pem())
    (folder / "somebody.crt").write_bytes(authority.issue(request, ["owner"], MADE, MADE + FOREVER, 3))
    tls = tls_contexts(authority.certificate_der, folder / "somebody.crt", folder / "somebody.key").client
    tls.verify_mode = ssl.CERT_NONE
    url = f"https://127.0.0.1:{port}{PATH}"
    with suppress(ClientError, OSError):
        async with asyncio.timeout(10), ClientSession() as session, session.ws_connect(url, ssl=tls) as ws:
            for item in data:
                await ws.send_bytes(item)
            async for _ in ws:
                pass


@pytest.mark.parametrize("asked_by", ["peer", "user"])
def test_a_block_that_rotted_on_disk_ends_the_node_and_no_other(tmp_path: Path, asked_by: str) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS[1:]) as others:
            async with network.start("v1") as node:
                await height_of_all([node, *others], 2)
                with closing(sqlite3.connect(node.store.path)) as database, database:
                    database.execute("UPDATE blocks SET block = zeroblob(length(block)) WHERE height = 1")
                if asked_by == "peer":
                    node.receive(as_peer(fake_peer(1)), RequestRange(Height(1), 1))
                else:
                    with pytest.raises(Refused):
                        await asyncio.to_thread(network.client("v1").block, 1)
                assert isinstance(node.failure.exception(), StoreCorrupt)
                assert "block 1" in str(node.failure.exception())
            await height_of_all(others, others[0].chain.height + 2)

    asyncio.run(run())


def test_what_cannot_work_is_refused_at_submit_and_changes_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 1)
            node = nodes[0]
            transfer = network.transfer
            first = transfer("alice", "bob", 1, sequence=0)
            node.submit(first.raw)
            assert node.submit(first.raw) == first.tx_id
            with pytest.raises(WrongSequence, match="is ahead; the next is 1"):
                node.submit(transfer("alice", "bob", 1, sequence=2).raw)
            with pytest.raises(WouldFail, match="999"):
                node.submit(transfer("alice", "bob", 1_000, sequence=1).raw)
            await eventually(lambda: len(node.pool) == 0)
            with pytest.raises(WrongSequence, match="was used already"):
                node.submit(transfer("alice", "bob", 2, sequence=0).raw)
            second = transfer("alice", "bob", 2, sequence=1)
            node.submit(second.raw)
            await eventually(lambda: _receipt(nodes[3], second.tx_id))
            assert [node.chain.view.next_sequence(key_of("alice").address) for node in nodes[3:]] == [2]

    asyncio.run(run())


def _receipt(node: Node, tx_id: bytes) -> Receipt | None:
    try:
        return node.store.transaction(tx_id).receipt
    except NotStored:
        return None


def test_an_expired_certificate_keeps_a_validator_connected_but_no_other_member(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        yesterday = MADE + timedelta(days=1)

        def expired(name: str) -> bytes:
            request = signing_request(key_of(name), name.title())
            return network.authority.issue(request, ["validator"], MADE, yesterday, 9)

        (tmp_path / "v4" / "node.crt").write_bytes(expired("v4"))
        async with network.running("v1", "v4") as (first, fourth):
            await eventually(lambda: fourth.address in first.mesh.peers)
            first.admit(identity_of(expired("v2"), network.genesis.authority))
            with pytest.raises(OutsideValidity, match="expired"):
                first.admit(identity_of(expired("alice"), network.genesis.authority))
            with pytest.raises(NotAdmitted, match="not a member"):
                first.admit(identity_of(expired("stranger"), network.genesis.authority))

    asyncio.run(run())
