"""What is made of votes: of validators, of those who are not yet or no longer any, and of liars."""

import asyncio
from pathlib import Path

import pytest

from consensus.messages import Commit, Status, encode_message, sign_vote
from crypto.hashing import sha256
from ledger.quantities import Height, Round
from net.errors import BadContent, Unasked
from net.peer import Peer
from net.wire import Consensus, ProposedBlock
from node.service import Node
from node.vote_traffic import STRAY_BURST
from tests.net.fakes import FakePeer, as_peer
from tests.node.networks import VALIDATORS, eventually, height_of_all, key_of, make_network


def peer_of(name: str) -> Peer:
    return as_peer(FakePeer(key_of(name).address, Height(0)))


def commit_to_head(node: Node, name: str, signer: str) -> Consensus:
    """A member's commit to the node's head, signed by `signer`."""
    head = node.chain.head
    place = head.committee.index_of(key_of(name).address) or 0
    vote = Commit(head.height, Round(7), head.hash)
    signed = sign_vote(vote, place, node.chain.genesis.hash, key_of(signer).sign)
    return Consensus(encode_message(signed))


def test_all_who_committed_are_named_though_a_block_keeps_a_quorum_of_seals(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS, "field") as (*nodes, follower):
            await height_of_all([*nodes, follower], 2)
            everybody = [node.address for node in nodes]
            await eventually(lambda: all(node.status()["signers"] == everybody for node in nodes))
            assert 3 <= len(follower.status()["signers"]) <= 4

    asyncio.run(run())


def test_a_commit_counts_if_its_member_signed_it(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS[:3]) as nodes:
            await height_of_all(nodes, 2)
        async with network.start("v1") as node:
            v2, v4 = peer_of("v2"), peer_of("v4")
            before = node.status()["signers"]
            assert key_of("v4").address not in before
            with pytest.raises(BadContent):
                node.receive(v4, commit_to_head(node, "v4", signer="v2"))
            other = Commit(node.chain.height, Round(0), sha256(b"another block"))
            signed = sign_vote(other, 3, network.genesis.hash, key_of("v4").sign)
            node.receive(v4, Consensus(encode_message(signed)))
            node.receive(v2, commit_to_head(node, "v4", signer="v4"))
            assert node.status()["signers"] == before
            node.receive(v4, commit_to_head(node, "v4", signer="v4"))
            assert node.status()["signers"] == [*before, key_of("v4").address]

    asyncio.run(run())


def flood(node: Node, name: str, count: int) -> None:
    stray = Consensus(encode_message(Status(Height(1), Round(0))))
    for _ in range(count):
        node.receive(peer_of(name), stray)


def test_votes_of_who_has_none_are_dropped_and_a_flood_of_them_is_not_honest(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.start("v1") as node:
            flood(node, "field", STRAY_BURST // 2)
            node.receive(peer_of("field"), Consensus(b"not even a vote, and not even read"))
            with pytest.raises(Unasked):
                flood(node, "field", 10 * STRAY_BURST)
            with pytest.raises(BadContent):
                node.receive(peer_of("v2"), Consensus(b"not even a vote"))
            with pytest.raises(Unasked):
                node.receive(peer_of("v2"), ProposedBlock(b"that nobody asked for"))

    asyncio.run(run())
