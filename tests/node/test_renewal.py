"""A certificate is renewed while its node runs, and a committee outlives its authority's certificate."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

from crypto.authority import signing_request
from crypto.certificate import identity_of
from ledger.certification import Certification
from ledger.codec import Value
from ledger.quantities import Slot
from net.tls import peer_identity
from node.renewal import renew_certificate
from node.service import Node
from tests.node.governing import done, send
from tests.node.networks import (
    AUTHORITY_KEY,
    FOREVER,
    MADE,
    VALIDATORS,
    Network,
    eventually,
    height_of_all,
    key_of,
    make_network,
)
from tests.node.test_process import read_until, start_process


def put_certificate(network: Network, name: str, holder: str, serial: int) -> None:
    request = signing_request(key_of(holder), holder.title())
    until = MADE + FOREVER - timedelta(days=1)
    certificate = network.authority.issue(request, ["validator"], MADE, until, serial)
    (network.folder / name / "node.crt").write_bytes(certificate)


def renew(network: Network, node: Node, name: str) -> None:
    renew_certificate(network.config(name), node)


async def serial_shown(by: Node, to: Node) -> int:
    """The serial of the certificate that a node shows to another that connects now."""
    _, writer = await asyncio.open_connection("127.0.0.1", by.mesh.port, ssl=to.mesh.contexts.client)
    identity = peer_identity(writer.get_extra_info("ssl_object"), by.chain.genesis.authority)
    writer.close()
    return identity.serial


def test_the_next_connection_shows_the_renewed_certificate(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running("v1", "v2") as (first, second):
            await eventually(lambda: second.address in first.mesh.peers)
            open_peer = first.mesh.peers[second.address]
            put_certificate(network, "v2", "v2", 7)
            assert await serial_shown(second, first) == 2
            renew(network, second, "v2")
            assert await serial_shown(second, first) == 7
            assert open_peer.identity.serial == 2, "open connections stay"

    asyncio.run(run())


def test_a_certificate_that_is_not_the_nodes_changes_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        certificate, key = (network.folder / "v2" / name for name in ("node.crt", "node.key"))
        own_key, others_key = key.read_bytes(), key_of("alice").to_pem()
        async with network.running("v1", "v2") as (first, second):
            put_certificate(network, "v2", "alice", 7)
            others = certificate.read_bytes()
            for shown, held in ((others, own_key), (others, others_key), (b"half a cert", own_key)):
                certificate.write_bytes(shown)
                key.write_bytes(held)
                renew(network, second, "v2")
                assert await serial_shown(second, first) == 2
            certificate.unlink()
            renew(network, second, "v2")
            assert await serial_shown(second, first) == 2

    asyncio.run(run())


def test_a_hangup_makes_a_process_take_up_its_certificate(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        process = await start_process(network, "v1")
        await read_until(process, '"started"')
        put_certificate(network, "v1", "alice", 7)
        process.send_signal(signal.SIGHUP)
        refused = await read_until(process, "certificate not renewed")
        assert key_of("alice").address in refused[-1]
        put_certificate(network, "v1", "v1", 8)
        process.send_signal(signal.SIGHUP)
        assert '"serial": 8' in (await read_until(process, "certificate renewed"))[-1]
        process.terminate()
        async with asyncio.timeout(5):
            await process.communicate()
        assert process.returncode == 0

    asyncio.run(run())


async def certify(node: Node, name: str, serial: int, slots: int) -> Slot:
    """Have the chain know that a member is certified for so many slots from now; the last of them."""
    key, slot = key_of(name), node.chain.head.slot
    last_slot = Slot(slot + slots)
    certification = Certification(
        node.chain.genesis.hash,
        key.address,
        key.public_key,
        name.title(),
        ("owner",),
        serial,
        slot,
        last_slot,
    )
    signature = certification.sign(AUTHORITY_KEY)
    arguments: dict[str, Value] = {"certification": certification.encode(), "signature": signature}
    await done(node, send(node, "v1", "renew", arguments))
    return last_slot


def test_a_certificate_ends_with_the_block_of_its_last_slot_and_a_renewal_brings_its_holder_back(
    tmp_path: Path,
) -> None:
    """The slots of the chain decide, and nobody's clock: the file is good for a hundred years."""

    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS, "field") as (*nodes, field):
            await height_of_all([*nodes, field], 2)
            last_slot = await certify(nodes[0], "field", 3, slots=20)
            await eventually(lambda: all(node.chain.head.slot > last_slot for node in nodes))
            assert not any(field.address in node.mesh.peers for node in nodes)
            before_end = [node.store.block(field.chain.height).header.slot for node in nodes]
            assert max(before_end) <= last_slot
            await certify(nodes[0], "field", 4, slots=100_000)
            await eventually(lambda: all(field.address in node.mesh.peers for node in nodes))
            await height_of_all([field], nodes[0].chain.height)

    asyncio.run(run())


def test_the_chain_goes_on_after_its_authority_has_expired(tmp_path: Path) -> None:
    """Every certificate ends with its authority; the committee's keys are admitted whatever the dates."""

    async def run() -> None:
        network = make_network(tmp_path, authority_lives=timedelta(days=1))
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 3)
            certificate = (network.folder / "v1" / "node.crt").read_bytes()
            identity = identity_of(certificate, network.genesis.authority)
            assert identity.not_after == MADE + timedelta(days=1)
            async with network.start("field") as follower:
                await height_of_all(nodes, nodes[0].chain.height + 3)
                assert follower.mesh.peers == {}
                assert follower.chain.height == 0

    asyncio.run(run())
