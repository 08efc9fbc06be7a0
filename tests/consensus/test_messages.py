"""Encodings and signatures: one form each, every field bound, hostile bytes refused."""

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.errors import BadMessage
from consensus.messages import (
    HEIGHT_MAX,
    PROOF_BYTES_MAX,
    ROUND_MAX,
    Commit,
    Message,
    Prepare,
    Prepared,
    Proposal,
    RoundChange,
    Status,
    Vote,
    decode_message,
    encode_message,
)
from crypto.hashing import Digest, sha256
from ledger.codec import encode
from ledger.genesis import COMMITTEE_MAX
from ledger.quantities import Height, Round
from ledger.seals import seal_message

CHAIN = sha256(b"chain")
BLOCK_BYTES_MAX = 1_000

heights = st.integers(1, HEIGHT_MAX).map(Height)
rounds = st.integers(0, ROUND_MAX).map(Round)
later_rounds = st.integers(1, ROUND_MAX).map(Round)
members = st.integers(0, COMMITTEE_MAX - 1)
digests = st.binary(min_size=32, max_size=32).map(Digest)
signatures = st.binary(min_size=64, max_size=64)
prepares = st.builds(Prepare, heights, rounds, digests, members, signatures)
commits = st.builds(Commit, heights, rounds, digests, members, signatures)
some_prepares = st.lists(prepares, max_size=4).map(tuple)
claims = st.none() | st.builds(Prepared, rounds, digests)
round_changes = st.builds(RoundChange, heights, later_rounds, claims, some_prepares, members, signatures)
proposals = st.builds(
    Proposal,
    heights,
    rounds,
    digests,
    st.binary(max_size=BLOCK_BYTES_MAX),
    st.lists(round_changes, max_size=4).map(tuple),
    some_prepares,
    members,
    signatures,
)
votes = proposals | prepares | commits | round_changes
messages = votes | st.builds(Status, heights, rounds)


@settings(max_examples=100)
@given(messages)
def test_decoding_is_the_inverse_of_encoding(message: Message) -> None:
    raw = encode_message(message)
    assert decode_message(raw, BLOCK_BYTES_MAX) == message
    assert encode_message(decode_message(raw, BLOCK_BYTES_MAX)) == raw


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_junk_is_refused(raw: bytes) -> None:
    with pytest.raises(BadMessage):
        decode_message(raw, BLOCK_BYTES_MAX)


@settings(max_examples=200)
@given(messages, st.data())
def test_damaged_messages_are_refused_or_are_other_messages(message: Message, data: st.DataObject) -> None:
    raw = bytearray(encode_message(message))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = decode_message(bytes(raw), BLOCK_BYTES_MAX)
    except BadMessage:
        return
    assert other != message
    assert encode_message(other) == bytes(raw)


def some_vote(kind: type[Vote]) -> Vote:
    digest = sha256(b"block")
    prepare = Prepare(Height(3), Round(1), digest, 2, bytes(64))
    change = RoundChange(Height(3), Round(4), Prepared(Round(1), digest), (prepare,), 1, bytes(64))
    votes: dict[type[Vote], Vote] = {
        Prepare: prepare,
        Commit: Commit(Height(3), Round(1), digest, 2, bytes(64)),
        RoundChange: change,
        Proposal: Proposal(Height(3), Round(4), digest, b"block", (change,), (prepare,), 0, bytes(64)),
    }
    return votes[kind]


OTHER_VALUES = {
    "height": Height(9),
    "round": Round(9),
    "digest": sha256(b"another"),
    "prepared": Prepared(Round(0), sha256(b"another")),
    "round_changes": (),
}
UNSIGNED_FIELDS = {"block", "member", "signature"}
"""The digest stands for the block, the key for the member."""


@pytest.mark.parametrize("kind", [Prepare, Commit, RoundChange, Proposal])
def test_the_signature_covers_every_field(kind: type[Vote]) -> None:
    vote = some_vote(kind)
    signed = {field.name for field in fields(vote)} - UNSIGNED_FIELDS
    if kind is RoundChange:
        signed -= {"prepares"}  # each carries its own signature
    for name in signed:
        other = replace(vote, **{name: OTHER_VALUES.get(name, ())})
        assert other.ballot.statement(CHAIN) != vote.ballot.statement(CHAIN), name


