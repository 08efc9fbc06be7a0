"""Known diseases of committees, after outages: what has stopped others' chains does not stop this one.

Outages, timers and slots are as long as in earnest; time is virtual.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

import pytest

from consensus.messages import Commit, Message, Proposal, Status
from ledger.genesis import Timers
from ledger.quantities import Height
from tests.consensus.world import START_MS, Actor, World

TIMERS = Timers()
"""10 s, doubling up to 120 s; said again every 15 s."""
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
TRAVEL_MS = 100
"""More than a block needs to be built, sent, checked and voted on here."""
FLAP_MS = 7_000
Story: TypeAlias = Callable[[World], None]
Links: TypeAlias = Callable[[Actor, Actor, Message | None], bool]

KINDS = 4
"""Of votes: what one can have said in a round."""


def started(members: int = 4, slot_ms: int = MINUTE_MS) -> World:
    world = World(members, slot_ms, TIMERS)
    world.start()
    return world


def one_too_many_is_down(world: World) -> None:
    """They go one after the other, so that the rest are not in one round."""
    for actor in world.actors[: world.founders.faulty_max + 1]:
        world.stop(actor)
        world.run(7_000)


def one_too_many_is_cut_off(world: World) -> None:
    cut = world.actors[: world.founders.faulty_max + 1]
    world.links = lambda one, other, _: (one in cut) == (other in cut)


def commits_are_lost(world: World) -> None:
    world.links = lambda one, other, message: not isinstance(message, Commit)


def nothing_is_valid(world: World) -> None:
    """So rounds end, and the next ones begin, all day."""
    world.is_valid = lambda block: False


def repair(world: World) -> None:
    world.links, world.is_valid = lambda *_: True, lambda _: True
    world.start(*[actor for actor in world.actors if actor.machine is None])


@pytest.mark.parametrize(
    ("members", "outage"),
    [
        (4, one_too_many_is_down),
        (7, one_too_many_is_down),
        (4, one_too_many_is_cut_off),
        (4, nothing_is_valid),
    ],
)
def test_a_backoff_that_outlives_the_outage(members: int, outage: Story) -> None:
    """Timeouts that double as long as nothing is decided are of a day after a day, and a day too long."""
    world = started(members)
    world.run(5 * MINUTE_MS)
    outage(world)
    stuck = max(actor.height for actor in world.actors)
    world.run(24 * HOUR_MS)
    assert max(actor.height for actor in world.actors) <= stuck + 1

    repair(world)
    goal = max(actor.height for actor in world.actors) + 1
    assert world.run(TIMERS.cap_ms + TRAVEL_MS, until=lambda: world.have(goal))
    assert world.run(5 * MINUTE_MS, until=lambda: world.have(goal + 4)), "and it goes on, a block a slot"


def all_lines_flap(world: World) -> None:
    """They are up for one second of seven."""
    world.links = lambda one, other, message: world.now // 1_000 % (FLAP_MS // 1_000) == 0

    def flap() -> None:
        for one in world.actors:
            for other in world.actors:
                if one.address < other.address:
                    world.reconnect(one, other)
        world.after(FLAP_MS, flap)

    world.after(FLAP_MS - world.now % FLAP_MS, flap)


@pytest.mark.parametrize(
    ("members", "outage"),
    [
        (4, one_too_many_is_down),
        (4, one_too_many_is_cut_off),
        (4, nothing_is_valid),
        (4, commits_are_lost),
        (4, all_lines_flap),
        (7, nothing_is_valid),
    ],
)
def test_a_storm_of_round_changes(members: int, outage: Story) -> None:
    """Whoever answers round changes with round changes, or doubles what it says, drowns the network."""
    world = started(members)
    world.run(5 * MINUTE_MS)
    outage(world)
    world.run(HOUR_MS)  # by now, timeouts are as long as they become
    before = world.messages
    world.run(HOUR_MS)
    assert world.messages - before <= messages_an_hour(members, is_flapping=outage is all_lines_flap)


def messages_an_hour(members: int, is_flapping: bool) -> int:
    """At most, for all together, when nothing gets on.

    Of each to each other: what it says in its round when it begins, the rounds being at the cap; the same at
    each tick, and once between two of them for whoever lags; and whenever a connection comes up. Of blocks in
    good weather between, there is at most one a slot.
    """
    rounds = HOUR_MS // TIMERS.cap_ms + 1
    ticks = HOUR_MS // TIMERS.resend_ms + 1
    connections = HOUR_MS // FLAP_MS + 1 if is_flapping else 0
    blocks = HOUR_MS // MINUTE_MS if is_flapping else 0
    return members * (members - 1) * KINDS * (rounds + 2 * ticks + connections + blocks)


def decide_two(world: World) -> None:
    world.start()
    world.run(10 * MINUTE_MS, until=lambda: world.have(2))


def decide_one_in_a_later_round(world: World) -> None:
    """The proposer of round 0 is down."""
    world.start(*[actor for actor in world.actors if actor.name != "1"])
    world.run(10 * MINUTE_MS, until=lambda: world.have(1))


def all_is_well(one: Actor, other: Actor, message: Message | None) -> bool:
    return True


def rounds_must_change(one: Actor, other: Actor, message: Message | None) -> bool:
    return not (isinstance(message, Commit) and message.height < 3 and message.round < 2)


@pytest.mark.parametrize("story", [decide_two, decide_one_in_a_later_round])
@pytest.mark.parametrize("links", [all_is_well, rounds_must_change])
def test_a_restart_of_all_at_once_at_every_point(story: Story, links: Links) -> None:
    """After each event of a story, the power fails everywhere; nothing is lost, forgotten or contradicted."""
    whole = World(4, 20_000, TIMERS)
    story(whole)
    assert whole.events >= 50
    for events in range(1, whole.events + 1):
        world = World(4, 20_000, TIMERS)
        restart_after(world, events, links)
        story(world)
        assert world.run(2 * TIMERS.cap_ms, until=lambda world=world: world.have(3)), f"after event {events}"


def restart_after(world: World, events: int, links: Links) -> None:
    step = world.step

    def count(actor: Actor, event: object) -> None:
        step(actor, event)  # type: ignore[arg-type]
        if world.events == events:
            world.step = step  # type: ignore[method-assign]
            world.stop()
            world.links = links
            world.after(1_000, world.start)

    world.step = count  # type: ignore[method-assign]


def test_a_wiped_validator_that_rejoins() -> None:
    """It may have voted at the height that is in progress, and knows no more of it."""
    world = started(slot_ms=10_000)
    world.run(60_000)
    wiped, others = world.actors[3], world.actors[:3]
    heard: list[Height] = []

    def listen(actor: Actor, message: Message) -> None:
        if actor is wiped and not isinstance(message, Status):
            heard.append(message.height)

    # It falls in the middle of a round, when it has prepared a block that nobody decided on.
    world.links = lambda one, other, message: not isinstance(message, Commit)
    world.run(10_500)
    head = max(actor.height for actor in world.actors)
    world.stop(wiped)
    world.wipe(wiped)
    world.on_said = listen
    world.links = lambda *_: True
    world.start(wiped)
    world.run(60_000)
    assert min(heard) == head + 3, "two above the highest head that the others told"

    world.stop(others[0])
    goal = others[1].height + 2
    assert world.run(2 * MINUTE_MS, until=lambda: world.have(goal)), "now its vote is needed"


def test_a_prepared_block_is_proposed_again_byte_for_byte() -> None:
    """A block that may have been decided must not be built anew; its slot is over meanwhile."""
    world = started(slot_ms=10_000)
    proposed: list[Proposal] = []
    world.on_said = lambda _, message: proposed.append(message) if isinstance(message, Proposal) else None
    world.links = lambda _, __, message: not (isinstance(message, Commit) and message.round < 2)
    assert world.run(2 * MINUTE_MS, until=lambda: world.have(1))
    first, *_ = proposed
    again = {proposal.round: proposal for proposal in proposed if proposal.height == 1}
    assert sorted(again) == [0, 1, 2]
    assert {proposal.block for proposal in again.values()} == {first.block}
    block, seals = world.actors[0].chain[0]
    assert (block.raw, block.round, seals.round) == (first.block, 0, 2)
    assert world.now // world.slot_ms > block.slot


def test_a_late_block_keeps_the_timestamp_of_its_slot() -> None:
    """Prepared before a long outage, decided after it; the next slot is the clock's, the missed ones stay."""
    world = started(slot_ms=10_000)
    world.run(25_000)
    world.links = lambda _, __, message: not isinstance(message, Commit)
    world.run(10_000)
    world.stop()
    world.links = lambda *_: True
    height = world.actors[0].height + 1
    slot = START_MS // world.slot_ms + height - 1
    world.run(HOUR_MS)
    world.start()
    assert world.run(TIMERS.cap_ms, until=lambda: world.have(height + 1))
    late, (block, _) = world.actors[0].chain[height - 1], world.actors[0].chain[height]
    assert late[0].slot == slot
    assert block.slot == world.now // world.slot_ms >= slot + HOUR_MS // world.slot_ms
    assert all(one.slot < other.slot for (one, _), (other, _) in pairwise(world.actors[0].chain))
