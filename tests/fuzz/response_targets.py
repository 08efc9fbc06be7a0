"""What the agents of demand response say to each other."""

from collections.abc import Callable, Iterator

from contracts.response.agents.messages import (
    AgreedMessage,
    AnswerMessage,
    AskMessage,
    HostMessage,
    IterateMessage,
    NeighbourMessage,
    PresentMessage,
    VoltageMessage,
)
from contracts.response.agents.wire import Message
from contracts.response.solving.numbers import write_number
from contracts.response.solving.sweep_messages import Kind, Progress, SweepMessage
from ledger.errors import DecodeError
from tests.contracts.chain import address
from tests.fuzz.target import Target, reads

NUMBER = write_number(1.5)
SWEPT = SweepMessage(Kind.CURRENTS, 1, Progress.MOVING, ((1, -2), (3, 4)))
EXAMPLES: tuple[Message, ...] = (
    IterateMessage(0, 10**12, 3, 7, NUMBER, NUMBER),
    AnswerMessage(0, 10**12, 3, 7, NUMBER),
    AgreedMessage(0),
    HostMessage(0, 10**12, 2, ((0, 5_000), (3, 0)), ((1, address("alder")), (4, address("birch")))),
    NeighbourMessage(0, 10**12, 2, 1, SWEPT.encode()),
    AskMessage(0, 10**12),
    PresentMessage(0, 10**12),
    VoltageMessage(0, 10**12, 2, ((10**9, -5), (10**9, 0)), 12, 3_000),
)


def example(message: Message) -> Callable[[], Iterator[bytes]]:
    return lambda: iter((message.encode(),))


TARGETS = {
    **{
        message.TOPIC.replace("/", "-"): Target(
            reads(type(message).decode, type(message).encode, DecodeError), example(message)
        )
        for message in EXAMPLES
    },
    "response-sweep": Target(
        reads(SweepMessage.decode, SweepMessage.encode, DecodeError), lambda: iter((SWEPT.encode(),))
    ),
}
