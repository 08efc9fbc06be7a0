"""An owner's part in what is talked about one event: its answers to prices, and the buses that it runs."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.agent import SendMessage
from contracts.response.agents.checking import neighbours_of
from contracts.response.agents.hosting import Hosting, Seat, injections_at
from contracts.response.agents.messages import (
    AnswerMessage,
    AskMessage,
    HostMessage,
    IterateMessage,
    NeighbourMessage,
    PresentMessage,
)
from contracts.response.agents.wire import Message
from contracts.response.parameters import Parameters
from contracts.response.quotes import Quote, capacity_w
from contracts.response.records import EventRecord, Forecast
from contracts.response.resources import Resource
from contracts.response.solving.admm import Iterate, ParticipantPart
from contracts.response.solving.numbers import read_number, write_number
from contracts.response.solving.sweep import BusMachine, neighbourhood
from crypto.address import Address
from ledger.errors import DecodeError

EARLY_MAX: Final = 256
"""Messages of neighbours that are kept until the ENO's word on their attempt comes."""


@dataclass(slots=True)
class Stake:
    """Everything comes from the ENO but what neighbours say; the agent has checked that it does."""

    record: EventRecord
    owner: Address
    parameters: Parameters
    period_s: int
    forecast: Forecast
    resources: tuple[Resource, ...]
    quotes: Mapping[int, Quote]
    """By resource: what was sealed."""
    is_agreed: bool = False
    """Whether the ENO said that there is nothing more to agree on."""
    _hosting: Hosting | None = None
    _early: deque[tuple[Address, NeighbourMessage]] = field(default_factory=lambda: deque(maxlen=EARLY_MAX))

    def answer(self, message: IterateMessage) -> Iterator[SendMessage]:
        """What a resource gives at a price; nothing if it sealed none, or if the iterate is absurd."""
        quote = self.quotes.get(message.resource)
        if quote is None:
            return
        try:
            price_ukwh = read_number(message.price_ukwh, "price")
            stiffness = read_number(message.stiffness, "stiffness")
        except DecodeError:
            return
        if stiffness <= 0:
            return
        most_w = capacity_w(quote, self.record.periods * self.period_s)
        part = ParticipantPart(tuple(quote.pieces(most_w)))
        response_w = write_number(part.answer(Iterate(message.turn, price_ukwh, stiffness)))
        answer = AnswerMessage(message.event, message.run, message.resource, message.turn, response_w)
        yield self._to_eno(answer)

    def host(self, message: HostMessage) -> Iterator[SendMessage]:
        """Run a bus in a new attempt, or one more in the attempt that is known."""
        network, bus = self.parameters.network, message.bus
        if self._hosting is None or message.attempt > self._hosting.attempt:
            self._hosting = Hosting(self.owner, self.record.number, message.attempt)
        hosting, hosts = self._hosting, dict(message.neighbours)
        is_known = message.attempt < hosting.attempt or bus in hosting.seats
        if is_known or bus >= len(network.buses) or {*hosts} != {*neighbours_of(network, bus)}:
            return
        responses_w = dict(message.responses_w)
        injections = injections_at(bus, self.forecast, self.resources, self.record.sign, responses_w)
        machine = BusMachine(neighbourhood(network, bus), injections)
        yield from hosting.sit(bus, Seat(machine, hosts))
        early = [(sender, told) for sender, told in self._early if told.attempt == hosting.attempt]
        for sender, told in early:
            yield from hosting.take(sender, told)
        yield from self._report(hosting)

    def listen(self, sender: Address, message: NeighbourMessage) -> Iterator[SendMessage]:
        """A neighbour's message; one that comes before its bus is taken is kept until then."""
        hosting = self._hosting
        if hosting is not None and message.attempt == hosting.attempt and message.target in hosting.seats:
            yield from hosting.take(sender, message)
            yield from self._report(hosting)
        elif hosting is None or message.attempt >= hosting.attempt:
            self._early.append((sender, message))

    def repeat(self, message: AskMessage) -> Iterator[SendMessage]:
        """Say that one is there, and what one said last."""
        yield self._to_eno(PresentMessage(message.event, message.attempt))
        if self._hosting is not None and self._hosting.attempt == message.attempt:
            yield from self._hosting.repeat()
            yield from self._report(self._hosting)

    def _report(self, hosting: Hosting) -> Iterator[SendMessage]:
        for report in hosting.report():
            yield self._to_eno(report)

    def _to_eno(self, message: Message) -> SendMessage:
        return SendMessage(self.parameters.eno, message.TOPIC, message.encode())