def test_the_claim_of_a_round_change_is_signed() -> None:
    digest = sha256(b"block")
    statements = {
        RoundChange(Height(1), Round(2), claim).ballot.statement(CHAIN)
        for claim in (None, Prepared(Round(0), digest), Prepared(Round(1), digest))
    }
    assert len(statements) == 3


def test_no_statement_serves_two_purposes_or_chains() -> None:
    digest = sha256(b"block")
    both: list[Prepare | Commit] = [Prepare(Height(1), Round(0), digest), Commit(Height(1), Round(0), digest)]
    chains = [CHAIN, sha256(b"another chain")]
    assert len({vote.ballot.statement(chain) for vote in both for chain in chains}) == 4


def test_a_commit_is_a_seal() -> None:
    vote = Commit(Height(5), Round(2), sha256(b"block"))
    assert vote.ballot.statement(CHAIN) == seal_message(CHAIN, 5, 2, sha256(b"block"))


GOOD = (2, 3, 1, bytes(32), 2, bytes(64))


@pytest.mark.parametrize(
    "value",
    [
        (),
        (9, 1, 0),
        (True, 1, 0),
        "text",
        GOOD[:-1],
        (*GOOD, 0),
        (2, 0, *GOOD[2:]),
        (2, HEIGHT_MAX + 1, *GOOD[2:]),
        (2, 3, ROUND_MAX + 1, *GOOD[3:]),
        (2, 3, -1, *GOOD[3:]),
        (2, 3, 1, bytes(31), 2, bytes(64)),
        (2, 3, 1, bytes(32), COMMITTEE_MAX, bytes(64)),
        (2, 3, 1, bytes(32), 2, bytes(63)),
        (2, 3, 1, bytes(32), 2, None),
        (4, 3, 0, None, None, (), 1, bytes(64)),
        (4, 3, 1, 0, None, (), 1, bytes(64)),
        (4, 3, 1, None, bytes(32), (), 1, bytes(64)),
        (4, 3, 1, None, None, (GOOD,) * (COMMITTEE_MAX + 1), 1, bytes(64)),
        (4, 3, 1, None, None, ((3, *GOOD[1:]),), 1, bytes(64)),
        (1, 3, 0, bytes(32), b"", (GOOD,), (), 1, bytes(64)),
        (1, 3, 0, bytes(32), "block", (), (), 1, bytes(64)),
    ],
    ids=repr,
)
def test_fields_out_of_range_are_refused(value: object) -> None:
    with pytest.raises(BadMessage):
        decode_message(encode(value), BLOCK_BYTES_MAX)  # type: ignore[arg-type]


def test_more_bytes_than_a_block_and_its_proof_are_refused_unread() -> None:
    with pytest.raises(BadMessage, match="more than the limit"):
        decode_message(bytes(BLOCK_BYTES_MAX + PROOF_BYTES_MAX + 1), BLOCK_BYTES_MAX)


def test_the_largest_proof_fits() -> None:
    digest = sha256(b"block")
    proof = tuple(Prepare(Height(HEIGHT_MAX), Round(ROUND_MAX), digest, 1, bytes(64)) for _ in range(64))
    claim = Prepared(Round(ROUND_MAX), digest)
    changes = tuple(
        RoundChange(Height(HEIGHT_MAX), Round(ROUND_MAX), claim, (), 1, bytes(64)) for _ in range(64)
    )
    block = bytes(BLOCK_BYTES_MAX)
    proposal = Proposal(Height(HEIGHT_MAX), Round(9), digest, block, changes, proof, 1, bytes(64))
    assert decode_message(encode_message(proposal), BLOCK_BYTES_MAX) == proposal


def test_the_encoding_is_what_the_documentation_says() -> None:
    vote = Prepare(Height(7), Round(1), sha256(b"block"), 3, bytes(64))
    raw = encode_message(vote)
    assert raw[:4] == bytes((0x96, 2, 7, 1))
    assert len(raw) == 4 + 2 + 32 + 1 + 2 + 64
    assert vote.ballot.statement(CHAIN) == b"gridquorum/prepare\x00" + CHAIN + encode(
        (7, 1, sha256(b"block"))
    )
    assert sha256(raw).hex() == "c63d323f6648f2a81848b23e5b177372a017a6540a9167c952443178f358a48b"
