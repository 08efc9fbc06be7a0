"""The buses that one agent runs in one attempt at the security check: its part of the distributed sweep.

Buses of one host talk to each other in memory, those of others by messages. What a neighbour says is taken
from whoever runs that bus, as the ENO said, and from nobody else.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.agent import SendMessage
from contracts.response.agents.messages import NeighbourMessage, VoltageMessage
from contracts.response.records import Forecast
from contracts.response.resources import Resource
from contracts.response.safety import Injection
from contracts.response.solving.sweep import BusMachine, Outgoing
from contracts.response.solving.sweep_messages import Progress, SweepMessage
from crypto.address import Address
from ledger.errors import DecodeError


@dataclass(slots=True)
class Seat:
    """A bus and who is around it."""

    machine: BusMachine
    neighbours: Mapping[int, Address]
    """By bus: who runs it."""
    is_reported: bool = False
    messages: int = 0
    """How many it sent to its neighbours."""
    message_bytes: int = 0

    def send(self, target: int, message: NeighbourMessage) -> SendMessage:
        """To whoever runs the neighbouring bus."""
        body = message.encode()
        self.messages += 1
        self.message_bytes += len(body)
        return SendMessage(self.neighbours[target], message.TOPIC, body)


@dataclass(slots=True)
class Hosting:
    """The seats of one agent."""

    owner: Address
    event: int
    attempt: int
    seats: dict[int, Seat] = field(default_factory=dict)

    def sit(self, bus: int, seat: Seat) -> Iterator[SendMessage]:
        """Take a bus; say what it says first, and to it what its neighbours here have said before."""
        self.seats[bus] = seat
        yield from self._deliver(bus, seat.machine.start())
        for near in [near for near in seat.neighbours if near in self.seats]:
            said = self.seats[near].machine.repeat()
            yield from self._deliver(near, tuple(told for told in said if told[0] == bus))

    def take(self, sender: Address, message: NeighbourMessage) -> Iterator[SendMessage]:
        """A neighbour's message, and what follows from it; from anybody else, or unreadable, nothing."""
        seat = self.seats.get(message.target)
        if seat is None or seat.neighbours.get(message.source) != sender:
            return
        try:
            swept = SweepMessage.decode(message.body)
        except DecodeError:
            return
        yield from self._deliver(message.target, seat.machine.receive(message.source, swept))

    def repeat(self) -> Iterator[SendMessage]:
        """What was said last, in case it was lost."""
        for bus, seat in self.seats.items():
            seat.is_reported = False
            yield from self._deliver(bus, seat.machine.repeat())

    def report(self) -> Iterator[VoltageMessage]:
        """Of the buses that have come to rest since."""
        for bus, seat in self.seats.items():
            if seat.machine.progress is Progress.SETTLED and not seat.is_reported:
                seat.is_reported = True
                yield VoltageMessage(
                    self.event,
                    self.attempt,
                    bus,
                    seat.machine.voltages_npu,
                    seat.messages,
                    seat.message_bytes,
                )

    def _deliver(self, bus: int, outgoing: Outgoing) -> Iterator[SendMessage]:
        """Hand over what a bus says, and what its neighbours here answer to it."""
        waiting = deque((bus, target, message) for target, message in outgoing)
        while waiting:
            source, target, message = waiting.popleft()
            seat = self.seats[source]
            if seat.neighbours[target] != self.owner:
                told = NeighbourMessage(self.event, self.attempt, source, target, message.encode())
                yield seat.send(target, told)
            elif target in self.seats:
                answers = self.seats[target].machine.receive(source, message)
                waiting.extend((target, *answer) for answer in answers)


def injections_at(
    bus: int,
    forecast: Forecast,
    resources: Sequence[Resource],
    sign: int,
    responses_w: Mapping[int, int],
) -> tuple[Injection, ...]:
    """By period: what one bus injects if its resources respond so, W and var."""
    here = [number for number, resource in enumerate(resources) if resource.bus == bus]
    response_w = sign * sum(responses_w.get(number, 0) for number in here)
    points = zip(forecast.background_w, forecast.background_var, forecast.baseline_w, strict=True)
    return tuple(
        (active_w[bus] + sum(usual_w[number] for number in here) + response_w, reactive_var[bus])
        for active_w, reactive_var, usual_w in points
    )
