"""Members as the chain records them: what votes made of one, and what the authority of its certificate."""

import pytest

from explorer.index.database import open_index
from explorer.index.queries.members import Member, members
from ledger.quantities import Slot
from tests.contracts.chain import VALIDATORS, Chain, address
from tests.contracts.membership.council import (
    FOREVER,
    MEMBERSHIP,
    application,
    applied,
    carry,
    certification,
    decide,
    found,
    join,
    latest,
    record,
    renewal,
    revocation,
    vote,
)
from tests.explorer.index.made import MadeChain, follow


@pytest.fixture
def chain() -> Chain:
    chain = found()
    join(chain, "elm", ("prosumer", "validator"))
    return chain


def renew(chain: Chain, serial: int, *roles: str) -> None:
    certified = certification(
        chain, "elm", serial, last_slot=FOREVER, roles=roles or ("prosumer", "validator")
    )
    assert chain.call("ash", MEMBERSHIP, "renew", renewal(certified)).ok


def revoke(chain: Chain, serial: int) -> None:
    assert chain.call("ash", MEMBERSHIP, "revoke", revocation(chain, "elm", serial)).ok


def member(url: str, chain: Chain) -> Member:
    """elm."""
    index = open_index(url)
    follow(index, MadeChain(chain))
    with index.read() as connection:
        (elm,) = [each for each in members(connection) if each.address == address("elm")]
    index.close()
    return elm


def standing(url: str, chain: Chain) -> str:
    elm = member(url, chain)
    assert (elm.name, elm.organisation, elm.roles) == ("elm", "Elm", record(chain, "elm").roles)
    return elm.standing


def test_a_certificate_is_revoked_and_renewed(url: str, chain: Chain) -> None:
    assert standing(url, chain) == "good"
    revoke(chain, 3)
    assert standing(url, chain) == "revoked"
    renew(chain, 4, "prosumer")
    assert standing(url, chain) == "good"


def test_whoever_applies_again_is_called_as_then(url: str, chain: Chain) -> None:
    later = Slot(FOREVER + 1)
    stated = application("elm", organisation="Elm and Sons", roles=("prosumer",), valid_until=later)
    arguments = applied(chain, stated, certification(chain, "elm", 3, organisation="Elm and Sons"))
    assert chain.call("alder", MEMBERSHIP, "apply", arguments).ok
    assert member(url, chain).organisation == "Elm"
    assert carry(chain, latest(chain)).ok
    assert member(url, chain).organisation == record(chain, "elm").organisation == "Elm and Sons"


def test_whoever_is_refused_is_no_longer_one_who_applied(url: str) -> None:
    chain = found()
    arguments = applied(chain, application("elm", roles=("prosumer",)), certification(chain, "elm"))
    assert chain.call("alder", MEMBERSHIP, "apply", arguments).ok
    assert member(url, chain).standing == "applied"
    for voter in VALIDATORS[1:]:
        vote(chain, voter, latest(chain), approve=False)
    assert member(url, chain).standing == "refused"


def test_a_renewal_forgives_nobody(url: str, chain: Chain) -> None:
    decide(chain, "expel", "elm")
    renew(chain, 3)
    assert standing(url, chain) == record(chain, "elm").standing == "expelled"


def test_a_vote_renews_no_certificate(url: str, chain: Chain) -> None:
    decide(chain, "expel", "elm")
    revoke(chain, 3)
    decide(chain, "reinstate", "elm")
    assert record(chain, "elm").is_revoked
    assert standing(url, chain) == "revoked"
