"""Evidence on the chain: it suspends once, whom it concerns, for what it answers."""

import pytest

from crypto.hashing import sha256
from ledger.ballots import Ballot, Kind, SignedBallot
from ledger.quantities import Height, Round, Slot
from tests.contracts.chain import Chain, address, key_of
from tests.contracts.membership.council import (
    FOREVER,
    application,
    applied,
    certification,
    decide,
    enter,
    evidence,
    found,
    join,
    propose,
    record,
    refused,
    report,
    vote,
)

REPORT = "report_equivocation"


@pytest.fixture
def chain() -> Chain:
    chain = found()
    join(chain, "elm")
    return chain


def test_the_evidence_stays_on_the_chain(chain: Chain) -> None:
    arguments = evidence(chain, "birch", 1)
    receipt = chain.call("meter", "membership", REPORT, arguments)
    suspended = receipt.events[0]
    assert suspended.name == "suspended"
    ballots = {name: arguments[name] for name in ("first", "second")}
    assert suspended.fields == {"member": address("birch"), "height": 1, **ballots}


def test_reporting_twice_changes_nothing(chain: Chain) -> None:
    assert report(chain, "birch").ok
    for height in (1, 2, chain.head.height):
        assert refused(chain, "ash", REPORT, evidence(chain, "birch", height)) == "AlreadyOut"


def test_two_reports_in_one_block_are_one_suspension(chain: Chain) -> None:
    chain.send("ash", "membership", REPORT, evidence(chain, "birch", 1))
    chain.send("beech", "membership", REPORT, evidence(chain, "birch", 1))
    first, second = chain.make_block()
    assert (first.ok, second.error.partition(":")[0]) == (True, "AlreadyOut")


def test_heights_before_the_admission_count_for_nothing(chain: Chain) -> None:
    assert refused(chain, "ash", REPORT, evidence(chain, "elm", 1)) == "NotLiable"
    assert enter(chain, "elm").ok
    first = chain.head.height + 2
    assert record(chain, "elm").liable_from == first
    assert refused(chain, "ash", REPORT, evidence(chain, "elm", first - 1)) == "NotLiable"
    assert chain.call("ash", "membership", REPORT, evidence(chain, "elm", first)).ok


def test_who_left_still_answers_for_when_it_was_there(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    assert decide(chain, "remove", "birch").ok
    chain.make_block()
    chain.make_block()
    assert report(chain, "birch", 2).ok
    assert propose(chain, "admit", "birch").error.startswith("NotPossible: ")


def test_no_application_undoes_a_suspension_or_an_expulsion(chain: Chain) -> None:
    assert report(chain, "birch", 1).ok
    assert decide(chain, "expel", "elm").ok
    for name in ("birch", "elm"):
        arguments = applied(
            chain, application(name, valid_until=Slot(FOREVER + 1)), certification(chain, name, 9)
        )
        assert refused(chain, "ash", "apply", arguments) == "BadApplication"


def test_nobody_is_framed(chain: Chain) -> None:
    good = evidence(chain, "birch", 2)
    chain_hash, key = chain.genesis.hash, key_of("birch")
    vote_again = Ballot(Kind.PREPARE, Height(2), Round(1), sha256(b"other"))
    harmless = SignedBallot(vote_again, key.sign(vote_again.statement(chain_hash))).raw
    for wrong in (
        {"validator": address("cedar")},
        {"second": good["first"]},
        {"second": harmless},
        {"second": b"x"},
        {"first": evidence(chain, "cedar", 2)["first"]},
    ):
        assert refused(chain, "ash", REPORT, good | wrong) == "NotProven"
    assert refused(chain, "ash", REPORT, good | {"validator": address("stranger")}) == "UnknownMember"


def test_the_suspended_have_no_vote_and_keep_their_other_roles(chain: Chain) -> None:
    assert report(chain, "birch").ok
    assert vote(chain, "birch", 1).error.startswith("NotAllowed: ")
    receipt = chain.call("birch", "account", "repay", {"creditor": "x", "amount": 1})
    assert receipt.error.startswith("NoDebt: ")
