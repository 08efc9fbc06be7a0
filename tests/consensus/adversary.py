"""The adversary: has the keys of the Byzantine validators, hears all that is said, and says what it likes.

Its validators collude. Each may besides run the protocol, once or twice (twins), and hold back messages
(scenario.Byzantine). What it cannot do is to sign for others, or to speak over another's connection.
"""

import random
from collections import defaultdict
from typing import TYPE_CHECKING

from consensus.messages import Commit, Message, Status
from ledger.quantities import Height
from tests.consensus.forgery import LIE_MAX, Forger
from tests.consensus.hearsay import Hearsay
from tests.consensus.node import Node
from tests.consensus.scenario import Tactic

if TYPE_CHECKING:
    from tests.consensus.simulator import Simulation

MOVE_MS = 300
"""Between two moves, on average."""
REACTION_MS = 60
"""Within which it endorses what it hears."""
HEIGHTS_HEARD = 3


class Adversary:
    """Makes a move every now and then, if it has anybody and anything to do."""

    def __init__(self, world: "Simulation") -> None:
        self.world = world
        self.dice = random.Random(f"adversary {world.seed}")
        self.places = tuple([liar.place for liar in world.scenario.byzantine])
        self.tactics = sorted(world.scenario.tactics, key=lambda tactic: tactic.name)
        self.heard: dict[int, Hearsay] = defaultdict(Hearsay)
        self.is_defeated = self.dice.random() < 0.5
        """Whether its validators are gone for good once all heals."""
        self._is_endorsing = False
        self.is_idle = not (self.places and self.tactics)
        if not self.is_idle:
            world.timeline.after(MOVE_MS, self._move_again)

    def overhear(self, message: Message) -> None:
        """Whatever the others send: soon it endorses what they agree on."""
        if self.is_idle:
            return
        self._note(message)
        if Tactic.ENDORSE in self.tactics and not isinstance(message, Commit) and not self._is_endorsing:
            self._is_endorsing = True
            self.world.timeline.after(self.dice.randint(1, REACTION_MS), self._endorse)

    def _endorse(self) -> None:
        self._is_endorsing = False
        self._move(Tactic.ENDORSE)

    def _note(self, message: Message) -> None:
        if isinstance(message, Status):
            return
        self.heard[message.height].hear(message)
        if len(self.heard) > HEIGHTS_HEARD:
            del self.heard[min(self.heard)]

    def told_height(self, node: Node) -> Height:
        """What a node tells of its head."""
        if node.is_honest or Tactic.MISLEAD not in self.tactics:
            return node.height
        return Height(self.dice.choice((0, node.height, node.height + self.dice.randint(1, LIE_MAX))))

    def served(self, node: Node, block: bytes | None) -> bytes | None:
        """What a node answers if it is asked for a block."""
        if node.is_honest:
            return block
        return self.dice.choice((block, None, self.dice.randbytes(100)))

    def _move_again(self) -> None:
        self.world.timeline.after(self.dice.randint(1, 2 * MOVE_MS), self._move_again)
        self._move(self.dice.choice(self.tactics))
        if Tactic.PROPOSE in self.tactics:
            self._move(Tactic.PROPOSE)

    def _move(self, tactic: Tactic) -> None:
        """All of the adversary's validators, at the height and round of an honest one."""
        witnesses = [node for node in self.world.honest if node.machine is not None]
        if not witnesses:
            return
        witness = self.dice.choice(witnesses)
        for place in self.places:
            forger = self._forger(place, witness)
            for message in forger.lies(tactic) if forger is not None else ():
                self.world.count(f"lies: {tactic.name.lower()}")
                self._post(place, message)

    def _forger(self, place: int, witness: Node) -> Forger | None:
        assert witness.machine is not None
        state = witness.machine.state
        members = {place: state.committee.index_of(self.world.nodes[place].address) for place in self.places}
        me = members[place]
        if me is None:
            return None
        accomplices = tuple([member for member in members.values() if member is not None])
        slot = witness.config.slots.at(self.world.now)
        heard = self.heard[state.height]
        return Forger(me, accomplices, state, witness.disk.head_digest, slot, heard, self.dice)

    def _post(self, place: int, message: Message) -> None:
        """To all of the others, or to some."""
        self._note(message)
        self.world.note(self.world.nodes[place], f"lies {message!r:.120}")
        chance = self.dice.choice((1.0, 0.5))
        for peer in self.world.nodes:
            if peer.place != place and self.dice.random() < chance:
                self.world.post(place, message, peer.place)
