"""What the ENO's agent, the participants and the hosts of buses say to each other. Never on the chain.

Every message names its event, and the run or the attempt it belongs to, so that one that comes late does no
harm. Who sent it is proven by the connection.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from contracts.arguments import Length, Range
from contracts.response.agents.wire import Message
from crypto.address import Address

COUNT_MAX: Final = 2**40
"""Of events, turns and attempts."""

TIME_MS_MAX: Final = 2**52
RESOURCES_MAX: Final = 1_024
BUSES_MAX: Final = 1_024
ROWS_MAX: Final = 65
"""The target, and as many cuts as an event may have."""

PERIODS_MAX: Final = 96
WATTS_MAX: Final = 10**12
FIXED_MAX: Final = 2**62
"""Of a number of the optimisation, in fixed point."""

SWEEP_BYTES_MAX: Final = 2**13
NPU_MAX: Final = 10**12

Count = Annotated[int, Range(0, COUNT_MAX)]
Run = Annotated[int, Range(0, TIME_MS_MAX)]
"""A run of the optimisation, or an attempt at the check: named by the time of its begin, in milliseconds."""

Resource = Annotated[int, Range(0, RESOURCES_MAX - 1)]
Bus = Annotated[int, Range(0, BUSES_MAX - 1)]
Fixed = Annotated[int, Range(-FIXED_MAX, FIXED_MAX)]
Watts = Annotated[int, Range(0, WATTS_MAX)]
Npu = Annotated[int, Range(-NPU_MAX, NPU_MAX)]


@dataclass(frozen=True, slots=True)
class AgreedMessage(Message):
    """The ENO to a participant: an optimum that passed the security check is found, reveal."""

    TOPIC = "response/agreed"
    BYTES_MAX = 64

    event: Count


@dataclass(frozen=True, slots=True)
class HostMessage(Message):
    """The ENO to a participant: run a bus in the security check of these responses."""

    TOPIC = "response/host"
    BYTES_MAX = 2**16

    event: Count
    attempt: Run
    bus: Bus
    responses: Annotated[tuple[tuple[Resource, Watts], ...], Length(0, RESOURCES_MAX)]
    """At this bus: by how much each resource moves its injection in the event's direction."""
    neighbours: Annotated[tuple[tuple[Bus, Address], ...], Length(1, BUSES_MAX)]
    """Who runs the buses at the other ends of this one's lines."""


@dataclass(frozen=True, slots=True)
class SweepMessage(Message):
    """The host of a bus to that of a neighbour: a message of the sweep itself (solving/sweep.py)."""

    TOPIC = "response/sweep"
    BYTES_MAX = SWEEP_BYTES_MAX + 256

    event: Count
    attempt: Run
    source: Bus
    target: Bus
    body: Annotated[bytes, Length(1, SWEEP_BYTES_MAX)]


@dataclass(frozen=True, slots=True)
class AskMessage(Message):
    """The ENO to the hosts of a check that stands still: say that you are there, and what you said last."""

    TOPIC = "response/ask"
    BYTES_MAX = 64

    event: Count
    attempt: Run


@dataclass(frozen=True, slots=True)
class PresentMessage(Message):
    """A host to the ENO: the answer to an AskMessage."""

    TOPIC = "response/present"
    BYTES_MAX = 64

    event: Count
    attempt: Run


@dataclass(frozen=True, slots=True)
class VoltageMessage(Message):
    """A host to the ENO: its bus's voltages (re, im) by period, in nano p.u., at which the sweep ended."""

    TOPIC = "response/voltage"
    BYTES_MAX = 2**12

    event: Count
    attempt: Run
    bus: Bus
    voltages: Annotated[tuple[tuple[Npu, Npu], ...], Length(1, PERIODS_MAX)]
