"""The vote log: two copies, one of which may be damaged in any way; and what it lets a validator sign."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.errors import VoteLogCorrupt, VoteLogMissing, VoteLogsDisagree, WrongVoteLog
from consensus.messages import Commit, Prepare, Proposal, RoundChange, Vote
from consensus.own_votes import BLOCKS_KEPT, Cast, Commitment, OwnVotes, Preparation
from consensus.vote_log import CHECKSUM_BYTES, LENGTH_BYTES, Floor, VoteLog, new_log, recover
from crypto.hashing import sha256
from ledger.codec import Value, encode
from ledger.quantities import Height, Round
from tests.consensus.committee import CHAIN, committee_of, signed

COMMITTEE = committee_of(4)
KEY = COMMITTEE.public_keys[0]
NEW = new_log(CHAIN, KEY, rejoining=False)


def open_log(first: bytes | None, second: bytes | None) -> VoteLog:
    return recover(first, second, CHAIN, KEY)


def prepare(round_: int, height: int = 1, text: str = "block") -> Preparation:
    vote = Prepare(Height(height), Round(round_), sha256(text.encode()))
    return Preparation(signed(vote, COMMITTEE, 0), text.encode())


def commit(round_: int, height: int = 1, text: str = "block") -> Commitment:
    digest = sha256(text.encode())
    quorum = [signed(Prepare(Height(height), Round(round_), digest), COMMITTEE, place) for place in range(3)]
    return Commitment(signed(Commit(Height(height), Round(round_), digest), COMMITTEE, 0), tuple(quorum))


def change(round_: int, height: int = 1) -> RoundChange:
    return signed(RoundChange(Height(height), Round(round_), None), COMMITTEE, 0)


def proposal(round_: int, height: int = 1) -> Proposal:
    return signed(Proposal(Height(height), Round(round_), sha256(b"block"), b"block"), COMMITTEE, 0)


ENTRIES: tuple[Cast, ...] = (proposal(0), prepare(0), commit(0), change(1), change(2), prepare(2, text="two"))


def written() -> tuple[bytes, OwnVotes]:
    log = open_log(NEW, NEW)
    return NEW + b"".join([log.append(entry) for entry in ENTRIES]), log.votes


def test_what_was_appended_is_recovered() -> None:
    copy, votes = written()
    assert open_log(copy, copy).votes == votes


def test_what_was_rewritten_is_recovered() -> None:
    copy, votes = written()
    image = open_log(copy, copy).rewrite()
    assert len(image) < len(copy)
    assert open_log(image, image).votes == votes


def test_a_new_height_makes_the_votes_of_the_old_one_superfluous() -> None:
    log = open_log(*[written()[0]] * 2)
    log.append(change(1, height=2))
    image = log.rewrite()
    votes = open_log(image, image).votes
    assert (votes.height, votes.round, votes.certificate, votes.preparations) == (2, 1, None, {})


Damage = Callable[[bytes], bytes | None]


@settings(max_examples=100)
@given(st.booleans(), st.data())
def test_one_copy_damaged_in_any_way_costs_nothing(is_first: bool, data: st.DataObject) -> None:
    copy, votes = written()
    at = data.draw(st.integers(0, len(copy) - 1))
    flipped = copy[:at] + bytes([copy[at] ^ data.draw(st.integers(1, 255))]) + copy[at + 1 :]
    for damaged in (None, b"", copy[:at], copy[:at] + bytes(len(copy) - at), flipped, copy + b"junk"):
        copies = (damaged, copy) if is_first else (copy, damaged)
        assert open_log(*copies).votes == votes


@settings(max_examples=50)
@given(st.data())
def test_two_copies_with_a_flipped_byte_are_refused(data: st.DataObject) -> None:
    copy, _ = written()
    damaged = []
    for _ in range(2):
        at = data.draw(st.integers(0, len(copy) - 1))
        damaged.append(copy[:at] + bytes([copy[at] ^ data.draw(st.integers(1, 255))]) + copy[at + 1 :])
    with pytest.raises((VoteLogCorrupt, WrongVoteLog)):
        open_log(*damaged)


def test_two_torn_copies_are_refused() -> None:
    copy, _ = written()
    with pytest.raises(VoteLogCorrupt, match="both copies") as caught:
        open_log(copy[:-1], copy[:-3])
    assert "ends within" in caught.value.first


@pytest.mark.parametrize("copies", [(b"", b""), (None, b""), (b"", None)])
def test_empty_files_are_refused(copies: tuple[bytes | None, bytes | None]) -> None:
    with pytest.raises(VoteLogCorrupt):
        open_log(*copies)


def test_no_log_is_refused_and_nothing_is_made() -> None:
    with pytest.raises(VoteLogMissing, match="join"):
        open_log(None, None)


def test_of_two_whole_copies_the_one_that_goes_on_holds() -> None:
    copy, votes = written()
    shorter = NEW + open_log(NEW, NEW).append(ENTRIES[0])
    assert open_log(copy, shorter).votes == votes
    assert open_log(shorter, copy).votes == votes


def test_of_two_whole_copies_the_later_generation_holds() -> None:
    copy, _ = written()
    log = open_log(copy, copy)
    log.append(change(1, height=2))
    image = log.rewrite()
    assert open_log(image, copy).votes.height == 2
    assert open_log(copy, image).votes.height == 2


def test_two_whole_copies_that_differ_are_refused() -> None:
    one = NEW + open_log(NEW, NEW).append(prepare(0))
    other = NEW + open_log(NEW, NEW).append(prepare(0, text="another"))
    with pytest.raises(VoteLogsDisagree):
        open_log(one, other)


def test_a_log_of_another_chain_or_key_is_refused() -> None:
    with pytest.raises(WrongVoteLog, match="chain"):
        recover(NEW, NEW, sha256(b"another"), KEY)
    with pytest.raises(WrongVoteLog, match="key"):
        recover(NEW, NEW, CHAIN, COMMITTEE.public_keys[1])


def test_entries_that_are_none_are_refused() -> None:
    stray = open_log(NEW, NEW).append(prepare(0))
    with pytest.raises(VoteLogCorrupt):
        open_log(stray, stray)


@pytest.mark.parametrize("record", [(1,), (2,), (4,), (9, 1), (1, 2, 3), (4, (5, 1, 1))])
def test_a_record_that_is_none_is_refused_whatever_its_checksum(record: Value) -> None:
    payload = encode(record)
    copy = NEW + len(payload).to_bytes(LENGTH_BYTES, "big") + sha256(payload)[:CHECKSUM_BYTES] + payload
    with pytest.raises(VoteLogCorrupt):
        open_log(copy, copy)


def test_a_vote_of_a_lower_height_that_comes_late_changes_nothing() -> None:
    log = open_log(NEW, NEW)
    log.append(prepare(0, height=2), commit(0, height=1), prepare(1, height=1))
    assert log.votes.preparations == {0: prepare(0, height=2)}
    assert log.votes.commitment is None


# What may be signed.


def objection(votes: OwnVotes, cast: Cast) -> str:
    vote: Vote = cast.vote if isinstance(cast, Preparation | Commitment) else cast
    return votes.objection(vote)


def test_nothing_is_signed_twice_or_backwards() -> None:
    votes = open_log(*[written()[0]] * 2).votes
    assert objection(votes, prepare(2, text="two"))
    assert objection(votes, prepare(2, text="another"))
    assert objection(votes, commit(1)), "round 2 was changed to"
    assert objection(votes, change(2))
    assert not objection(votes, commit(2, text="two"))
    assert not objection(votes, change(3))
    assert not objection(votes, prepare(0, height=2))


def test_nothing_is_signed_at_the_floor_or_below() -> None:
    log = open_log(NEW, NEW)
    log.append(Floor(Height(7)))
    assert objection(log.votes, prepare(0, height=7))
    assert not objection(log.votes, prepare(0, height=8))


def test_a_rejoining_key_signs_nothing_until_it_has_a_floor() -> None:
    image = new_log(CHAIN, KEY, rejoining=True)
    log = open_log(image, image)
    assert objection(log.votes, prepare(0, height=10**6))


def test_blocks_are_kept_of_a_few_rounds_and_of_the_lock() -> None:
    log = open_log(NEW, NEW)
    log.append(prepare(0, text="locked"), commit(0, text="locked"))
    for round_ in range(1, 50):
        log.append(change(round_), prepare(round_, text=f"block {round_}"))
    votes = log.votes
    assert len(votes.preparations) == BLOCKS_KEPT + 1
    assert votes.block(sha256(b"locked")) == b"locked"
    assert votes.block(sha256(b"block 49")) == b"block 49"
    assert votes.block(sha256(b"block 1")) is None
    image = log.rewrite()
    assert open_log(image, image).votes == votes
