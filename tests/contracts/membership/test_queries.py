"""What nodes and people are told about members, committees, candidates and open proposals."""

import pytest

from contracts.membership import queries
from contracts.membership.changes import Activate, Admit, Allow, Join
from contracts.membership.members import Standing
from ledger.quantities import Height
from tests.contracts.chain import ROLES, VALIDATORS, Chain, address
from tests.contracts.membership.council import (
    MEMBERSHIP,
    application,
    applied,
    certification,
    enter,
    found,
    join,
    latest,
    propose,
    report,
    shown,
    vote,
)


@pytest.fixture
def chain() -> Chain:
    chain = found()
    join(chain, "elm")
    return chain


def test_candidates_and_what_they_have_shown(chain: Chain) -> None:
    (candidate,) = queries.candidates(chain.head.state)
    assert (candidate.member.name, candidate.proposal, candidate.shown) == ("elm", None, None)
    assert chain.call("elm", MEMBERSHIP, "show_synced", shown(chain)).ok
    assert propose(chain, "admit", "elm").ok
    (candidate,) = queries.candidates(chain.head.state)
    assert (candidate.proposal, candidate.shown) == (latest(chain), chain.head.height - 2)
    assert vote(chain, "alder", latest(chain)).ok
    (tally,) = queries.tallies(chain.head.state, chain.head.height + 1)
    assert tally.proposal.change == Admit(address("elm"))
    assert (tally.approving, tally.rejecting, tally.quorum, tally.voters) == (1, 0, 3, 4)
    assert tally.proposal.votes == {address("alder"): True}


def test_who_was_seated_is_no_candidate(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    assert queries.candidates(chain.head.state) == []
    assert [member.name for member in queries.committee(chain.head.state, chain.head.height + 2)] == [
        *VALIDATORS,
        "elm",
    ]


def test_nobody_suspended_is_a_candidate(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    assert report(chain, "birch").ok
    assert queries.candidates(chain.head.state) == []
    standings = {member.name: member.standing for member in queries.list_members(chain.head.state)}
    assert standings["birch"] is Standing.SUSPENDED
    assert len(standings) == len(ROLES) + 1


def test_every_kind_of_proposal_is_read_as_it_was_made(chain: Chain) -> None:
    arguments = applied(chain, application("fir"), certification(chain, "fir"))
    assert chain.call("ash", MEMBERSHIP, "apply", arguments).ok
    roles = {"contract": "account", "action": "issue", "roles": ("grid",), "reason": "a reason"}
    assert chain.call("alder", MEMBERSHIP, "propose_roles", roles).ok
    version = {"version": 2, "height": 500, "reason": "a reason"}
    assert chain.call("birch", MEMBERSHIP, "propose_version", version).ok
    changes = [tally.proposal.change for tally in queries.tallies(chain.head.state, chain.head.height + 1)]
    join_, allow, activate = changes
    assert isinstance(join_, Join)
    assert join_.application == application("fir")
    assert allow == Allow("account", "issue", ("grid",))
    assert activate == Activate(2, Height(500))
    proposers = [
        tally.proposal.proposer for tally in queries.tallies(chain.head.state, chain.head.height + 1)
    ]
    assert proposers == [address("ash"), address("alder"), address("birch")]


def test_founders_stated_nothing(chain: Chain) -> None:
    assert queries.profile(chain.head.state, address("alder")) is None
    profile = queries.profile(chain.head.state, address("elm"))
    assert profile is not None
    assert profile.generation_w == 5_000
