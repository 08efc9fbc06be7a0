"""Contradictions: what proves that a validator lied, and the much longer list of what does not."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.hashing import Digest, sha256
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger.ballots import BALLOT_BYTES_MAX, Ballot, Kind, SignedBallot
from ledger.codec import encode
from ledger.errors import BadEvidence, DecodeError
from ledger.evidence import check_contradiction, is_contradiction
from ledger.quantities import Height, Round
from tests.ledger.builders import key_of

CHAIN = sha256(b"chain")
A, B, PROOF = sha256(b"block a"), sha256(b"block b"), sha256(b"justification")
H = Height(7)


def proposal(round: int, digest: Digest, proof: Digest = PROOF) -> Ballot:
    return Ballot(Kind.PROPOSAL, H, Round(round), digest, proof=proof)


def prepare(round: int, digest: Digest) -> Ballot:
    return Ballot(Kind.PREPARE, H, Round(round), digest)


def commit(round: int, digest: Digest) -> Ballot:
    return Ballot(Kind.COMMIT, H, Round(round), digest)


def change(round: int, locked: int | None = None, digest: Digest | None = None) -> Ballot:
    return Ballot(Kind.ROUND_CHANGE, H, Round(round), digest, None if locked is None else Round(locked))


CONTRADICTIONS = {
    "two proposals": (proposal(1, A), proposal(1, B)),
    "two prepares": (prepare(1, A), prepare(1, B)),
    "two commits": (commit(0, A), commit(0, B)),
    "two claims": (change(3, 1, A), change(3, 2, A)),
    "two blocks claimed": (change(3, 1, A), change(3, 1, B)),
    "a claim and none": (change(3, 1, A), change(3)),
    "no lock after a commit": (commit(1, A), change(2)),
    "an older lock than one's commit": (commit(1, A), change(5, 0, B)),
    "an older lock, same block": (commit(1, A), change(5, 0, A)),
    "another block of the round of one's commit": (commit(1, A), change(2, 1, B)),
}

HONEST = {
    "the same twice": (prepare(1, A), prepare(1, A)),
    "another justification": (proposal(1, A), proposal(1, A, proof=sha256(b"another"))),
    "two rounds": (prepare(1, A), prepare(2, B)),
    "commits of two rounds": (commit(1, A), commit(2, B)),
    "two kinds": (proposal(1, A), prepare(1, B)),
    "prepared and committed": (prepare(1, A), commit(1, A)),
    "the lock that one's commit gave": (commit(1, A), change(2, 1, A)),
    "a newer lock than one's commit": (commit(1, A), change(4, 3, B)),
    "a commit after the round change": (change(1), commit(1, A)),
    "a commit in a later round": (change(1), commit(2, A)),
    "a newer lock later": (change(2, 0, A), change(3, 1, B)),
    "another height": (prepare(1, A), replace(prepare(1, B), height=Height(8))),
    "a commit of another height": (commit(1, A), replace(change(2), height=Height(8))),
}


def signed(ballot: Ballot, key: PrivateKey | None = None, chain: Digest = CHAIN) -> bytes:
    return SignedBallot(ballot, (key or key_of(0)).sign(ballot.statement(chain))).raw


def check(first: bytes, second: bytes, chain: Digest = CHAIN) -> Height:
    return check_contradiction(first, second, chain, key_of(0).public_key, SignatureCache(10))


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_is_proof_in_any_order(name: str) -> None:
    first, second = CONTRADICTIONS[name]
    assert check(signed(first), signed(second)) == H
    assert check(signed(second), signed(first)) == H


@pytest.mark.parametrize("name", HONEST)
def test_what_an_honest_validator_may_sign_is_none(name: str) -> None:
    first, second = HONEST[name]
    for pair in ((first, second), (second, first)):
        with pytest.raises(BadEvidence, match="an honest validator may have signed both"):
            check(*map(signed, pair))


def test_both_must_be_of_the_accused_key() -> None:
    first, second = CONTRADICTIONS["two commits"]
    for raws in ((signed(first, key_of(1)), signed(second)), (signed(first), signed(second, key_of(1)))):
        with pytest.raises(BadEvidence, match="signature"):
            check(*raws)


def test_votes_on_another_chain_prove_nothing_here() -> None:
    first, second = CONTRADICTIONS["two commits"]
    other = sha256(b"another chain")
    with pytest.raises(BadEvidence, match="signature"):
        check(signed(first), signed(second, chain=other))
    assert check(signed(first, chain=other), signed(second, chain=other), chain=other) == H


def test_a_signature_says_which_kind_it_is_for() -> None:
    for one, other in combinations((prepare(1, A), commit(1, A), proposal(1, A), change(1, 0, A)), 2):
        forged = SignedBallot(other, key_of(0).sign(one.statement(CHAIN))).raw
        rival = replace(other, digest=B)
        with pytest.raises(BadEvidence, match="signature"):
            check(forged, signed(rival))


digests = st.sampled_from([A, B])
rounds = st.integers(0, 4)
ballots = st.one_of(
    st.builds(proposal, rounds, digests),
    st.builds(prepare, rounds, digests),
    st.builds(commit, rounds, digests),
    st.builds(change, rounds),
    st.builds(change, rounds, rounds, digests),
)


@given(ballots, ballots)
def test_the_order_of_the_two_never_matters(first: Ballot, second: Ballot) -> None:
    assert is_contradiction(first, second) == is_contradiction(second, first)
    assert not is_contradiction(first, first)


@given(ballots)
def test_a_ballot_has_one_encoding(ballot: Ballot) -> None:
    vote = SignedBallot(ballot, bytes(64))
    assert SignedBallot.decode(vote.raw) == vote
    assert len(vote.raw) <= BALLOT_BYTES_MAX


def test_the_largest_ballot_fits() -> None:
    most = 2**64 - 1
    for ballot in (proposal(most, A), change(most, most, A)):
        vote = SignedBallot(replace(ballot, height=Height(most)), bytes(64))
        assert SignedBallot.decode(vote.raw) == vote


@settings(max_examples=300)
@given(ballots, st.data())
def test_changed_bytes_are_another_ballot_or_none(ballot: Ballot, data: st.DataObject) -> None:
    raw = bytearray(SignedBallot(ballot, bytes(64)).raw)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = SignedBallot.decode(bytes(raw))
    except DecodeError:
        return
    assert found != SignedBallot(ballot, bytes(64))
    assert found.raw == raw


@pytest.mark.parametrize(
    "value",
    [
        (),
        (2,),
        None,
        (2, 7, 1, A),
        (True, 7, 1, A, PROOF, bytes(64)),
        (5, 7, 1, A, bytes(64)),
        (2, 7, 1, A, PROOF, bytes(64)),
        (1, 7, 1, A, bytes(64)),
        (2, 7, 1, None, bytes(64)),
        (2, 7, -1, A, bytes(64)),
        (2, 7, 1, bytes(31), bytes(64)),
        (2, 7, 1, A, bytes(63)),
        (4, 7, 1, None, A, bytes(64)),
        (4, 7, 1, 0, None, bytes(64)),
        (2, 7, 1, A, bytes(300)),
    ],
    ids=lambda value: repr(value)[:16],
)
def test_what_is_no_ballot_is_no_evidence(value: object) -> None:
    with pytest.raises(BadEvidence):
        check(encode(value), signed(prepare(1, A)))  # type: ignore[arg-type]
    with pytest.raises(BadEvidence):
        check(signed(prepare(1, A)), encode(value))  # type: ignore[arg-type]
