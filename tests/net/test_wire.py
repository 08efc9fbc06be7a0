"""Frames: encode and decode are inverse, and hostile bytes are refused by name."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.address import Address
from crypto.hashing import Digest
from ledger.codec import encode
from ledger.quantities import Height, TxId
from net import wire
from net.errors import BadFrame
from net.wire import decode_frame, encode_frame

digests = st.binary(min_size=32, max_size=32).map(Digest)
ids = st.lists(digests.map(TxId), max_size=5).map(tuple)
counts = st.integers(0, 2**63)
heights = counts.map(Height)
hosted = st.builds(wire.Hosted, st.binary(min_size=33, max_size=33), st.binary(min_size=64, max_size=64))
sealed = st.builds(wire.SealedBlock, st.binary(), st.binary())
texts = st.text(st.characters(codec="utf-8"), max_size=35)
frames = st.one_of(
    st.builds(
        wire.Hello,
        st.lists(counts, max_size=4).map(tuple),
        digests,
        heights,
        st.lists(hosted, max_size=3).map(tuple),
    ),
    st.builds(wire.Ping, counts, heights),
    st.builds(wire.Pong, counts, counts),
    st.builds(wire.NewHead, heights),
    st.builds(wire.Consensus, st.binary()),
    st.builds(wire.Announce, ids),
    st.builds(wire.RequestTransactions, ids),
    st.builds(wire.Transactions, st.lists(st.binary(), max_size=4).map(tuple)),
    st.builds(wire.RequestRange, heights, counts),
    st.builds(wire.Range, heights, st.lists(sealed, max_size=3).map(tuple)),
    st.builds(wire.RequestBlock, heights, digests),
    st.builds(wire.ProposedBlock, st.binary()),
    st.builds(wire.RequestTrail, heights),
    st.builds(wire.HeaderTrail, st.binary()),
    st.builds(wire.RequestChunk, heights, digests, digests),
    st.builds(wire.StateChunk, st.binary()),
    st.builds(wire.AgentMessage, texts.map(Address), texts.map(Address), texts, st.binary()),
)


@given(frames)
def test_decoding_is_the_inverse_of_encoding(frame: wire.Frame) -> None:
    assert decode_frame(encode_frame(frame)) == frame


def test_every_kind_of_frame_is_in_the_table() -> None:
    kinds = [kind for kind, _ in wire.TABLE.values()]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == set(wire.Frame.__args__)  # type: ignore[attr-defined]


@given(st.binary(max_size=200))
def test_garbage_is_refused_by_name(data: bytes) -> None:
    try:
        frame = decode_frame(data)
    except BadFrame:
        return
    assert encode_frame(frame) == data


@given(frames, st.data())
def test_an_altered_frame_is_another_frame_or_none(frame: wire.Frame, data: st.DataObject) -> None:
    raw = bytearray(encode_frame(frame))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with suppress(BadFrame):
        assert encode_frame(decode_frame(bytes(raw))) == bytes(raw)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ((), "begin"),
        ((99, 1), "no frame with the code 99"),
        ((1, 5), "items"),
        ((1, 5, -1), "negative"),
        ((20, (b"short",)), "bytes"),
        ((20, (bytes(32),) * (wire.IDS_MAX + 1)), "more than"),
        ((40, "a", "b", "t" * (wire.TOPIC_MAX + 1), b""), "topic"),
        ((40, "a" * 36, "b", "t", b""), "address of 36 characters"),
        ((40, "a", "b" * 36, "t", b""), "address of 36 characters"),
        (("text",), "begin"),
        (("text", 1), "code"),
        ((10, ((((),),),)), "deep"),
    ],
)
def test_what_is_wrong_is_said(value: tuple[object, ...], reason: str) -> None:
    with pytest.raises(BadFrame, match=reason):
        decode_frame(encode(value))  # type: ignore[arg-type]


def test_more_bytes_than_a_frame_may_have_are_refused_unread() -> None:
    with pytest.raises(BadFrame, match="more than the limit"):
        decode_frame(b"\x92" + bytes(wire.FRAME_BYTES_MAX))
