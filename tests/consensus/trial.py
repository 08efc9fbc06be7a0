"""One seed: chaos first, then all heals but what a quorum can do without, and the committee must decide."""

from collections.abc import Callable

from ledger.committee import Committee
from tests.consensus.chaos import befall, join, reveal
from tests.consensus.node import Node
from tests.consensus.scenario import (
    CHAOS_STEP_MS,
    DELAY_MS,
    DRIFT_PPM_MAX,
    WORK_MS,
    Faults,
    Scenario,
    scenario_of,
)
from tests.consensus.simulator import Simulation
from tests.consensus.watch import Stuck, Violation

BIRTH_MS_MAX = 500


def simulate(
    seed: int,
    scenario: Scenario | None = None,
    trace: Callable[[str], None] | None = None,
    sought: type[Violation] = Violation,
) -> Simulation:
    """One run; raises Violation, of the kind that is sought."""
    scenario = scenario or scenario_of(seed)
    world = Simulation(scenario, seed, trace)
    world.watch.sought = sought
    for node in [*world.nodes, *world.twins]:
        world.timeline.after(world.dice.randint(0, BIRTH_MS_MAX), lambda node=node: world.start(node))
    for _ in range(scenario.chaos_ms // CHAOS_STEP_MS):
        world.run(CHAOS_STEP_MS)
        befall(world)
    up = heal(world)
    if up:
        require_progress(world, up)
    return world


def heal(world: Simulation) -> list[Node]:
    """End all faults but the loss of as many as a quorum can do without; returns the honest who are up."""
    world.faults = Faults()
    world.network.deafen()
    reveal(world)
    join(world)
    up = survivors(world)
    for node in [*world.nodes, *world.twins]:
        node.disk.is_full = False
        if not (node.is_honest or world.adversary.is_defeated):
            world.count("liars: go on when all heals")
        node.clock.discipline(world.scenario.skews_ms[node.place])
        world.resume(node)
        if node in up:
            world.start(node)
        elif node.is_honest or world.adversary.is_defeated:
            node.machine, node.is_lost = None, True
        else:
            world.start(node)
    return up


def survivors(world: Simulation) -> list[Node]:
    """Honest validators, drawn until a quorum of the next height's committee is among them that can vote.

    Nobody, if too many keys rejoin: nothing is promised then but safety.
    """
    drawn = world.dice.sample(world.honest, len(world.honest))
    least = world.dice.randint(1, len(drawn))
    for count in range(least, len(drawn) + 1):
        if is_quorum(drawn[:count]):
            return drawn[:count]
    if not any(node.is_rejoining for node in drawn):
        raise Stuck("the honest are no quorum")
    world.count("no quorum left")
    return []


def is_quorum(nodes: list[Node]) -> bool:
    """Whether they can decide on the block above the highest of their heads."""
    highest = max(nodes, key=lambda node: node.height)
    committee = highest.disk.committee(highest.height + 1)
    return len(able(nodes, committee)) >= committee.quorum


def able(nodes: list[Node], committee: Committee) -> list[Node]:
    """Those that have a vote and may cast it."""
    return [node for node in nodes if not node.is_rejoining and committee.index_of(node.address) is not None]


def require_progress(world: Simulation, up: list[Node]) -> None:
    """All of them decide once more in time. Raises Violation."""
    goal = max(node.height for node in up) + 1
    bound = commit_bound_ms(world, up)
    if not world.run(bound, until=lambda: all(node.height >= goal for node in up)):
        heights = [node.height for node in up]
        raise Stuck(f"{bound} ms after all healed, heights are {heights}, and not {goal}")


def commit_bound_ms(world: Simulation, up: list[Node]) -> int:
    """By when a healed quorum has decided once more.

    The slot of the next block opens: in a slot's length, or later if clocks that were fast have pushed the
    chain ahead of time. Two ticks until all know the highest round and whoever is behind has synced. Then at
    most the round that runs, one more in which not all take part yet, one for each absent or Byzantine
    proposer in a row and the one that decides; each up to the cap, and a tick for its round changes. All by
    the slowest timers.
    """
    scenario = world.scenario
    timers, work_ms = scenario.timers, 10 * (WORK_MS + DELAY_MS)
    highest = max(up, key=lambda node: node.height)
    committee = highest.disk.committee(highest.height + 1)
    absent = len(committee) - len(able(up, committee))
    opens = highest.config.slots.start(highest.head.slot + 1) + timers.skew_ms
    waiting_ms = max(0, opens - world.now)
    round_ms = timers.cap_ms + timers.resend_ms + work_ms
    bound = waiting_ms + 2 * timers.resend_ms + (absent + 3) * round_ms
    return bound + bound * 2 * DRIFT_PPM_MAX // 10**6
