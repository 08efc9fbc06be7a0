"""The distributed security check: a power flow by backward/forward sweep, a machine for each bus.

Chen et al. (2022), eqs. 8-12, with currents counted towards the connection: each bus adds what it injects,
conj(S / V), to what flows from the buses that hang on it and tells the sum to the next one inward; the
voltages come back outward, each bus adding Z * I over its own line. So round by round, until neither moves
by more than its tolerance (eqs. 13, 14). A bus knows its own injection, its own lines and its neighbours.

All periods of an event are swept at once. The machines do no I/O: messages come in and go out, and what a
lossy network needs is that `repeat` may be called at any time and that what comes twice is left aside.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from contracts.response.network import NPU, Network
from contracts.response.safety import Injection, Phasor
from contracts.response.solving.phasors import (
    PICO,
    ROUNDS_MAX,
    VOLTAGE_TOLERANCE,
    Complexes,
    as_complex,
    as_parts,
    is_lost,
)
from contracts.response.solving.sweep_messages import Kind, Progress, SweepMessage

CURRENT_TOLERANCE: Final = 1e-9
"""Least change of a current between rounds that counts, p.u."""

Outgoing: TypeAlias = tuple[tuple[int, SweepMessage], ...]
"""Messages, each with the bus that it is for."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """All that a bus knows of the network."""

    bus: int
    parent: int | None
    """The next bus towards the connection; None for the connection itself."""
    children: tuple[int, ...]
    impedance_npu: tuple[int, int]
    """Resistance and reactance of the line to the parent."""
    base_va: int
    slack_npu: int


def neighbourhood(network: Network, bus: int) -> Neighbourhood:
    """What the host of `bus` is told."""
    tree = network.tree
    if bus == 0:
        return Neighbourhood(0, None, tree.children[0], (0, 0), network.base_va, network.slack_npu)
    line = network.lines[tree.feeders[bus]]
    impedance_npu = (line.resistance_npu, line.reactance_npu)
    return Neighbourhood(
        bus, tree.parents[bus], tree.children[bus], impedance_npu, network.base_va, network.slack_npu
    )


class BusMachine:
    """One bus in one sweep: `start`, then `receive` until `progress` is no longer MOVING."""

    def __init__(self, place: Neighbourhood, injections: Sequence[Injection]) -> None:
        """`injections` by period."""
        self.place = place
        self.round = 1
        self.progress = Progress.MOVING
        self._power = as_complex(injections) / place.base_va
        self._impedance = complex(*place.impedance_npu) / NPU
        self._voltages = np.full(len(injections), complex(place.slack_npu / NPU))
        self._currents = np.zeros(len(injections), complex)
        self._at_rest = False
        """Whether the last round hardly moved the voltages."""
        self._heard: dict[int, SweepMessage] = {}
        """What each child said in this round."""
        self._told: dict[int, SweepMessage] = {}
        """The last message to each neighbour."""

    @property
    def voltages_npu(self) -> tuple[Phasor, ...]:
        """By period, as they stand; a power flow once `progress` is SETTLED."""
        return as_parts(self._voltages, NPU)

    def start(self) -> Outgoing:
        """The first messages: those of a bus on which no other hangs."""
        return self._pass_inward()

    def receive(self, sender: int, message: SweepMessage) -> Outgoing:
        """The answer to a neighbour's message; to one that is not awaited now there is none."""
        is_current = self.progress is Progress.MOVING and message.round == self.round
        if not is_current or len(message.phasors) != len(self._power):
            return ()
        if message.kind is Kind.VOLTAGES and self._awaits_voltages(sender):
            return self._pass_outward(message.progress, _phasors(message))
        if message.kind is Kind.CURRENTS and sender in self.place.children and sender not in self._heard:
            self._heard[sender] = message
            return self._pass_inward()
        return ()

    def repeat(self) -> Outgoing:
        """What was last told to each neighbour, in case it was lost."""
        return tuple(self._told.items())

    def _awaits_voltages(self, sender: int) -> bool:
        return sender == self.place.parent and sender in self._told and self._told[sender].round == self.round

    def _pass_inward(self) -> Outgoing:
        """Once every child was heard: the sum of the currents, or at the connection the verdict on them."""
        if len(self._heard) < len(self.place.children):
            return ()
        currents = sum(map(_phasors, self._heard.values()), self._own_currents())
        progress = max(
            [self._own_progress(currents), *(message.progress for message in self._heard.values())]
        )
        self._currents = currents
        if self.place.parent is not None:
            return self._tell((self.place.parent,), Kind.CURRENTS, progress, currents)
        if progress is Progress.MOVING and self.round == ROUNDS_MAX:
            progress = Progress.DIVERGED
        return self._pass_outward(progress, self._voltages)

    def _pass_outward(self, verdict: Progress, upstream: Complexes) -> Outgoing:
        """The voltages that follow from the parent's; unless it was the last round, the next one begins."""
        voltages = upstream + self._impedance * self._currents
        self._at_rest = bool(np.abs(voltages - self._voltages).max() <= VOLTAGE_TOLERANCE)
        self._voltages, self.progress = voltages, verdict
        told = self._tell(self.place.children, Kind.VOLTAGES, verdict, voltages)
        if verdict is not Progress.MOVING:
            return told
        self.round += 1
        self._heard = {}
        return told + self._pass_inward()

    def _own_currents(self) -> Complexes:
        if is_lost(self._voltages):
            return np.zeros_like(self._power)
        currents: Complexes = np.conj(self._power / self._voltages)
        return currents

    def _own_progress(self, currents: Complexes) -> Progress:
        if is_lost(self._voltages):
            return Progress.DIVERGED
        moved = np.abs(currents - self._currents).max() > CURRENT_TOLERANCE
        return Progress.SETTLED if self._at_rest and not moved else Progress.MOVING

    def _tell(
        self, neighbours: tuple[int, ...], kind: Kind, progress: Progress, phasors: Complexes
    ) -> Outgoing:
        message = SweepMessage(kind, self.round, progress, as_parts(phasors, PICO))
        told = tuple((neighbour, message) for neighbour in neighbours)
        self._told.update(told)
        return told


@dataclass(frozen=True, slots=True)
class SweepResult:
    """A whole sweep, as its machines ended."""

    converged: bool
    """Otherwise the voltages mean nothing."""
    voltages_npu: tuple[tuple[Phasor, ...], ...]
    """By period and bus: real and imaginary part."""
    rounds: int
    messages: int
    bytes: int


def run_sweep(network: Network, injections: Sequence[Sequence[Injection]]) -> SweepResult:
    """The sweep of all buses' machines in memory, without loss; `injections` by period and bus."""
    machines = [
        BusMachine(neighbourhood(network, bus), at_bus)
        for bus, at_bus in enumerate(zip(*injections, strict=True))
    ]
    waiting = deque((bus, *sent) for bus, machine in enumerate(machines) for sent in machine.start())
    messages = size = 0
    while waiting:
        sender, receiver, message = waiting.popleft()
        messages += 1
        size += len(message.encode())
        waiting.extend((receiver, *sent) for sent in machines[receiver].receive(sender, message))
    voltages_npu = tuple(zip(*(machine.voltages_npu for machine in machines), strict=True))
    converged = machines[0].progress is Progress.SETTLED
    return SweepResult(converged, voltages_npu, machines[0].round, messages, size)


def _phasors(message: SweepMessage) -> Complexes:
    return as_complex(message.phasors) / PICO
