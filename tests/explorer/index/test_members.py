"""Members as the chain records them: what votes made of one, and what the authority of its certificate."""

import pytest

from explorer.index.database import open_index
from explorer.index.queries.members import members
from tests.contracts.chain import Chain, address
from tests.contracts.membership.council import (
    FOREVER,
    MEMBERSHIP,
    certification,
    decide,
    found,
    join,
    record,
    renewal,
    revocation,
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


def standing(url: str, chain: Chain) -> str:
    index = open_index(url)
    follow(index, MadeChain(chain))
    with index.read() as connection:
        (elm,) = [member for member in members(connection) if member.address == address("elm")]
    index.close()
    assert (elm.name, elm.organisation, elm.roles) == ("elm", "Elm", record(chain, "elm").roles)
    return elm.standing


def test_a_certificate_is_revoked_and_renewed(url: str, chain: Chain) -> None:
    assert standing(url, chain) == "good"
    revoke(chain, 3)
    assert standing(url, chain) == "revoked"
    renew(chain, 4, "prosumer")
    assert standing(url, chain) == "good"


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
