"""What the ENO's agent, the participants and the hosts of buses say to each other. Never on the chain.

Every message names its event, and the run or the attempt that it belongs to, so that one that comes late does
no harm. Who sent it is proven by the connection.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from contracts.arguments import Length, Range
from contracts.response.agents.wire import Message
from contracts.response.network import BUSES_MAX
from contracts.response.parameters import PERIODS_MAX
from contracts.response.quotes import POWER_W_MAX
from contracts.response.resources import RESOURCES_MAX
from contracts.response.solving.numbers import NUMBER_BYTES
from contracts.response.solving.sweep_messages import BYTES_MAX as SWEEP_BYTES_MAX
from crypto.address import Address

COUNT_MAX: Final = 2**40
TIME_MS_MAX: Final = 2**52
VOLTAGE_NPU_MAX: Final = 2**31 - 1
PHASOR_BYTES_MAX: Final = 1 + 2 * 5
FEW_BYTES_MAX: Final = 64
"""Of a message of some integers."""

Count = Annotated[int, Range(0, COUNT_MAX)]
Run = Annotated[int, Range(0, TIME_MS_MAX)]
"""A run of the optimisation, or an attempt at the check: named by the time of its begin, in milliseconds."""

ResourceNumber = Annotated[int, Range(0, RESOURCES_MAX - 1)]
BusNumber = Annotated[int, Range(0, BUSES_MAX - 1)]
Response = Annotated[int, Range(0, POWER_W_MAX)]
Number = Annotated[bytes, Length(NUMBER_BYTES)]
"""A number of the optimisation (solving/numbers.py)."""

Npu = Annotated[int, Range(-VOLTAGE_NPU_MAX, VOLTAGE_NPU_MAX)]


@dataclass(frozen=True, slots=True)
class IterateMessage(Message):
    """The ENO to an owner: what would your resource give at this price? (solving/admm.py, Iterate)"""

    TOPIC = "response/iterate"
    BYTES_MAX = FEW_BYTES_MAX

    event: Count
    run: Run
    resource: ResourceNumber
    turn: Count
    price_ukwh: Number
    stiffness: Number


@dataclass(frozen=True, slots=True)
class AnswerMessage(Message):
    """An owner to the ENO: this much, W."""

    TOPIC = "response/answer"
    BYTES_MAX = FEW_BYTES_MAX

    event: Count
    run: Run
    resource: ResourceNumber
    turn: Count
    response_w: Number


@dataclass(frozen=True, slots=True)
class AgreedMessage(Message):
    """The ENO to an owner: there is nothing more to agree on, reveal."""

    TOPIC = "response/agreed"
    BYTES_MAX = FEW_BYTES_MAX

    event: Count


@dataclass(frozen=True, slots=True)
class HostMessage(Message):
    """The ENO to an owner: run a bus in the security check of these responses."""

    TOPIC = "response/host"
    BYTES_MAX = 2**16

    event: Count
    attempt: Run
    bus: BusNumber
    responses_w: Annotated[tuple[tuple[ResourceNumber, Response], ...], Length(0, RESOURCES_MAX)]
    """At this bus, by resource."""
    neighbours: Annotated[tuple[tuple[BusNumber, Address], ...], Length(1, BUSES_MAX)]
    """Who runs the buses at the other ends of this one's lines."""


@dataclass(frozen=True, slots=True)
class NeighbourMessage(Message):
    """The host of a bus to that of a neighbour: a message of the sweep itself (solving/sweep_messages.py)."""

    TOPIC = "response/neighbour"
    BYTES_MAX = SWEEP_BYTES_MAX + FEW_BYTES_MAX

    event: Count
    attempt: Run
    source: BusNumber
    target: BusNumber
    body: Annotated[bytes, Length(1, SWEEP_BYTES_MAX)]


@dataclass(frozen=True, slots=True)
class AskMessage(Message):
    """The ENO to the hosts of a check that stands still: say that you are there, and what you said last."""

    TOPIC = "response/ask"
    BYTES_MAX = FEW_BYTES_MAX

    event: Count
    attempt: Run


@dataclass(frozen=True, slots=True)
class PresentMessage(Message):
    """A host to the ENO: the answer to an AskMessage."""

    TOPIC = "response/present"
    BYTES_MAX = FEW_BYTES_MAX

    event: Count
    attempt: Run


@dataclass(frozen=True, slots=True)
class VoltageMessage(Message):
    """A host to the ENO: the voltages at which its bus came to rest, and what that took."""

    TOPIC = "response/voltage"
    BYTES_MAX = FEW_BYTES_MAX + PERIODS_MAX * PHASOR_BYTES_MAX

    event: Count
    attempt: Run
    bus: BusNumber
    voltages: Annotated[tuple[tuple[Npu, Npu], ...], Length(1, PERIODS_MAX)]
    """By period: real and imaginary part, npu."""
    messages: Count
    """How many the bus sent to its neighbours."""
    message_bytes: Count
