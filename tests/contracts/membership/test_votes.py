"""Proposals and votes: one each, a quorum of the committee in force, in time, and never twice."""

import pytest

from contracts.membership import queries
from ledger.codec import Value
from tests.contracts.chain import VALIDATORS, Chain, address
from tests.contracts.membership.council import (
    MEMBERSHIP,
    application,
    applied,
    ballot,
    certification,
    decide,
    enter,
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


@pytest.fixture
def chain() -> Chain:
    return found()


def test_a_quorum_decides_and_no_less(chain: Chain) -> None:
    assert propose(chain, "expel", "ash").ok
    for voter in ("alder", "birch"):
        assert vote(chain, voter, 1).ok
        assert chain.runtime.is_member(chain.head.state, address("ash"))
    receipt = vote(chain, "cedar", 1)
    assert [event.name for event in receipt.events] == ["voted", "closed", "expelled"]
    assert not chain.runtime.is_member(chain.head.state, address("ash"))


def test_nobody_votes_twice(chain: Chain) -> None:
    assert propose(chain, "expel", "ash").ok
    assert vote(chain, "alder", 1).ok
    for approve in (True, False):
        assert refused(chain, "alder", "vote", ballot(1, approve)) == "VotedAlready"
    assert queries.tallies(chain.head.state, chain.head.height + 1)[0].approving == 1


def test_it_is_rejected_once_a_quorum_cannot_be_reached(chain: Chain) -> None:
    assert propose(chain, "expel", "ash").ok
    assert vote(chain, "alder", 1, approve=False).ok
    assert vote(chain, "birch", 1).ok
    receipt = vote(chain, "cedar", 1, approve=False)
    assert receipt.events[-1].fields == {"proposal": 1, "outcome": "rejected"}
    assert refused(chain, "dogwood", "vote", ballot(1)) == "NotOpen"


@pytest.mark.parametrize("number", [2, 2**53])
def test_what_is_not_open_takes_no_votes(chain: Chain, number: int) -> None:
    assert propose(chain, "expel", "ash").ok
    assert refused(chain, "alder", "vote", ballot(number)) == "NotOpen"


def test_a_decided_proposal_is_not_decided_again(chain: Chain) -> None:
    assert decide(chain, "expel", "ash").ok
    assert refused(chain, "dogwood", "vote", ballot(1)) == "NotOpen"


def test_only_the_committee_in_force_votes_and_proposes(chain: Chain) -> None:
    join(chain, "elm")
    assert enter(chain, "elm").ok
    assert propose(chain, "expel", "ash").ok
    number = latest(chain)
    assert refused(chain, "ash", "vote", ballot(number)) == "NotAllowed"
    arguments = {"kind": "expel", "member": address("meter"), "reason": "because"}
    assert seated(chain) == [*VALIDATORS, "elm"]
    assert chain.call("elm", MEMBERSHIP, "propose", arguments).ok


def test_a_validator_has_no_vote_before_its_first_height(chain: Chain) -> None:
    join(chain, "elm")
    assert propose(chain, "expel", "ash").ok
    number = latest(chain)
    assert refused(chain, "elm", "vote", ballot(number)) == "NoVote"
    assert enter(chain, "elm").ok
    assert refused(chain, "elm", "vote", ballot(number)) == "NoVote"
    assert vote(chain, "elm", number).ok


def test_votes_of_those_who_left_do_not_count(chain: Chain) -> None:
    join(chain, "elm")
    assert enter(chain, "elm").ok
    chain.make_block()
    chain.make_block()
    assert propose(chain, "expel", "ash").ok
    number = latest(chain)
    assert vote(chain, "dogwood", number).ok
    assert vote(chain, "cedar", number).ok
    assert decide(chain, "remove", "dogwood").ok
    chain.make_block()
    chain.make_block()
    (tally,) = queries.tallies(chain.head.state, chain.head.height + 1)
    assert (tally.approving, tally.quorum, tally.voters) == (1, 3, 4)
    assert vote(chain, "alder", number).ok
    assert chain.runtime.is_member(chain.head.state, address("ash"))
    assert vote(chain, "elm", number).ok
    assert not chain.runtime.is_member(chain.head.state, address("ash"))


def test_votes_of_the_expelled_do_not_count_from_then_on(chain: Chain) -> None:
    join(chain, "elm")
    assert enter(chain, "elm").ok
    assert propose(chain, "expel", "ash").ok
    number = latest(chain)
    assert vote(chain, "dogwood", number).ok
    assert decide(chain, "expel", "dogwood").ok
    assert vote(chain, "alder", number).ok
    assert vote(chain, "birch", number).ok
    assert seated(chain) == ["alder", "birch", "cedar", "elm"]
    assert chain.runtime.is_member(chain.head.state, address("ash"))
    assert vote(chain, "cedar", number).ok
    assert not chain.runtime.is_member(chain.head.state, address("ash"))


def test_the_expelled_do_not_reject_what_others_vote_for(chain: Chain) -> None:
    """For two blocks they are in the committee still, without votes; the quorum is of all of it."""
    for name in ("elm", "fir"):
        join(chain, name)
        assert enter(chain, name).ok
    chain.make_block()
    chain.make_block()
    for name in ("elm", "fir", "ash"):
        assert propose(chain, "expel", name).ok
    number = latest(chain)
    for voter in VALIDATORS:
        chain.send(voter, MEMBERSHIP, "vote", ballot(number - 2))
        chain.send(voter, MEMBERSHIP, "vote", ballot(number - 1))
    assert all(receipt.ok for receipt in chain.make_block())
    assert len(seated(chain)) == 6
    assert vote(chain, "alder", number).ok
    for voter in ("birch", "cedar"):
        assert vote(chain, voter, number).ok
    assert not chain.runtime.is_member(chain.head.state, address("ash"))


def test_a_vote_against_never_passes_anything(chain: Chain) -> None:
    """Two of four are for it; then a suspension makes two enough, and a third votes against it."""
    join(chain, "elm")
    assert chain.call("elm", MEMBERSHIP, "show_synced", shown(chain)).ok
    assert propose(chain, "admit", "elm").ok
    number = latest(chain)
    assert vote(chain, "alder", number).ok
    assert vote(chain, "birch", number).ok
    assert report(chain, "dogwood", 1).ok
    assert vote(chain, "cedar", number, approve=False).ok
    assert seated(chain, 2) == list(VALIDATORS)
    assert refused(chain, "cedar", "vote", ballot(number)) == "VotedAlready"
    assert refused(chain, "alder", "vote", ballot(number, False)) == "VotedAlready"
    # Whoever is for it has it decided; its vote counts once, as before.
    assert vote(chain, "alder", number).ok
    assert seated(chain, 2) == [*VALIDATORS[:3], "elm"]


def test_proposals_expire() -> None:
    chain = found({"proposal_slots": 5})
    assert propose(chain, "expel", "ash").ok
    last = chain.head.slot + 5
    assert propose(chain, "expel", "beech").ok
    chain.run_to(last - 1)
    assert vote(chain, "alder", 1).ok
    assert chain.head.slot == last
    chain.send("alder", MEMBERSHIP, "vote", ballot(2))
    chain.make_block()
    assert [(event.name, event.fields) for event in chain.last.slot_events] == [
        ("closed", {"proposal": 1, "outcome": "expired"})
    ]
    assert vote(chain, "birch", 1).error.startswith("NotOpen: ")


def test_all_that_expires_in_a_long_pause_is_closed() -> None:
    chain = found({"proposal_slots": 5})
    for name in ("ash", "beech", "chestnut"):
        assert propose(chain, "expel", name).ok
    chain.make_block(chain.slot + 50)
    assert [event.fields["proposal"] for event in chain.last.slot_events] == [1, 2, 3]
    assert queries.tallies(chain.head.state, chain.head.height + 1) == []


def test_one_proposer_opens_so_many() -> None:
    chain = found({"proposals_each_max": 2})
    for name in ("ash", "beech"):
        assert propose(chain, "expel", name).ok
    assert propose(chain, "expel", "chestnut").error.startswith("TooManyProposals: ")
    assert propose(chain, "expel", "chestnut", "birch").ok
    assert vote(chain, "birch", 1, approve=False).ok
    assert vote(chain, "cedar", 1, approve=False).ok
    assert propose(chain, "expel", "storage").ok


def test_all_together_open_so_many_and_applications_are_counted_apart() -> None:
    chain = found({"proposals_max": 2, "applications_max": 1})
    assert propose(chain, "expel", "ash").ok
    assert propose(chain, "expel", "beech", "birch").ok
    assert propose(chain, "expel", "chestnut", "cedar").error.startswith("TooManyProposals: ")
    assert chain.call("meter", MEMBERSHIP, "apply", _application(chain, "elm")).ok
    receipt = chain.call("meter2", MEMBERSHIP, "apply", _application(chain, "fir"))
    assert receipt.error.startswith("TooManyProposals: ")


def test_the_same_is_open_once(chain: Chain) -> None:
    assert propose(chain, "expel", "ash").ok
    arguments = {"kind": "expel", "member": address("ash"), "reason": "again"}
    assert refused(chain, "birch", "propose", arguments) == "AlreadyProposed"


def test_what_has_become_impossible_is_not_approved(chain: Chain) -> None:
    join(chain, "elm")
    assert enter(chain, "elm").ok
    for name in ("cedar", "dogwood"):
        assert propose(chain, "remove", name).ok
    number = latest(chain)
    assert vote(chain, "alder", number).ok
    assert decide(chain, "expel", "dogwood").ok
    assert refused(chain, "birch", "vote", ballot(number)) == "NotPossible"
    assert refused(chain, "birch", "vote", ballot(number - 1)) == "CommitteeAtMinimum"
    assert vote(chain, "birch", number, approve=False).ok


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("propose", {"kind": "crown", "member": address("ash"), "reason": "x"}),
        ("propose", {"kind": "expel", "member": "ash", "reason": "x"}),
        ("propose", {"kind": "expel", "member": address("ash"), "reason": ""}),
        ("propose", {"kind": "expel", "member": address("ash")}),
        ("vote", {"proposal": 0, "approve": True, "reached": True}),
        ("vote", {"proposal": 1, "approve": 1, "reached": True}),
        ("propose_version", {"version": 0, "height": 1, "reason": "x"}),
        ("propose_roles", {"contract": "account", "action": "issue", "roles": ("x",) * 17, "reason": "x"}),
        ("show_synced", {"height": -1, "block": bytes(32)}),
        ("show_synced", {"height": 0, "block": bytes(31)}),
    ],
)
def test_arguments_are_checked(chain: Chain, action: str, arguments: dict[str, Value]) -> None:
    assert refused(chain, "alder", action, arguments) == "ArgumentError"


def _application(chain: Chain, name: str) -> dict[str, Value]:
    return applied(chain, application(name), certification(chain, name))
