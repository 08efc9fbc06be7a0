"""What voters see tells apart whom they are to tell apart."""

from dataclasses import replace

import pytest

from cli.committee_rows import proposal_rows
from cli.errors import CommandError
from cli.governing import find_member
from tests.contracts.chain import address, key_of
from tests.contracts.membership.council import (
    MEMBERSHIP,
    application,
    applied,
    carry,
    certification,
    found,
    join,
    latest,
    propose,
)


def test_an_applicant_cannot_pass_for_another_by_its_name() -> None:
    chain = found()
    for name, organisation in (("elm", "Elm Solar"), ("fir", "Mallory")):
        stated = application(name, organisation=organisation)
        arguments = applied(chain, stated, certification(chain, name, organisation=organisation))
        assert chain.call("ash", MEMBERSHIP, "apply", arguments).ok
    assert propose(chain, "expel", "beech").ok
    version = {"version": 2, "height": 100, "reason": "an improvement"}
    assert chain.call("alder", MEMBERSHIP, "propose_version", version).ok
    assert [row["who"] for row in proposal_rows(chain.genesis, chain.head)] == [
        f"{address('elm')} of Elm Solar, as validator",
        f"{address('fir')} of Mallory, as validator",
        address("beech"),
        "",
    ]


def test_a_name_that_is_anothers_address_hides_nobody() -> None:
    chain = found()
    join(chain, "elm")
    named = replace(application("fir"), name=address("elm"))
    arguments = applied(chain, named, certification(chain, "fir"))
    arguments["signature"] = key_of("fir").sign(named.statement(chain.genesis.hash))
    assert chain.call("ash", MEMBERSHIP, "apply", arguments).ok
    assert carry(chain, latest(chain)).ok
    assert find_member(chain.head, address("elm")).name == "elm"
    assert find_member(chain.head, "elm").name == "elm"
    with pytest.raises(CommandError, match="no member"):
        find_member(chain.head, "yew")
