"""One run of the distributed optimisation, as the ENO's agent coordinates it (solving/admm.py).

It tells every owner a price and takes their answers, and never sees a curve. Who does not answer in time is
told once more, then left out, and the others go on. Who answers absurdly has not answered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from contracts.agent import SendMessage
from contracts.response.agents.messages import AnswerMessage, IterateMessage
from contracts.response.solving.admm import Coordinator
from contracts.response.solving.numbers import read_number, write_number
from crypto.address import Address
from ledger.errors import DecodeError


@dataclass(slots=True)
class Agreeing:
    """A run: `begin`, `take` what comes, `lose_patience` where nothing does, until it is over."""

    event: int
    run: int
    coordinator: Coordinator
    owners: Mapping[int, Address]
    """By resource that sealed a quote."""
    capacities_w: Mapping[int, int]
    """By resource: the most that it is certified for."""
    is_over: bool = False
    awaited: set[int] = field(default_factory=set)
    """Resources that have not answered yet."""
    answers_w: dict[int, int] = field(default_factory=dict)
    """By resource: its last answer, in whole W."""
    dropped: list[int] = field(default_factory=list)
    _turn: int = -1
    _is_resent: bool = False

    def begin(self) -> Iterator[SendMessage]:
        """Tell everybody the price, as it stands now."""
        self.awaited = {*self.coordinator.participants}
        self.is_over = not self.awaited
        self._is_resent = False
        yield from self._tell()

    def take(self, sender: Address, message: AnswerMessage) -> Iterator[SendMessage]:
        """An answer; with the last one that is awaited, the next turn begins or the run is over."""
        number = message.resource
        if self.is_over or message.turn != self._turn or number not in self.awaited:
            return
        if sender != self.owners[number] or not self._keep(number, message.response_w):
            return
        self.awaited.remove(number)
        if not self.awaited:
            yield from self._advance()

    def lose_patience(self) -> Iterator[SendMessage]:
        """Too long since the last turn."""
        if self.is_over:
            return
        if not self._is_resent:
            self._is_resent = True
            yield from self._tell()
            return
        for number in sorted(self.awaited):
            self.coordinator.drop(number)
            self.answers_w.pop(number, None)
            self.dropped.append(number)
        yield from self._advance()

    def _advance(self) -> Iterator[SendMessage]:
        if self.coordinator.participants and self.coordinator.advance():
            yield from self.begin()
        else:
            self.is_over = True

    def _tell(self) -> Iterator[SendMessage]:
        for number in sorted(self.awaited):
            iterate = self.coordinator.iterate(number)
            self._turn = iterate.number
            price_ukwh, stiffness = write_number(iterate.price_ukwh), write_number(iterate.stiffness)
            message = IterateMessage(self.event, self.run, number, self._turn, price_ukwh, stiffness)
            yield SendMessage(self.owners[number], message.TOPIC, message.encode())

    def _keep(self, number: int, answer: bytes) -> bool:
        """Whether the answer can be true."""
        try:
            response_w = read_number(answer, "response")
        except DecodeError:
            return False
        if not 0 <= response_w <= self.capacities_w[number]:
            return False
        self.coordinator.receive(number, response_w)
        self.answers_w[number] = round(response_w)
        return True
