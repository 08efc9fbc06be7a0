"""The committee: who enters and leaves, when, and that it never falls below its minimum."""

from collections.abc import Mapping

import pytest

from contracts.errors import ArgumentError
from contracts.membership import queries
from contracts.membership.synced import RECENT_BLOCKS
from crypto.hashing import sha256
from ledger.codec import Value
from ledger.quantities import Height
from tests.contracts.chain import VALIDATORS, Chain, address
from tests.contracts.membership.council import (
    MEMBERSHIP,
    ballot,
    carry,
    decide,
    enter,
    evidence,
    found,
    join,
    latest,
    propose,
    refused,
    report,
    seated,
    shown,
    vote,
)

FOUR = list(VALIDATORS)


@pytest.fixture
def chain() -> Chain:
    """A chain with one member more, which may validate."""
    chain = found()
    join(chain, "elm")
    return chain


def test_a_candidate_decides_from_two_heights_later_on(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    height = chain.head.height
    assert (seated(chain, 1), seated(chain, 2)) == (FOUR, [*FOUR, "elm"])
    chain.make_block()
    assert chain.head.header.height == height + 1
    assert chain.head.header.next_committee == chain.committee.hash
    assert chain.head.header.committee != chain.committee.hash
    chain.make_block()
    assert len(chain.head.committee) == 5
    assert len(chain.head.seals.seals) == 5


def test_changes_of_consecutive_blocks_take_effect_one_by_one(chain: Chain) -> None:
    join(chain, "fir")
    for name in ("elm", "fir"):
        assert chain.call(name, MEMBERSHIP, "show_synced", shown(chain)).ok
        assert propose(chain, "admit", name).ok
    first, second = latest(chain) - 1, latest(chain)
    for number in (first, second):
        assert vote(chain, "alder", number).ok
        assert vote(chain, "birch", number).ok
    assert vote(chain, "cedar", first).ok
    assert (seated(chain, 1), seated(chain, 2)) == (FOUR, [*FOUR, "elm"])
    assert vote(chain, "cedar", second).ok
    assert (seated(chain, 1), seated(chain, 2)) == ([*FOUR, "elm"], [*FOUR, "elm", "fir"])
    chain.make_block()
    assert len(chain.head.committee) == 5
    chain.make_block()
    assert len(chain.head.committee) == 6


def test_several_changes_of_one_block_are_one(chain: Chain) -> None:
    join(chain, "fir")
    for name in ("elm", "fir"):
        assert chain.call(name, MEMBERSHIP, "show_synced", shown(chain)).ok
        assert propose(chain, "admit", name).ok
    for voter in FOUR[:3]:
        for number in (latest(chain) - 1, latest(chain)):
            chain.send(voter, MEMBERSHIP, "vote", ballot(number))
    assert all(receipt.ok for receipt in chain.make_block())
    assert (seated(chain, 1), seated(chain, 2)) == (FOUR, [*FOUR, "elm", "fir"])


def test_a_candidate_that_is_offline_is_not_admitted(chain: Chain) -> None:
    """It was there when it was proposed, and is gone when the deciding vote comes."""
    assert chain.call("elm", MEMBERSHIP, "show_synced", shown(chain)).ok
    assert propose(chain, "admit", "elm").ok
    number = latest(chain)
    assert vote(chain, "alder", number).ok
    assert vote(chain, "birch", number).ok
    for _ in range(RECENT_BLOCKS):
        chain.make_block()
    assert refused(chain, "cedar", "vote", ballot(number)) == "NotSynced"
    assert seated(chain, 2) == FOUR
    assert chain.call("elm", MEMBERSHIP, "show_synced", shown(chain)).ok
    assert vote(chain, "cedar", number).ok
    assert seated(chain, 2) == [*FOUR, "elm"]


def test_a_candidate_that_never_was_online_is_not_admitted(chain: Chain) -> None:
    assert propose(chain, "admit", "elm").ok
    assert refused(chain, "alder", "vote", ballot(latest(chain))) == "NotSynced"


def test_a_vote_to_admit_attests_that_the_candidate_was_reached(chain: Chain) -> None:
    assert chain.call("elm", MEMBERSHIP, "show_synced", shown(chain)).ok
    assert propose(chain, "admit", "elm").ok
    assert refused(chain, "alder", "vote", ballot(latest(chain), reached=False)) == "NotReached"
    assert vote(chain, "alder", latest(chain), approve=False, reached=False).ok


def test_only_the_hash_of_a_recent_block_shows_anything(chain: Chain) -> None:
    chain.run_to(chain.slot + RECENT_BLOCKS)
    # What is signed now comes into the next block, which is one further from it.
    assert chain.call("elm", MEMBERSHIP, "show_synced", shown(chain, RECENT_BLOCKS - 1)).ok
    wrong: list[Mapping[str, Value]] = [
        shown(chain, RECENT_BLOCKS),
        shown(chain) | {"block": sha256(b"another")},
        shown(chain) | {"height": 1},
        shown(chain) | {"height": chain.head.height + 1},
    ]
    for arguments in wrong:
        assert refused(chain, "elm", "show_synced", arguments) == "NotRecent"


def test_who_cannot_be_admitted(chain: Chain) -> None:
    assert propose(chain, "admit", "birch").error.startswith("NotPossible: ")
    assert propose(chain, "admit", "ash").error.startswith("NotPossible: ")
    assert propose(chain, "admit", "nobody").error.startswith("UnknownMember: ")


def test_the_committee_has_a_largest_size() -> None:
    chain = found({"committee_max": 5})
    for name in ("elm", "fir"):
        join(chain, name)
    assert enter(chain, "elm").ok
    assert propose(chain, "admit", "fir").error.startswith("NotPossible: ")


def test_removal_takes_effect_two_heights_later_and_leaves_the_roles(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    chain.make_block()
    chain.make_block()
    assert decide(chain, "remove", "birch").ok
    assert (seated(chain, 1), seated(chain, 2)) == (
        [*FOUR, "elm"],
        ["alder", "cedar", "dogwood", "elm"],
    )
    assert chain.runtime.is_member(chain.head.state, address("birch"))
    chain.make_block()
    chain.make_block()
    assert chain.call("birch", MEMBERSHIP, "show_synced", shown(chain)).ok


def test_nobody_is_removed_below_the_minimum(chain: Chain) -> None:
    assert propose(chain, "remove", "birch").error.startswith("CommitteeAtMinimum: ")
    assert enter(chain, "elm").ok
    assert propose(chain, "remove", "birch").ok
    assert propose(chain, "remove", "cedar").ok
    assert carry(chain, latest(chain)).ok
    assert carry(chain, latest(chain) - 1).error.startswith("CommitteeAtMinimum: ")


def test_an_equivocation_suspends_at_once_and_unseats_two_heights_later(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    chain.make_block()
    chain.make_block()
    receipt = report(chain, "dogwood")
    assert {event.name for event in receipt.events} == {"suspended", "must_leave", "left"}
    assert (seated(chain, 1), seated(chain, 2)) == ([*FOUR, "elm"], [*FOUR[:3], "elm"])
    assert propose(chain, "remove", "birch", "dogwood").error.startswith("NotAllowed: ")


def test_suspensions_beyond_the_minimum_wait_for_replacements(chain: Chain) -> None:
    join(chain, "fir")
    assert report(chain, "dogwood").ok
    assert report(chain, "cedar").ok
    assert seated(chain, 2) == FOUR
    assert queries.waiting(chain.head.state) == {
        address("dogwood"): "suspended",
        address("cedar"): "suspended",
    }
    # The two that are left decide: those that equivocated have no vote, nor do they count.
    for name, remaining in (("elm", [*FOUR[:3], "elm"]), ("fir", ["alder", "birch", "elm", "fir"])):
        assert chain.call(name, MEMBERSHIP, "show_synced", shown(chain)).ok
        assert propose(chain, "admit", name).ok
        assert carry(chain, latest(chain)).ok
        assert seated(chain, 2) == remaining
        chain.make_block()
    assert not queries.waiting(chain.head.state)


def test_who_equivocated_leaves_before_whose_certificate_ended() -> None:
    chain = found()
    for name in ("elm", "fir"):
        join(chain, name, last_slot=chain.slot + 30 if name == "elm" else 2**40)  # type: ignore[arg-type]
    assert enter(chain, "elm").ok
    assert decide(chain, "remove", "alder").ok
    chain.run_to(chain.slot + 30)
    assert report(chain, "birch").ok
    assert queries.waiting(chain.head.state) == {address("elm"): "expired", address("birch"): "suspended"}
    assert chain.call("fir", MEMBERSHIP, "show_synced", shown(chain)).ok
    assert propose(chain, "admit", "fir", "cedar").ok
    assert carry(chain, latest(chain)).ok
    assert seated(chain, 2) == ["cedar", "dogwood", "elm", "fir"]


@pytest.mark.parametrize("founders", [1, 2, 3])
def test_a_small_founding_committee_is_its_own_minimum(founders: int) -> None:
    chain = found(committee=FOUR[:founders])
    chain.make_block()
    assert report(chain, "alder").ok
    assert seated(chain, 2) == FOUR[:founders]
    assert "alder" in seated(chain, 2)


@pytest.mark.parametrize(
    "parameters", [{"minimum": 5}, {"committee_max": 3}, {"committee_max": 4}, {"minimum": 0}, {"minumum": 4}]
)
def test_a_genesis_that_contradicts_itself_is_refused(parameters: dict[str, Value]) -> None:
    with pytest.raises(ArgumentError):
        found(parameters)


def test_the_genesis_may_ask_for_a_smaller_minimum() -> None:
    chain = found({"minimum": 3})
    chain.make_block()
    assert decide(chain, "remove", "alder").ok
    assert seated(chain, 2) == FOUR[1:]


def test_reinstatement_forgives_and_lets_one_stay(chain: Chain) -> None:
    assert report(chain, "dogwood").ok
    old = evidence(chain, "dogwood", chain.head.height)
    assert decide(chain, "reinstate", "dogwood").ok
    assert not queries.waiting(chain.head.state)
    assert refused(chain, "ash", "report_equivocation", old) == "NotLiable"
    assert vote(chain, "dogwood", latest(chain)).error.startswith("NotOpen: ")
    assert chain.call(
        "ash", MEMBERSHIP, "report_equivocation", evidence(chain, "dogwood", chain.head.height + 1)
    ).ok


def test_the_suspended_return_by_reinstatement_and_admission_alone(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    assert report(chain, "dogwood").ok
    chain.make_block()
    chain.make_block()
    assert propose(chain, "admit", "dogwood").error.startswith("NotPossible: ")
    assert refused(chain, "dogwood", "show_synced", shown(chain)) == "NotAllowed"
    assert decide(chain, "reinstate", "dogwood").ok
    assert seated(chain, 2) == [*FOUR[:3], "elm"]
    assert enter(chain, "dogwood").ok
    assert seated(chain, 2) == [*FOUR, "elm"]


def test_nobody_is_expelled_below_the_minimum(chain: Chain) -> None:
    assert propose(chain, "expel", "dogwood").error.startswith("CommitteeAtMinimum: ")
    assert enter(chain, "elm").ok
    assert decide(chain, "expel", "dogwood").ok
    assert seated(chain, 2) == [*FOUR[:3], "elm"]
    assert not chain.runtime.is_member(chain.head.state, address("dogwood"))
    assert propose(chain, "expel", "dogwood").error.startswith("NotPossible: ")


def test_the_order_of_the_committee_is_that_of_numbers(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    assert decide(chain, "remove", "alder").ok
    assert enter(chain, "alder").ok
    assert seated(chain, 2) == [*FOUR, "elm"]


def test_old_blocks_are_judged_by_the_committee_of_their_height(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    assert decide(chain, "expel", "alder").ok
    chain.run_to(chain.slot + 4)
    assert seated(chain) == [*FOUR[1:], "elm"]
    replayed = chain.replay()
    assert replayed.hash == chain.head.hash
    assert replayed.committee.hash == chain.head.committee.hash
    record = queries.list_members(chain.head.state)[0]
    assert (record.name, record.public_key) == ("alder", chain.genesis.members[0].public_key)


def test_committees_are_asked_for_the_two_heights_that_follow(chain: Chain) -> None:
    committee = chain.runtime.committee(chain.head.state, Height(chain.head.height + 2))
    assert [validator.address for validator in committee.validators] == [address(name) for name in FOUR]
