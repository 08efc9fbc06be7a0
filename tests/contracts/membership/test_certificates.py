"""Certificates on the chain: renewed and revoked by the authority, ended by slot; roles end with them."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.account.contract import Account
from contracts.membership import queries
from contracts.membership.contract import Membership
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.errors import UnknownSender
from ledger.genesis import Genesis
from ledger.quantities import Slot
from tests.contracts.chain import VALIDATORS, Chain, address, make_genesis
from tests.contracts.membership.council import (
    AUTHORITY,
    FOREVER,
    MEMBERSHIP,
    application,
    applied,
    ballot,
    carry,
    certification,
    decide,
    enter,
    found,
    join,
    latest,
    propose,
    record,
    refused,
    renewal,
    report,
    revocation,
    seated,
    shown,
    vote,
)

FOUR = list(VALIDATORS)
HARMLESS: dict[str, Value] = {"creditor": "x", "amount": 1}


@pytest.fixture
def chain() -> Chain:
    """A chain with elm, a validator by application, whose certificate ends in a hundred slots."""
    chain = found()
    join(chain, "elm", ("prosumer", "validator"), Slot(chain.slot + 100))
    return chain


def renew(chain: Chain, name: str, serial: int, **stated: Any) -> bool:
    arguments = renewal(certification(chain, name, serial, **stated))
    return chain.call("ash", MEMBERSHIP, "renew", arguments).ok


def sends(chain: Chain, name: str) -> bool:
    """Whether a block takes a transaction of this member."""
    chain.send(name, "account", "repay", HARMLESS)
    try:
        chain.make_block()
    except UnknownSender:
        chain.pending.clear()
        return False
    return True


def test_a_certificate_ends_after_its_last_slot(chain: Chain) -> None:
    last = record(chain, "elm").last_slot
    assert last is not None
    chain.run_to(last - 1)
    assert sends(chain, "elm")
    assert chain.head.slot == last
    assert not sends(chain, "elm")
    assert not sends(chain, "elm")


def test_founders_are_certified_without_end(chain: Chain) -> None:
    chain.make_block(Slot(2**39))
    assert record(chain, "ash").last_slot is None


def test_a_founders_certificate_may_end_by_genesis() -> None:
    usual = make_genesis({MEMBERSHIP: {}, "account": {}}, authority=AUTHORITY)
    ends = {address("ash"): Slot(1_003), address("birch"): Slot(1_005)}
    members = tuple(replace(member, last_slot=ends.get(member.address)) for member in usual.members)
    genesis = Genesis.from_json(replace(usual, members=members).to_json())
    assert genesis.hash == replace(usual, members=members).hash
    chain = Chain(genesis, [Membership(), Account()])
    chain.run_to(1_002)
    assert sends(chain, "ash")
    assert not sends(chain, "ash")
    chain.run_to(1_006)
    assert queries.waiting(chain.head.state) == {address("birch"): "expired"}


def test_a_renewal_takes_no_vote(chain: Chain) -> None:
    assert renew(chain, "elm", 3, last_slot=FOREVER)
    assert (record(chain, "elm").serial, record(chain, "elm").last_slot) == (3, FOREVER)
    chain.make_block(chain.slot + 500)
    assert sends(chain, "elm")


def test_an_ended_certificate_is_renewed_by_anybody(chain: Chain) -> None:
    chain.make_block(chain.slot + 500)
    assert not sends(chain, "elm")
    assert renew(chain, "elm", 3)
    assert sends(chain, "elm")


def test_statements_are_not_played_again(chain: Chain) -> None:
    assert renew(chain, "elm", 5)
    for serial in (2, 4, 5):
        assert (
            refused(chain, "ash", "renew", renewal(certification(chain, "elm", serial))) == "StaleStatement"
        )
    for serial in (2, 4):
        assert refused(chain, "ash", "revoke", revocation(chain, "elm", serial)) == "StaleStatement"
    assert chain.call("ash", MEMBERSHIP, "revoke", revocation(chain, "elm", 5)).ok
    assert refused(chain, "ash", "revoke", revocation(chain, "elm", 5)) == "StaleStatement"
    assert refused(chain, "ash", "renew", renewal(certification(chain, "elm", 5))) == "StaleStatement"


def test_a_revocation_ahead_of_its_certification_voids_it_too(chain: Chain) -> None:
    assert chain.call("ash", MEMBERSHIP, "revoke", revocation(chain, "elm", 7)).ok
    assert refused(chain, "ash", "renew", renewal(certification(chain, "elm", 7))) == "StaleStatement"
    assert renew(chain, "elm", 8)
    assert sends(chain, "elm")


def test_a_certificate_revoked_before_its_holder_is_a_member_admits_nobody(chain: Chain) -> None:
    """The authority sees that it was deceived while the committee votes."""
    first = applied(chain, application("fir"), certification(chain, "fir", 2))
    assert chain.call("ash", MEMBERSHIP, "apply", first).ok
    assert chain.call("ash", MEMBERSHIP, "revoke", revocation(chain, "fir", 2)).ok
    assert carry(chain, latest(chain)).error.startswith("StaleStatement: ")
    assert refused(chain, "ash", "apply", first) == "StaleStatement"
    assert refused(chain, "ash", "revoke", revocation(chain, "fir", 2)) == "StaleStatement"
    for voter in ("alder", "birch"):
        assert vote(chain, voter, latest(chain), approve=False).ok
    later = applied(chain, application("fir"), certification(chain, "fir", 3))
    assert chain.call("ash", MEMBERSHIP, "apply", later).ok
    assert carry(chain, latest(chain)).ok


def test_a_revoked_validator_that_cannot_leave_yet_governs_and_does_no_more() -> None:
    """Its key may be stolen, and the committee, at its minimum, cannot do without it."""
    chain = found()
    assert chain.call("ash", MEMBERSHIP, "revoke", revocation(chain, "birch")).ok
    assert "birch" in seated(chain, 2)
    assert chain.call("birch", "account", "repay", HARMLESS).error.startswith("CertificateRevoked: ")
    assert propose(chain, "expel", "meter", "birch").ok
    assert vote(chain, "birch", latest(chain)).ok
    assert chain.call("ash", MEMBERSHIP, "renew", renewal(certification(chain, "birch", 3))).ok
    assert chain.call("birch", "account", "repay", HARMLESS).error.startswith("NoDebt: ")


def test_only_the_authority_speaks_of_certificates(chain: Chain) -> None:
    forger = PrivateKey.from_secret(99)
    certified = certification(chain, "elm", 3)
    forged = renewal(certified) | {"signature": certified.sign(forger)}
    assert refused(chain, "ash", "renew", forged) == "RefusedStatement"
    good = revocation(chain, "elm")
    assert refused(chain, "ash", "revoke", good | {"signature": bytes(64)}) == "RefusedStatement"
    assert refused(chain, "ash", "revoke", good | {"revocation": certified.encode()}) == "RefusedStatement"
    assert refused(chain, "ash", "renew", renewal(certification(chain, "stranger"))) == "UnknownMember"


def test_a_renewal_is_of_now(chain: Chain) -> None:
    for stated in ({"first_slot": Slot(2**30)}, {"last_slot": chain.head.slot}):
        arguments = renewal(certification(chain, "elm", 3, **stated))
        assert refused(chain, "ash", "renew", arguments) == "RefusedStatement"


def test_a_renewal_takes_roles_and_never_gives_them(chain: Chain) -> None:
    assert renew(chain, "elm", 3, roles=("grid", "validator"))
    assert record(chain, "elm").roles == ("validator",)
    assert renew(chain, "elm", 4, roles=("grid", "prosumer", "validator"))
    assert record(chain, "elm").roles == ("validator",)


def test_a_revoked_member_is_cut_off_in_the_same_block(chain: Chain) -> None:
    chain.send("ash", MEMBERSHIP, "revoke", revocation(chain, "elm"))
    chain.send("elm", "account", "repay", HARMLESS)
    with pytest.raises(UnknownSender):
        chain.make_block()


def test_a_founder_is_revoked_by_any_serial(chain: Chain) -> None:
    assert chain.call("beech", MEMBERSHIP, "revoke", revocation(chain, "ash", 17)).ok
    assert not sends(chain, "ash")
    assert refused(chain, "beech", "renew", renewal(certification(chain, "ash", 17))) == "StaleStatement"


def test_a_revoked_validator_leaves_and_needs_a_vote_to_return(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    assert chain.call("ash", MEMBERSHIP, "revoke", revocation(chain, "birch")).ok
    assert seated(chain, 2) == ["alder", "cedar", "dogwood", "elm"]
    assert not sends(chain, "birch")
    assert renew(chain, "birch", 3)
    assert sends(chain, "birch")
    assert seated(chain, 2) == ["alder", "cedar", "dogwood", "elm"]
    assert enter(chain, "birch").ok


def test_an_expired_validator_leaves_two_heights_later(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    last = record(chain, "elm").last_slot
    assert last is not None
    chain.run_to(last)
    assert seated(chain, 2) == [*FOUR, "elm"]
    chain.make_block()
    assert [event.name for event in chain.last.slot_events] == ["must_leave", "left"]
    assert (seated(chain, 1), seated(chain, 2)) == ([*FOUR, "elm"], FOUR)


def test_certificates_of_one_days_making_do_not_stop_the_chain(chain: Chain) -> None:
    """All four founders are replaced, and the certificates of all the new ones end at once."""
    end = Slot(chain.slot + 80)
    names = ["fir", "gum", "hazel", "ivy"]
    for name in names:
        join(chain, name, ("prosumer", "validator"), end)
        assert enter(chain, name).ok
    for name in FOUR:
        assert decide(chain, "remove", name).ok
    chain.run_to(end + 1)
    assert seated(chain, 2) == names
    assert list(queries.waiting(chain.head.state).values()) == ["expired"] * 4
    for name in names:
        assert sends(chain, name)
    # They have one role left, and it suffices to decide: about one another, too.
    assert propose(chain, "expel", "beech", "fir").ok
    assert carry(chain, latest(chain)).ok
    assert renew(chain, "ivy", 3)
    assert address("ivy") not in queries.waiting(chain.head.state)
    assert enter(chain, "alder").ok
    assert seated(chain, 2) == ["alder", "gum", "hazel", "ivy"]
    assert not sends(chain, "fir")


def test_who_waits_to_leave_has_no_role_but_the_validators() -> None:
    chain = found(roles={**dict.fromkeys(VALIDATORS, ("grid", "validator")), "ash": ("microgrid",)})
    grid_only = {"contract": "account", "action": "repay", "roles": ("grid",), "reason": "a test"}
    assert chain.call("alder", MEMBERSHIP, "propose_roles", grid_only).ok
    assert carry(chain, 1).ok
    assert chain.call("birch", "account", "repay", HARMLESS).error.startswith("NoDebt: ")
    assert chain.call("ash", MEMBERSHIP, "revoke", revocation(chain, "birch")).ok
    assert chain.call("birch", "account", "repay", HARMLESS).error.startswith("NotAllowed: ")
    assert propose(chain, "expel", "ash", "birch").ok
    assert vote(chain, "birch", 2).ok
    assert report(chain, "birch", 1, reporter="alder").ok
    assert vote(chain, "birch", 2).error.startswith("NotAllowed: ")
    assert refused(chain, "birch", "vote", ballot(2)) == "NotAllowed"


def test_the_authority_takes_no_vote_from_a_committee_at_its_minimum(chain: Chain) -> None:
    for name in FOUR:
        assert renew(chain, name, 3, roles=("auditor",))
    assert {*queries.waiting(chain.head.state).values()} == {"role lost"}
    assert [record(chain, name).roles for name in FOUR] == [()] * 4
    assert enter(chain, "elm").ok
    assert seated(chain, 2) == ["birch", "cedar", "dogwood", "elm"]
    assert propose(chain, "expel", "ash", "alder").error.startswith("NotAllowed: ")


def test_a_validator_that_gives_up_the_role_leaves(chain: Chain) -> None:
    assert enter(chain, "elm").ok
    assert renew(chain, "elm", 3, roles=("prosumer",))
    assert seated(chain, 2) == FOUR
    assert chain.last.receipts[-1].events[-1].fields["reason"] == "role lost"
    assert chain.call("elm", MEMBERSHIP, "show_synced", shown(chain)).error.startswith("NotAllowed: ")
