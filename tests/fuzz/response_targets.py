"""What members send to demand response, and its agents to each other."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

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
from contracts.response.records import Phase
from contracts.response.solving.numbers import write_number
from contracts.response.solving.sweep_messages import Kind, Progress, SweepMessage
from ledger.errors import DecodeError
from ledger.transaction import Transaction
from tests.contracts.chain import Chain, address
from tests.contracts.response.market import Market, advance
from tests.fuzz.contract_targets import call_on, calls_sent
from tests.fuzz.target import Target, judges, reads

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


PHASES = (
    Phase.QUOTING,
    Phase.AGREEING,
    Phase.DISPATCHING,
    Phase.RUNNING,
    Phase.METERING,
    Phase.ACCOUNTING,
)


@cache
def event() -> tuple[Sequence[Chain], Sequence[Transaction]]:
    """The chain of an event in each of its phases, and all that was sent for it."""
    market, found = Market(), []
    market.chain.make_block()
    market.take(market.trigger())
    while market.phase is not Phase.SETTLED:
        if market.phase in PHASES:
            found.append(market.fork().chain)
        advance(market)
    return found, [transaction for block in market.chain.blocks for transaction in block.transactions]


def call(data: bytes) -> None:
    call_on(event()[0], data)


def calls() -> Iterator[bytes]:
    return calls_sent(*event())


def example(message: Message) -> Callable[[], Iterator[bytes]]:
    return lambda: iter((message.encode(),))


TARGETS = {
    **{
        message.TOPIC.replace("/", "-"): Target(
            reads(type(message).decode, type(message).encode, DecodeError), example(message)
        )
        for message in EXAMPLES
    },
    "response-call": Target(judges(call, DecodeError), calls, bytes_max=16_384, share=2),
    "response-sweep": Target(
        reads(SweepMessage.decode, SweepMessage.encode, DecodeError), lambda: iter((SWEPT.encode(),))
    ),
}
