"""Known diseases of committees that keep slots: timers tied to the slot, votes before it, blocks after it."""

import pytest

from consensus.events import MessageReceived
from consensus.messages import ROUND_MAX, Message, RoundChange
from consensus.timeouts import round_timeout_ms
from ledger.genesis import Timers
from ledger.quantities import Round
from tests.consensus.committee import signed
from tests.consensus.world import Actor, World

TIMERS = Timers()
"""10 s, doubling up to 120 s; said again every 15 s."""
QUARTER_MS = 900_000
TRAVEL_MS = 100
"""More than a block needs to be built, sent, checked and voted on here."""


def started(members: int = 4) -> World:
    """At height 1, in the slot after that of the first block, which is still to open."""
    world = World(members, QUARTER_MS, TIMERS)
    world.start()
    assert world.run(TRAVEL_MS, until=lambda: world.have(1))
    return world


@pytest.mark.parametrize(("members", "dead"), [(4, 1), (7, 1), (7, 2)])
def test_a_long_slot_with_a_dead_proposer(members: int, dead: int) -> None:
    """A timer of the slot's length would lose a quarter of an hour for each."""
    world = started(members)
    opens = world.opens(world.actors[0])
    world.stop(*[world.actors[(2 + round_) % members] for round_ in range(dead)])
    patience = sum(round_timeout_ms(TIMERS, round_) for round_ in range(dead))
    assert not world.run(opens - world.now + patience, until=lambda: world.have(2))
    # Everyone's timer runs out at once here, and so the next proposer needs no more than a few messages.
    assert world.run(TRAVEL_MS, until=lambda: world.have(2))
    block, seals = world.actors[0].chain[1]
    assert (block.slot, block.round, seals.round) == (opens // QUARTER_MS, dead, dead)


def test_no_round_change_before_the_slot_opens() -> None:
    """Round 0 would be over before it began, at every height."""
    world = World(4, 60_000, TIMERS)
    early: list[Message] = []

    def look(actor: Actor, message: Message) -> None:
        if isinstance(message, RoundChange) and world.now < world.opens(actor) + TIMERS.base_ms:
            early.append(message)

    world.on_said = look
    world.start()
    world.run(150_000)
    world.stop(world.actors[0])
    world.run(600_000)
    assert not early
    assert {block.round for block, _ in world.actors[1].chain} == {0, 1}


@pytest.mark.parametrize("round_", [1, 2, ROUND_MAX])
def test_an_early_round_change_of_one_does_no_harm(round_: int) -> None:
    world = started()
    opens = world.opens(world.actors[0])
    tell_round_change(world, round_, 3)
    world.run(opens - world.now - 1)
    assert {actor.machine.state.round.number for actor in world.up if actor.machine} == {0}
    assert world.run(1 + TRAVEL_MS, until=lambda: world.have(2))
    assert world.actors[0].chain[1][0].round == 0


@pytest.mark.parametrize("round_", [1, 2])
def test_early_round_changes_of_many_wait_for_the_slot(round_: int) -> None:
    """As from clocks that are far ahead: an honest one among them, so they are followed, but not yet."""
    world = started()
    opens = world.opens(world.actors[0])
    tell_round_change(world, round_, 2, 3)
    world.run(opens - world.now - 1)
    assert {actor.machine.state.round.number for actor in world.up if actor.machine} == {0}
    bound = TRAVEL_MS + 2 * TIMERS.resend_ms + round_timeout_ms(TIMERS, round_)
    assert world.run(1 + bound, until=lambda: world.have(2))


def tell_round_change(world: World, round_: int, *members: int) -> None:
    """Their clocks, not they themselves, are wrong: whoever is told does not know that."""
    for member in members:
        vote = signed(
            RoundChange(world.actors[0].head.height + 1, Round(round_), None), world.founders, member
        )
        for actor in world.actors:
            if actor is not world.actors[member]:
                world.step(actor, MessageReceived(world.actors[member].address, vote))
