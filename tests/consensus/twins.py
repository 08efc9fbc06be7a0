"""Twins: two honest machines with one key make a Byzantine validator, and to enumerate what the network does
to them is to enumerate attacks (Bano et al., "Twins: BFT Systems Made Robust", OPODIS 2021).

Of four validators one has a twin, so there are five instances. A schedule says which validator it is, and so
in which round it proposes; and of each round, on which side of the network everyone is (it is whole or
falls in two, since no further part could get anywhere), and who of the honest hears prepares and commits: a
lock or a decision that only some have seen is what a protocol can forget. The twins hear all prepares and no
commit, and so never rest. After these rounds all is well for good, and everyone must come to one decision.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, NamedTuple, TypeAlias

from consensus.messages import Commit, Message, Prepare, Status
from tests.consensus.committee import TIMERS
from tests.consensus.watch import Violation
from tests.consensus.world import Actor, World

MEMBERS: Final = 4
TWIN: Final = MEMBERS
"""The instance that is a copy of another."""
ROUNDS: Final = 2
"""Scheduled ones."""
SIDES: Final = 2**MEMBERS
"""Ways for five to be on two sides: those on the side of the first are not told from it."""
EARS: Final = 2 ** (MEMBERS - 1)
"""Ways for the three honest to hear or not."""
SLOT_MS: Final = 1_000_000
"""So long that there is one height."""
HEALS_MS: Final = 3 * (TIMERS.base_ms + TIMERS.resend_ms)
BOUND_MS: Final = 2 * TIMERS.resend_ms + (ROUNDS + 2) * (TIMERS.cap_ms + TIMERS.resend_ms)
"""By when all have decided after that."""

Bits: TypeAlias = tuple[int, ...]
"""One for each instance."""


class Weather(NamedTuple):
    """Of one round."""

    sides: Bits
    """The first instance is on side 0."""
    prepares: Bits
    """Who hears them, of those on a sender's side."""
    commits: Bits
    """Who hears them, from whichever side."""


@dataclass(frozen=True, order=True)
class Schedule:
    """One attack."""

    twinned: int
    """The member that has a twin; in round 0 of height 1 member 1 proposes, in round 1 member 2, ...."""
    rounds: tuple[Weather, ...]

    def is_linked(self, sender: int, receiver: int, round: int, kind: type[Message]) -> bool:
        """Whether a message passes from one instance to another."""
        if round >= len(self.rounds):
            return True
        sides, prepares, commits = self.rounds[round]
        if kind is Commit:
            return bool(commits[receiver])
        return sides[sender] == sides[receiver] and (kind is not Prepare or bool(prepares[receiver]))

    def mirrored(self) -> "Schedule":
        """The same attack, with the two copies exchanged."""
        rounds = [weather._replace(sides=self._mirror(weather.sides)) for weather in self.rounds]
        return Schedule(self.twinned, tuple(rounds))

    def _mirror(self, sides: Bits) -> Bits:
        places = list(range(MEMBERS + 1))
        places[self.twinned], places[TWIN] = TWIN, self.twinned
        return tuple([sides[place] ^ sides[places[0]] for place in places])


def schedules(twinned: int) -> Iterator[Schedule]:
    """All in which this member has a twin; of two that mirror each other, one."""
    for rounds in product(*_weathers(twinned)):
        schedule = Schedule(twinned, rounds)
        if schedule <= schedule.mirrored():
            yield schedule


def some_schedules(count: int, dice: random.Random) -> list[Schedule]:
    """As many at random."""
    weathers = [_weathers(twinned) for twinned in range(MEMBERS)]
    twinned = [dice.randrange(MEMBERS) for _ in range(count)]
    return [Schedule(place, tuple([dice.choice(them) for them in weathers[place]])) for place in twinned]


def _weathers(twinned: int) -> list[list[Weather]]:
    """Of each round. In the last, everyone hears prepares: that a lock is lost on some would not show."""
    heard = list(product((0, 1), repeat=MEMBERS - 1))
    prepares = [(*ears[:twinned], 1, *ears[twinned:], 1) for ears in heard]
    commits = [(*ears[:twinned], 0, *ears[twinned:], 0) for ears in heard]
    sides = [(0, *others) for others in product((0, 1), repeat=MEMBERS)]
    weathers = [Weather(*of_all) for of_all in product(sides, prepares, commits)]
    return [weathers] * (ROUNDS - 1) + [[weather for weather in weathers if all(weather.prepares)]]


def play(schedule: Schedule) -> World:
    """Have it happen. Raises Violation if two honest ones decide differently, or one is accused or stuck."""
    world = World(MEMBERS, SLOT_MS)
    world.actors.append(world.actor(schedule.twinned, "twin"))
    world.liars = {world.actors[TWIN].address}
    instances = {actor: place for place, actor in enumerate(world.actors)}
    heals = world.now + HEALS_MS

    def links(sender: Actor, receiver: Actor, message: Message | None) -> bool:
        ends = instances[sender], instances[receiver]
        return world.now >= heals or schedule.is_linked(*ends, _round(sender, message), type(message))

    world.links = links
    world.start()
    honest = [actor for actor in world.actors if actor.address not in world.liars]
    if not world.run(HEALS_MS + BOUND_MS, until=lambda: all(actor.height for actor in honest)):
        raise Violation(f"{[actor.name for actor in honest if not actor.height]} decide nothing")
    if world.accused - world.liars:
        raise Violation("somebody honest is accused")
    return world


def _round(sender: Actor, message: Message | None) -> int:
    """Of a message; whoever asks for a block does it in its own round."""
    if message is None or isinstance(message, Status):
        return 0 if sender.machine is None else sender.machine.state.round.number
    return message.round
