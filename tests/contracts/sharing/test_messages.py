"""Messages between members: what was encoded decodes, and nothing but a DecodeError comes of any bytes."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from contracts.sharing.messages import ShareMessage, WantMessage
from ledger.codec import encode
from ledger.errors import DecodeError
from tests.contracts.strategies import ANY_VALUE


@given(st.text("abc/09", max_size=80), st.text("abc", max_size=40), st.binary(max_size=200))
def test_messages_decode_to_what_they_were(identifier: str, target: str, share: bytes) -> None:
    message = ShareMessage(identifier, target, share)
    assert ShareMessage.decode(message.encode()) == message
    assert WantMessage.decode(WantMessage(identifier).encode()) == WantMessage(identifier)


@given(st.one_of(st.binary(max_size=80), ANY_VALUE.map(encode)))
def test_any_bytes_decode_or_are_refused_by_name(body: bytes) -> None:
    for message in (ShareMessage, WantMessage):
        with contextlib.suppress(DecodeError):
            message.decode(body)
