"""Whole committees in weather that the test makes: what operators will live through."""

import random
from dataclasses import dataclass, replace
from functools import partial

import pytest

from ledger.genesis import Timers
from tests.consensus.committee import TIMERS
from tests.consensus.disk import Crash, Disk
from tests.consensus.node import Node
from tests.consensus.scenario import Faults, Scenario
from tests.consensus.simulator import Simulation
from tests.consensus.timeline import START_MS

DEFAULT_TIMERS = Timers()
"""10 s, doubling up to 120 s; round changes again every 15 s."""


def calm(members: int = 4, slot_ms: int = 1_000, timers: Timers = TIMERS) -> Simulation:
    scenario = Scenario(members, slot_ms, 0, Faults(), (0,) * members, timers)
    world = Simulation(scenario, seed=1)
    for node in world.nodes:
        world.start(node)
    return world


def stop(*nodes: Node) -> None:
    for node in nodes:
        node.machine = None


def heights(world: Simulation) -> set[int]:
    return {node.height for node in world.nodes if node.machine is not None}


def slots(node: Node) -> list[int]:
    return [block.slot for block, _ in node.disk.chain]


@pytest.mark.parametrize("members", [1, 2, 3, 4, 7, 22])
def test_in_fair_weather_there_is_a_block_in_every_slot(members: int) -> None:
    world = calm(members)
    world.run(10_500)
    assert heights(world) == {11}
    first = START_MS // 1_000
    assert slots(world.nodes[0]) == list(range(first, first + 11))
    assert all(block.round == 0 for block, _ in world.nodes[0].disk.chain)


def test_with_a_third_down_there_is_a_block_in_every_long_slot() -> None:
    world = calm(members=7, slot_ms=60_000, timers=DEFAULT_TIMERS)
    stop(world.nodes[1], world.nodes[2])
    world.run(10 * 60_000)
    first = START_MS // 60_000 + 1  # the slot in which they start is nearly over
    assert slots(world.nodes[6]) == list(range(first, first + 10))


def test_a_validator_that_was_away_catches_up_and_votes() -> None:
    world = calm()
    world.run(2_000)
    stop(world.nodes[3])
    world.run(60_000)
    world.start(world.nodes[3])
    stop(world.nodes[0])
    goal = world.nodes[1].height + 3
    assert world.run(20_000, until=lambda: min(heights(world)) >= goal), "its vote is needed for a quorum"


def test_two_of_four_killed_stop_the_chain_and_their_return_starts_it() -> None:
    world = calm(slot_ms=700, timers=replace(TIMERS, base_ms=1_500))
    world.run(5_000)
    stop(world.nodes[1], world.nodes[2])
    world.run(1_000)
    before = max(heights(world))
    world.run(120_000)
    assert max(heights(world)) == before
    world.start(world.nodes[1])
    world.start(world.nodes[2])
    assert world.run(TIMERS.cap_ms, until=lambda: min(heights(world)) > before)


def test_a_prepared_block_that_only_the_crashed_had_seen_decided_is_decided_again() -> None:
    world = calm()
    world.run(2_500)
    world.faults = Faults(crash_at_decision=1.0)
    world.run(1_000)
    decided = dict(world.watch.decided)
    world.faults = Faults()
    assert world.run(20_000, until=lambda: min(heights(world), default=0) > max(decided))
    for node in world.nodes:
        for block, _ in node.disk.chain[: max(decided)]:
            assert decided[block.height] == block.digest


@pytest.mark.parametrize("way", ["first torn", "second torn", "flushed"])
@pytest.mark.parametrize("member", [0, 1])
def test_a_crash_at_every_single_write_of_a_validator(member: int, way: str) -> None:
    for nth in range(12):
        world = calm_with_crash(member, nth, way)
        assert world.run(15_000, until=partial(all_have, world, height=4)), f"write {nth}"


def all_have(world: Simulation, height: int) -> bool:
    return all(node.height >= height for node in world.nodes)


def calm_with_crash(member: int, nth: int, way: str) -> Simulation:
    """A committee in which the nth write of one validator fails in one of its ways."""
    world = Simulation(Scenario(4, 1_000, 0, Faults(), (0,) * 4), seed=1)
    disk = world.nodes[member].disk
    world.nodes[member].disk = FailingDisk(disk.public_key, disk.copies, disk.founders, nth=nth, way=way)
    for node in world.nodes:
        world.start(node)
    return world


@dataclass
class FailingDisk(Disk):
    """Its nth write fails in one of the ways."""

    nth: int = 0
    way: str = ""
    writes: int = 0

    def append(self, frames: bytes, crash: float, dice: random.Random) -> None:
        torn = [copy + frames[: len(frames) // 2] for copy in self.copies]
        self._fail(torn, [copy + frames for copy in self.copies])
        super().append(frames, crash, dice)

    def rewrite(self, image: bytes, crash: float, dice: random.Random) -> None:
        self._fail(self.copies, [image, image])
        super().rewrite(image, crash, dice)

    def _fail(self, torn: list[bytes], whole: list[bytes]) -> None:
        self.writes += 1
        if self.writes == self.nth + 1:
            self.copies = {
                "first torn": [torn[0], self.copies[1]],
                "second torn": [whole[0], torn[1]],
                "flushed": whole,
            }[self.way]
            raise Crash
