"""Agents of running nodes: what they ask for is done, and what becomes of it is told to them."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from contracts.agent import (
    Action,
    BlockCommitted,
    Compute,
    Computed,
    Event,
    MessageReceived,
    Note,
    SendMessage,
    SetTimer,
    SubmissionFailed,
    Submit,
    TimerFired,
)
from crypto.address import Address
from ledger.head import genesis_head
from ledger.quantities import Slot
from net.wire import AgentMessage
from node.agent_host import MESSAGE_BYTES_MIN, SENDER_BYTES_MAX, AgentHost, Outside, Resident
from node.agents import AgentKinds, Profession
from node.application import standard_rules
from node.chain import HeadView
from tests.node.networks import VALIDATORS, eventually, height_of_all, key_of, make_network


class Scripted:
    """Does what its script says about each event, and keeps them all."""

    kind = "scripted"

    def __init__(self, address: Address, script: Callable[["Scripted", Event], tuple[Action, ...]]) -> None:
        self.address = address
        self.events: list[Event] = []
        self._script = script

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        self.events.append(event)
        return self._script(self, event)

    def seen(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


Script = Callable[[Scripted, Event], tuple[Action, ...]]


def kinds_of(agents: dict[str, Scripted], scripts: dict[str, Script]) -> AgentKinds:
    """A kind for each script; the agents that nodes make of them go to `agents`."""

    def factory(name: str, script: Script) -> Callable[[Profession], Scripted]:
        def make(profession: Profession) -> Scripted:
            agents[name] = Scripted(profession.key.address, script)
            return agents[name]

        return make

    return {name: factory(name, script) for name, script in scripts.items()}


def is_first_block(agent: Scripted, event: Event) -> bool:
    return isinstance(event, BlockCommitted) and len(agent.seen(BlockCommitted)) == 1


def pay(amount: int) -> Submit:
    return Submit("account", "transfer", {"to": key_of("bob").address, "amount": amount, "memo": ""})


def pay_three_times(agent: Scripted, event: Event) -> tuple[Action, ...]:
    return (pay(1), pay(10**9), pay(2)) if is_first_block(agent, event) else ()


def stay_silent(agent: Scripted, event: Event) -> tuple[Action, ...]:
    return ()


def committed(agent: Scripted) -> list[BlockCommitted]:
    return [event for event in agent.seen(BlockCommitted) if isinstance(event, BlockCommitted)]


def amounts_paid(agent: Scripted) -> list[object]:
    told = [chain_event for event in committed(agent) for chain_event in event.events]
    return [event.fields["amount"] for event in told if event.name == "paid"]


def test_submissions_are_numbered_followed_and_their_failures_told(tmp_path: Path) -> None:
    async def run() -> None:
        agents: dict[str, Scripted] = {}
        kinds = kinds_of(agents, {"payer": pay_three_times, "idle": stay_silent})
        hosted = {"field": [("payer", "alice"), ("idle", "alice")]}
        network = make_network(tmp_path, agents=hosted, kinds=kinds)
        async with network.running(*VALIDATORS, "field") as nodes:
            field = nodes[4]
            alice, bob = key_of("alice").address, key_of("bob").address
            await eventually(lambda: field.chain.view.next_sequence(alice) == 3)
            await eventually(lambda: agents["payer"].seen(SubmissionFailed))
            assert field.chain.view.get("account", f"balance/{bob}") == 3
            (failed,) = agents["payer"].seen(SubmissionFailed)
            assert isinstance(failed, SubmissionFailed)
            assert "cannot give 1000000000" in failed.error
            assert agents["idle"].seen(SubmissionFailed) == []
            # Each agent is stepped by itself, so this one may be told of a block after the other.
            await eventually(lambda: amounts_paid(agents["idle"]) == [1, 2])
            heights = [event.height for event in committed(agents["idle"])]
            assert heights == sorted(set(heights))

    asyncio.run(run())


def test_messages_go_to_the_node_that_hosts_the_receiver(tmp_path: Path) -> None:
    def greet(agent: Scripted, event: Event) -> tuple[Action, ...]:
        if isinstance(event, BlockCommitted):
            return (
                SendMessage(key_of("v2").address, "greeting", b"hello"),
                SendMessage(key_of("bob").address, "greeting", b"neighbour"),
                SendMessage(key_of("v3").address, "greeting", b"nobody there"),
            )
        return ()

    def answer(agent: Scripted, event: Event) -> tuple[Action, ...]:
        if isinstance(event, MessageReceived):
            return (SendMessage(event.sender, "answer", event.body + b", too"),)
        return ()

    async def run() -> None:
        agents: dict[str, Scripted] = {}
        kinds = kinds_of(agents, {"greeter": greet, "answerer": answer, "neighbour": stay_silent})
        hosted = {"field": [("greeter", "alice"), ("neighbour", "bob")], "v2": [("answerer", "v2")]}
        network = make_network(tmp_path, agents=hosted, kinds=kinds)
        async with network.running(*VALIDATORS, "field") as nodes:
            alice = key_of("alice").address
            expected = MessageReceived(key_of("v2").address, "answer", b"hello, too")
            await eventually(lambda: expected in agents["greeter"].events)
            assert MessageReceived(alice, "greeting", b"hello") in agents["answerer"].events
            assert MessageReceived(alice, "greeting", b"neighbour") in agents["neighbour"].events
            counted = dict(line.rsplit(" ", 1) for line in nodes[1].metrics().decode().splitlines())
            messages = float(counted['gridquorum_agent_messages_total{topic="answer"}'])
            byte_count = float(counted['gridquorum_agent_message_bytes_total{topic="answer"}'])
            assert byte_count == messages * len(expected.body) > 0

    asyncio.run(run())


def other_process(number: int) -> tuple[int, int]:
    return number * 2, os.getpid()


def failing(reason: str) -> None:
    raise ValueError(reason)


def test_timers_computations_and_faults(tmp_path: Path) -> None:
    def work(agent: Scripted, event: Event) -> tuple[Action, ...]:
        if is_first_block(agent, event):
            return (
                Note("info", "at work", {"number": 1}),
                SetTimer("soon", 0),
                Compute("double", other_process, (21,)),
                Compute("fail", failing, ("no solution",)),
            )
        if isinstance(event, TimerFired):
            raise RuntimeError("a fault of the agent")
        return ()

    async def run() -> None:
        agents: dict[str, Scripted] = {}
        network = make_network(
            tmp_path, agents={"v1": [("worker", "v1")]}, kinds=kinds_of(agents, {"worker": work})
        )
        async with network.running(*VALIDATORS) as nodes:
            await eventually(lambda: len(agents["worker"].seen(Computed)) == 2)
            done = {
                event.tag: event for event in agents["worker"].seen(Computed) if isinstance(event, Computed)
            }
            assert done["double"].result[0] == 42
            assert done["double"].result[1] != os.getpid()
            assert done["fail"].error == "ValueError: no solution"
            assert TimerFired("soon") in agents["worker"].events
            # The fault stopped neither the agent nor the node.
            await height_of_all(nodes, nodes[0].chain.height + 2)

    asyncio.run(run())


def test_a_flood_of_messages_loses_only_those_of_who_floods(tmp_path: Path) -> None:
    async def run() -> None:
        alice, bob, carol = (key_of(name) for name in ("alice", "bob", "carol"))
        agent = Scripted(alice.address, stay_silent)
        network = make_network(tmp_path)
        head = genesis_head(network.genesis, standard_rules(network.genesis).application)
        outside = Outside(lambda: Slot(0), lambda _: None, lambda _: 0, lambda _: False)
        host = AgentHost([Resident(agent, alice)], HeadView(network.genesis, head), outside)
        flood = SENDER_BYTES_MAX // MESSAGE_BYTES_MIN
        for _ in range(flood + 100):
            host.receive(AgentMessage(bob.address, alice.address, "flood", b""))
        for _ in range(3):
            host.receive(AgentMessage(carol.address, alice.address, "large", bytes(SENDER_BYTES_MAX // 2)))
        running = asyncio.create_task(host.run())
        await eventually(lambda: len(agent.seen(MessageReceived)) == flood + 2)
        host.receive(AgentMessage(bob.address, alice.address, "later", b""))
        await eventually(lambda: len(agent.seen(MessageReceived)) == flood + 3)
        running.cancel()

    asyncio.run(run())
