"""Whom the chain admits no more is cut off by all, with the block that says so, and not let in again."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts.agent import Action, Event
from crypto.authority import signing_request
from crypto.certificate import Identity, identity_of
from ledger.errors import UnknownSender
from net.errors import NotAdmitted, Unasked
from net.wire import AgentMessage
from node.agents import Profession
from node.service import Node
from tests.node.governing import approve, is_seated, member, propose, revoke
from tests.node.networks import (
    MADE,
    VALIDATORS,
    Network,
    default_contracts,
    eventually,
    height_of_all,
    key_of,
    make_network,
)

THREE = {"minimum": 3}
"""So that a committee of four can lose one."""


class Silent:
    """An agent that only lives somewhere."""

    kind = "silent"

    def __init__(self, profession: Profession) -> None:
        self.address = profession.key.address

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        return ()


def certificate_of(network: Network, name: str) -> Identity:
    request = signing_request(key_of(name), name.title())
    issued = network.authority.issue(request, ["owner"], MADE, network.authority.not_after, 2)
    return identity_of(issued, network.genesis.authority)


def is_connected(nodes: Sequence[Node], name: str) -> list[bool]:
    return [key_of(name).address in node.mesh.peers for node in nodes]


def test_a_revoked_member_is_cut_off_by_all_at_once_and_its_transactions_go(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS, "field") as (*nodes, field):
            await height_of_all([*nodes, field], 2)
            await eventually(lambda: all(is_connected(nodes, "field")))
            # A number is missing before it, so that it waits.
            waiting = network.transfer("field", "bob", 0, sequence=1)
            for node in nodes:
                node.pool.add(waiting, network.slot_now())

            await revoke(nodes[0], "v1", "field")
            await eventually(lambda: all(member(node, "field").is_revoked for node in nodes))
            assert not any(is_connected(nodes, "field"))
            assert all(waiting.tx_id not in node.pool for node in nodes)
            with pytest.raises(UnknownSender):
                nodes[0].submit(network.transfer("field", "bob", 0, sequence=0).raw)
            for node in nodes:
                with pytest.raises(NotAdmitted, match="revoked"):
                    node.admit(certificate_of(network, "field"))
            stopped_at = nodes[0].chain.height
            await height_of_all(nodes, stopped_at + 3)
            assert field.chain.height <= stopped_at
            await eventually(lambda: len(field.status()["unreached"]) == len(nodes))
            assert all("revoked" in reason for reason in field.status()["unreached"].values())
            assert not any(is_connected(nodes, "field"))

    asyncio.run(run())


def test_a_revoked_validator_is_cut_off_when_it_leaves_the_committee(tmp_path: Path) -> None:
    async def run() -> None:
        contracts = {**default_contracts(), "membership": THREE}
        network = make_network(tmp_path, contracts=contracts)
        async with network.running(*VALIDATORS) as nodes:
            *others, fourth = nodes
            await height_of_all(nodes, 2)
            await revoke(nodes[0], "v1", "v4")
            await eventually(lambda: not any(node.chain.has_seat(fourth.address) for node in others))
            assert not any(is_connected(others, "v4"))
            await height_of_all(others, others[0].chain.height + 3)
            await eventually(lambda: len(others[0].status()["signers"]) == 3)
            assert not any(node.mesh._standing._records for node in nodes), "it did nothing wrong"

    asyncio.run(run())


def test_a_validator_that_cannot_be_spared_keeps_vote_and_connections(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 2)
            await revoke(nodes[0], "v1", "v4")
            height = nodes[0].chain.height
            await height_of_all(nodes, height + 3)
            assert is_seated(nodes[0], "v4")
            assert all(is_connected(nodes[:3], "v4"))
            assert nodes[0].committee()["must_leave"] == {key_of("v4").address: "revoked"}
            assert nodes[3].status()["warnings"] == [
                "the certificate of this node's key is revoked or has ended"
            ]

    asyncio.run(run())


def test_who_is_expelled_is_cut_off_and_who_is_reinstated_comes_back(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS, "field") as (*nodes, field):
            await height_of_all([*nodes, field], 2)
            voters = ("v1", "v2", "v3")
            await approve(nodes[0], await propose(nodes[0], "v1", "expel", "field"), voters)
            await eventually(lambda: not any(is_connected(nodes, "field")))
            with pytest.raises(NotAdmitted, match="expelled"):
                nodes[0].admit(certificate_of(network, "field"))
            await approve(nodes[0], await propose(nodes[0], "v1", "reinstate", "field"), voters)
            await eventually(lambda: all(is_connected(nodes, "field")))
            await height_of_all([field], nodes[0].chain.height)

    asyncio.run(run())


def test_agents_of_a_revoked_member_are_heard_no_more_and_their_host_stays(tmp_path: Path) -> None:
    async def run() -> None:
        agents = {"field": [("silent", "alice")], "v1": [("silent", "bob")]}
        network = make_network(tmp_path, agents=agents, kinds={"silent": Silent})
        async with network.running(*VALIDATORS, "field") as (*nodes, field):
            await height_of_all([*nodes, field], 2)
            await eventually(lambda: all(is_connected(nodes, "field")))
            alice, bob = key_of("alice").address, key_of("bob").address
            peer = nodes[0].mesh.peers[field.address]
            nodes[0].receive(peer, AgentMessage(alice, bob, "greeting", b""))
            assert nodes[0]._send_message(AgentMessage(bob, alice, "greeting", b""))

            await revoke(nodes[0], "v1", "alice")
            assert not nodes[0]._send_message(AgentMessage(bob, alice, "greeting", b""))
            # The host may not know it yet; so it is no misbehaviour, unlike speaking for a stranger.
            nodes[0].receive(peer, AgentMessage(alice, bob, "greeting", b""))
            with pytest.raises(Unasked):
                nodes[0].receive(peer, AgentMessage(bob, alice, "greeting", b""))
            assert is_connected(nodes[:1], "field") == [True]

    asyncio.run(run())
