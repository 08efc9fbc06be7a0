"""One attempt at the distributed security check, as the ENO's agent conducts it (solving/sweep.py).

It tells the hosts of the buses what is to be checked, runs the buses that nobody else does, and collects the
voltages. The connection to the grid is always its own: there the sweep ends. Where an attempt stands still it
asks who is there; so what was lost is said again, and who does not answer is found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from contracts.agent import SendMessage
from contracts.response.agents.hosting import Hosting, Seat, injections_at
from contracts.response.agents.messages import (
    AskMessage,
    HostMessage,
    NeighbourMessage,
    PresentMessage,
    VoltageMessage,
)
from contracts.response.network import Network
from contracts.response.records import EventRecord, Forecast, Voltages
from contracts.response.resources import Resource
from contracts.response.safety import Phasor
from contracts.response.solving.sweep import BusMachine, neighbourhood
from contracts.response.solving.sweep_messages import Progress
from crypto.address import Address

CONNECTION = 0
"""The bus at which the network hangs on the grid."""


@dataclass(frozen=True, slots=True)
class Case:
    """What does not change from one attempt of an event to the next."""

    record: EventRecord
    network: Network
    forecast: Forecast
    resources: tuple[Resource, ...]


@dataclass(slots=True)
class Checking:
    """An attempt: `begin`, then `take` what comes, until it is over."""

    case: Case
    hosting: Hosting
    """The ENO's own seats."""
    hosts: Mapping[int, Address]
    """By bus: who runs it, where it is not the ENO."""
    responses_w: Mapping[int, int]
    """By resource."""
    found: dict[int, tuple[Phasor, ...]] = field(default_factory=dict)
    """By bus: its voltages by period."""
    silent: set[Address] = field(default_factory=set)
    """Hosts that have said nothing to the ENO since it asked them."""
    messages: int = 0
    """How many the others told their buses' neighbours."""
    message_bytes: int = 0

    def begin(self) -> Iterator[SendMessage]:
        """Tell the hosts, and begin oneself."""
        for bus, host in self.hosts.items():
            yield self._tell(bus, host)
        for bus in range(len(self.case.network.buses)):
            if bus not in self.hosts:
                yield from self._sit(bus)
        self._collect()

    def take(
        self, sender: Address, message: NeighbourMessage | PresentMessage | VoltageMessage
    ) -> Iterator[SendMessage]:
        """What a host says to the ENO's buses, or to the ENO itself."""
        if sender not in self.hosts.values() or message.attempt != self.hosting.attempt:
            return
        self.silent.discard(sender)
        if isinstance(message, NeighbourMessage):
            yield from self.hosting.take(sender, message)
            self._collect()
        elif isinstance(message, VoltageMessage):
            self._keep(sender, message)

    def ask(self) -> Iterator[SendMessage]:
        """Say again what was said last, and have the others do so."""
        self.silent = {*self.hosts.values()}
        for host in sorted(self.silent):
            message = AskMessage(self.case.record.number, self.hosting.attempt)
            yield SendMessage(host, message.TOPIC, message.encode())
        for bus, host in self.hosts.items():
            if bus not in self.found:
                yield self._tell(bus, host)
        yield from self.hosting.repeat()

    @property
    def rounds(self) -> int:
        """Of the sweep, so far."""
        return self.hosting.seats[CONNECTION].machine.round

    @property
    def is_over(self) -> bool:
        progress = self.hosting.seats[CONNECTION].machine.progress
        is_complete = len(self.found) == len(self.case.network.buses)
        return progress is Progress.DIVERGED or (progress is Progress.SETTLED and is_complete)

    @property
    def voltages(self) -> Voltages | None:
        """By period and bus; None where the sweep diverged."""
        if len(self.found) < len(self.case.network.buses):
            return None
        by_bus = [self.found[bus] for bus in range(len(self.found))]
        return tuple(zip(*by_bus, strict=True))

    def _tell(self, bus: int, host: Address) -> SendMessage:
        case = self.case
        here = [number for number, resource in enumerate(case.resources) if resource.bus == bus]
        responses_w = tuple((number, self.responses_w.get(number, 0)) for number in here)
        neighbours = tuple(self._neighbours(bus).items())
        message = HostMessage(case.record.number, self.hosting.attempt, bus, responses_w, neighbours)
        return SendMessage(host, message.TOPIC, message.encode())

    def _sit(self, bus: int) -> Iterator[SendMessage]:
        case = self.case
        injections = injections_at(bus, case.forecast, case.resources, case.record.sign, self.responses_w)
        machine = BusMachine(neighbourhood(case.network, bus), injections)
        return self.hosting.sit(bus, Seat(machine, self._neighbours(bus)))

    def _neighbours(self, bus: int) -> dict[int, Address]:
        near = neighbours_of(self.case.network, bus)
        return {other: self.hosts.get(other, self.hosting.owner) for other in near}

    def _collect(self) -> None:
        """The voltages of the ENO's own buses."""
        self.found.update((report.bus, report.voltages) for report in self.hosting.report())

    def _keep(self, sender: Address, message: VoltageMessage) -> None:
        """A host's report of a bus of its own."""
        is_new = self.hosts.get(message.bus) == sender and message.bus not in self.found
        if is_new and len(message.voltages) == self.case.record.periods:
            self.found[message.bus] = message.voltages
            self.messages += message.messages
            self.message_bytes += message.message_bytes


def neighbours_of(network: Network, bus: int) -> tuple[int, ...]:
    """The buses at the other ends of a bus's lines."""
    tree = network.tree
    return tree.children[bus] if bus == CONNECTION else (tree.parents[bus], *tree.children[bus])


def hosts_of(case: Case, owners: Mapping[int, Address]) -> dict[int, Address]:
    """By bus but the connection: the first of these owners there, by number of their resources."""
    hosts: dict[int, Address] = {}
    for number in sorted(owners):
        hosts.setdefault(case.resources[number].bus, owners[number])
    hosts.pop(CONNECTION, None)
    return hosts
