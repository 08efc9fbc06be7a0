"""The network: who reaches whom, and how long it takes."""

import random
from collections.abc import Iterable

from tests.consensus.scenario import DELAY_MS, LATE_MS, Faults


class Network:
    """Links between places; what is sent over one may come late, twice, in another order, or not."""

    def __init__(
        self, places: Iterable[int], bridges: frozenset[int], faults: Faults, dice: random.Random
    ) -> None:
        self.places = tuple(places)
        self.bridges = bridges
        """Who is on all sides of a split network: liars at their worst."""
        self.faults = faults
        self.sides: dict[int, int] = {}
        """Of a split network; whoever is not in it is on side 0."""
        self.deaf: set[tuple[int, int]] = set()
        """Dead directions, from one validator to another."""
        self.unheard: int | None = None
        """Of whom nothing comes through."""
        self._dice = dice

    def is_linked(self, one: int, other: int) -> bool:
        """Whether a connection between them is up."""
        return self.sides.get(one, 0) == self.sides.get(other, 0) or not self.bridges.isdisjoint((one, other))

    def can_ask(self, one: int, other: int) -> bool:
        """Whether a question and its answer come through."""
        deaf = self.deaf
        is_dead = deaf and ((one, other) in deaf or (other, one) in deaf)
        return self.is_linked(one, other) and not is_dead and self.unheard not in (one, other)

    def delays(self, sender: int, receiver: int) -> list[int]:
        """After how long each copy of a message comes; none if it is lost."""
        chance, faults = self._dice.random, self.faults
        is_dead = sender == self.unheard or (sender, receiver) in self.deaf
        if is_dead or chance() < faults.loss:
            return []
        copies = 2 if chance() < faults.duplication else 1
        return [1 + int(chance() * (LATE_MS if chance() < faults.late else DELAY_MS)) for _ in range(copies)]

    def deafen(self) -> None:
        """Choose anew which directions are dead: some at random, or all from one group to the others."""
        dice, places = self._dice, self.places
        pairs = [(one, other) for one in places for other in places]
        self.deaf = {pair for pair in pairs if dice.random() < self.faults.deaf}
        if dice.random() < self.faults.one_way:
            muted = {place for place in places if dice.random() < 0.5}
            self.deaf |= {(one, other) for one, other in pairs if one in muted and other not in muted}

    def split(self) -> None:
        """Fall in two."""
        self.sides = {place: self._dice.randint(0, 1) for place in self.places}

    def join(self) -> list[tuple[int, int]]:
        """Be one again; returns who can reach each other now and could not before."""
        cut = [
            (one, other)
            for place, one in enumerate(self.places)
            for other in self.places[place + 1 :]
            if not self.is_linked(one, other)
        ]
        self.sides = {}
        return cut
