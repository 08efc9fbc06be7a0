"""What agents say to each other: read as it was written, refused by name where it cannot be."""

from dataclasses import replace

import pytest

from contracts.response.agents.messages import AnswerMessage, HostMessage, NeighbourMessage, VoltageMessage
from contracts.response.agents.wire import Message
from contracts.response.network import BUSES_MAX
from contracts.response.parameters import PERIODS_MAX
from contracts.response.resources import RESOURCES_MAX
from contracts.response.solving.numbers import read_number, write_number
from contracts.response.solving.phasors import PART_MAX, ROUNDS_MAX
from contracts.response.solving.sweep_messages import Kind, Progress, SweepMessage
from ledger.codec import encode
from ledger.errors import DecodeError, Malformed, Oversized
from tests.contracts.chain import address

RUN = 10**12
SWEPT = SweepMessage(Kind.CURRENTS, ROUNDS_MAX, Progress.MOVING, ((-PART_MAX, PART_MAX),) * PERIODS_MAX)
GREATEST: tuple[Message, ...] = (
    AnswerMessage(2**40, 2**52, RESOURCES_MAX - 1, 2**40, write_number(-1e300)),
    HostMessage(0, RUN, 1, ((RESOURCES_MAX - 1, 10**9),) * RESOURCES_MAX, ((2, address("eno")),) * BUSES_MAX),
    NeighbourMessage(2**40, 2**52, BUSES_MAX - 1, BUSES_MAX - 2, SWEPT.encode()),
    VoltageMessage(2**40, 2**52, BUSES_MAX - 1, ((1 - 2**31, 2**31 - 1),) * PERIODS_MAX, 2**40, 2**40),
)


@pytest.mark.parametrize("message", GREATEST, ids=lambda message: message.TOPIC)
def test_the_greatest_message_of_a_kind_is_read_as_it_was_written(message: Message) -> None:
    assert type(message).decode(message.encode()) == message


@pytest.mark.parametrize("message", GREATEST, ids=lambda message: message.TOPIC)
def test_more_bytes_than_a_kind_can_have_are_not_decoded(message: Message) -> None:
    with pytest.raises(Oversized):
        type(message).decode(message.encode() + bytes(message.BYTES_MAX))


ANSWER = AnswerMessage(0, RUN, 2, 7, write_number(1.5))
BAD = [
    replace(ANSWER, event=-1),
    replace(ANSWER, resource=RESOURCES_MAX),
    replace(ANSWER, turn=True),
    replace(ANSWER, response_w=b"1234567"),
]


@pytest.mark.parametrize("message", BAD)
def test_a_field_out_of_its_bounds_is_refused_by_name(message: AnswerMessage) -> None:
    with pytest.raises(Malformed, match="response/answer"):
        AnswerMessage.decode(message.encode())


@pytest.mark.parametrize("body", [b"", b"\xc1", encode(()), encode((1, 2)), encode({"event": 1})])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError):
        AnswerMessage.decode(body)


@pytest.mark.parametrize("number", [0.0, -1.5, 1e-300, 1.7e308])
def test_numbers_are_exact(number: float) -> None:
    assert read_number(write_number(number), "number") == number


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_are_not_finite_are_refused(number: float) -> None:
    with pytest.raises(Malformed, match="price: it is not finite"):
        read_number(write_number(number), "price")
