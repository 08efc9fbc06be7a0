"""The HTTP API of a running node, through its own client: what is there, and how it refuses."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from cli.tx import sign
from crypto.signatures import SignatureCache
from ledger.proof import GenesisHash, TransactionClaim, verify_bundle
from node.client import NodeClient
from node.errors import Refused, Unreachable
from node.service import Node
from tests.node.networks import VALIDATORS, Network, eventually, height_of_all, key_of, make_network


@asynccontextmanager
async def committee(network: Network) -> AsyncIterator[tuple[Node, NodeClient]]:
    """Four validators with blocks, and a client of the first."""
    async with network.running(*VALIDATORS) as nodes:
        await height_of_all(nodes, 1)
        yield nodes[0], network.client("v1")


async def ask(call: Callable[..., Any], *arguments: Any) -> Any:
    """The client blocks; the nodes must go on."""
    return await asyncio.to_thread(call, *arguments)


def test_the_api_tells_what_the_chain_holds(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with committee(network) as (node, client):
            payment = network.transfer("alice", "bob", 40, sequence=0)
            assert await ask(client.submit, payment.raw) == payment.tx_id.hex()
            await eventually(lambda: len(node.pool) == 0)
            found = await ask(client.transaction, payment.tx_id)
            assert found["status"] == "final"
            assert found["receipt"]["ok"] is True
            assert found["transaction"]["arguments"]["amount"] == 40
            block = await ask(client.block, found["height"])
            assert [receipt["tx_id"] for receipt in block["receipts"]] == [payment.tx_id.hex()]
            assert len(block["seals"]["members"]) >= 3
            assert (await ask(client._get_json, f"tdva/{payment.tx_id.hex()}"))["transactions"] == [found]
            assert await ask(client.state, "account", f"balance/{key_of('bob').address}") == 40
            assert await ask(client.state, "account", "nothing") is None
            bundle = await ask(client.proof, payment.tx_id)
            proven = verify_bundle(bundle, GenesisHash(network.genesis.hash), SignatureCache(100))
            assert isinstance(proven.claim, TransactionClaim)
            assert proven.claim.transaction.tx_id == payment.tx_id
            assert len((await ask(client.peers))["peers"]) == 3
            await eventually(lambda: node.status()["ready"])
            status = await ask(client.status)
            assert (status["quorum"], status["is_validator"], status["reason"]) == (3, True, "")
            head = await ask(client.head)
            assert head["height"] >= found["height"]
            assert len(head["state_root"]) == 64

    asyncio.run(run())


def test_what_is_wrong_is_refused_with_its_name(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with committee(network) as (node, client):
            transfer = network.transfer
            good = transfer("alice", "bob", 1, sequence=0)
            forged = good.raw[:-1] + bytes([good.raw[-1] ^ 1])
            other_chain = transfer("alice", "bob", 1, sequence=0, chain=bytes(32))
            for raw, status, name in [
                (b"\xc1", 400, "Malformed"),
                (b"", 400, "Malformed"),
                (good.raw + b"\x00", 400, "Malformed"),
                (bytes(network.genesis.limits.transaction_bytes + 1), 400, "Oversized"),
                (forged, 422, "WrongSignature"),
                (other_chain.raw, 422, "WrongChain"),
                (transfer("alice", "bob", 1, sequence=3).raw, 422, "WrongSequence"),
                (transfer("stranger", "bob", 1, sequence=0).raw, 422, "UnknownSender"),
                (transfer("alice", "bob", 1, sequence=0, valid_until=1).raw, 422, "Expired"),
                (transfer("alice", "bob", 1, sequence=0, valid_until=2**40).raw, 422, "TooFarAhead"),
                (transfer("alice", "bob", 10**6, sequence=0).raw, 422, "WouldFail"),
                (transfer("alice", "bob", 1, sequence=0, action="steal").raw, 422, "WouldFail"),
            ]:
                with pytest.raises(Refused) as caught:
                    await ask(client.submit, raw)
                assert (caught.value.status, caught.value.title) == (status, name)
                assert caught.value.detail
            assert len(node.pool) == 0
            assert node.chain.view.next_sequence(key_of("alice").address) == 0
            for call, argument, status in [
                (client.transaction, good.tx_id, 404),
                (client.proof, good.tx_id, 404),
                (client._get_json, f"tdva/{b'short'.hex()}", 400),
                (client.block, 10**9, 404),
                (client.block, "x", 400),
                (client.block, "%D9%A1", 400),
                (client._get_json, "nothing/here", 404),
            ]:
                with pytest.raises(Refused) as caught:
                    await ask(call, argument)
                assert caught.value.status == status

    asyncio.run(run())


def test_the_next_number_of_a_sender_counts_what_waits(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path, slots_ago=100)
        async with network.start("v1"):
            client, alice = network.client("v1"), key_of("alice").address
            assert await ask(client.next_sequence, alice) == 0
            for sequence in range(3):
                await ask(client.submit, network.transfer("alice", "bob", 1, sequence=sequence).raw)
                assert await ask(client.next_sequence, alice) == sequence + 1
            payment = ("account", "transfer", {"to": key_of("bob").address, "amount": 1, "memo": ""})
            for sequence in range(3, 5):
                # As `gridquorum tx send` does, with nothing in a block yet.
                signed = await ask(sign, network.folder / "v1", client, key_of("alice"), *payment)
                assert signed.sequence == sequence
                await ask(client.submit, signed.raw)
            assert await ask(client.next_sequence, key_of("stranger").address) == 0
            for text in ("nobody", alice + "x", "%00"):
                with pytest.raises(Refused) as caught:
                    await ask(client._get_json, f"sequences/{text}")
                assert (caught.value.status, caught.value.title) == (400, "BadAddress")

    asyncio.run(run())


def test_the_committee_is_shown_now_and_next_with_who_may_come_in(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path, candidates=("v5",))
        async with network.running(*VALIDATORS, "v5", "field") as (*nodes, _):
            await height_of_all(nodes, 2)
            document = await ask(network.client("v1").committee)
            seats = {"validators": [node.address for node in nodes[:4]], "quorum": 3, "faulty_max": 1}
            assert document["committee"] == document["next_committee"] == seats
            assert (document["own_place"], document["changes"], document["must_leave"]) == (0, [], {})
            assert document["block_version"] == {"version": 1, "known": 2, "coming": []}
            (candidate,) = document["candidates"]
            assert (candidate["address"], candidate["proposal"]) == (nodes[4].address, None)
            assert not candidate["is_synced"]
            assert (await ask(network.client("v5").committee))["own_place"] is None

            await ask(network.client("v5").show_synced)
            await eventually(lambda: nodes[0].committee()["candidates"][0]["is_synced"])
            assert nodes[0].committee()["candidates"][0]["is_reached"]
            with pytest.raises(Refused) as caught:
                await ask(network.client("field").show_synced)
            assert (caught.value.status, caught.value.title) == (409, "NoVoteLog")

    asyncio.run(run())


def test_with_a_token_nothing_is_told_without_it(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path, token="a secret of the operator")
        async with committee(network) as (_, client):
            assert (await ask(client.status))["height"] >= 1
            listen = network.config("v1").api.listen
            for token in (None, "guess", "gu\u00e9ss"):
                with pytest.raises(Refused) as caught:
                    await ask(NodeClient(listen, token).status)
                assert caught.value.status == 401
            with await ask(urlopen, f"{client.url}/healthz") as answer:
                assert answer.status == 200

    asyncio.run(run())


def test_machines_can_watch_it(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with committee(network) as (node, client):
            await eventually(lambda: node.status()["ready"])
            with await ask(urlopen, f"{client.url}/readyz") as answer:
                assert answer.status == 200
            text = await ask(client.metrics)
            lines = dict(line.split(" ") for line in text.splitlines() if not line.startswith("#"))
            assert float(lines["gridquorum_height"]) >= 1
            assert float(lines["gridquorum_peers"]) == 3

    asyncio.run(run())


def test_no_node_there() -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"):
        NodeClient("127.0.0.1:1").status()
