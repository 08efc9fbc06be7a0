"""Versions of blocks by vote: the next one only, far enough ahead, and in force at its height."""

import pytest

from contracts.context import Context
from contracts.contract import Contract, action
from contracts.membership.versions import AHEAD_MAX
from contracts.steps import DEFAULT_STEPS
from ledger.codec import Value
from ledger.errors import UnsupportedVersion
from ledger.quantities import Height
from tests.contracts.chain import Chain
from tests.contracts.membership.council import MEMBERSHIP, ballot, carry, found, latest, refused, vote

AHEAD = 16


class Loud(Contract):
    """Tells much."""

    name = "loud"

    @action(roles=None)
    def tell(self, ctx: Context) -> None:
        ctx.emit("told", text="x" * 10 * 1024)


@pytest.fixture
def chain() -> Chain:
    return found({}, Loud())


def proposal(version: int, height: int) -> dict[str, Value]:
    return {"version": version, "height": height, "reason": "an improvement"}


def activate(chain: Chain, version: int, height: int) -> None:
    assert chain.call("alder", MEMBERSHIP, "propose_version", proposal(version, height)).ok
    assert carry(chain, latest(chain)).ok


def test_it_holds_from_its_height_on_and_not_before(chain: Chain) -> None:
    height = 2 + AHEAD
    activate(chain, 2, height)
    while chain.head.height < height - 1:
        chain.make_block()
        assert chain.head.header.version == 1
    chain.make_block()
    assert (chain.head.height, chain.head.header.version) == (height, 2)
    chain.make_block()
    assert chain.head.header.version == 2
    assert chain.replay().hash == chain.head.hash


def test_version_2_charges_for_what_is_told(chain: Chain) -> None:
    before = chain.call("ash", "loud", "tell", {}).steps
    activate(chain, 2, chain.head.height + 2 + AHEAD)
    while chain.head.header.version == 1:
        chain.make_block()
    assert chain.call("ash", "loud", "tell", {}).steps == before + 10 * DEFAULT_STEPS["kilobyte"]


@pytest.mark.parametrize("version", [1, 3, 2**16])
def test_only_the_next_version_can_be_proposed(chain: Chain, version: int) -> None:
    assert refused(chain, "alder", "propose_version", proposal(version, 1_000)) == "NotPossible"


def test_operators_are_given_time(chain: Chain) -> None:
    assert refused(chain, "alder", "propose_version", proposal(2, AHEAD)) == "NotPossible"
    assert chain.call("alder", MEMBERSHIP, "propose_version", proposal(2, 2 + AHEAD)).ok
    assert vote(chain, "alder", 1).error.startswith("NotPossible: ")


def test_it_is_too_late_for_a_vote_that_leaves_no_time(chain: Chain) -> None:
    height = 3 + AHEAD
    assert chain.call("alder", MEMBERSHIP, "propose_version", proposal(2, height)).ok
    assert vote(chain, "alder", 1).ok
    assert vote(chain, "birch", 1).ok
    assert refused(chain, "cedar", "vote", ballot(1)) == "NotPossible"
    assert chain.runtime.block_version(chain.head.state, Height(height)) == 1


def test_no_version_is_so_far_ahead_that_none_can_follow(chain: Chain) -> None:
    least = chain.head.height + 1 + AHEAD
    for height in (least + AHEAD_MAX + 1, 2**53):
        assert refused(chain, "alder", "propose_version", proposal(2, height)) == "NotPossible"
    activate(chain, 2, chain.head.height + 1 + AHEAD + AHEAD_MAX)
    activate(chain, 3, chain.head.height + 1 + AHEAD + AHEAD_MAX)


def test_versions_follow_each_other_in_order(chain: Chain) -> None:
    activate(chain, 2, 100)
    assert refused(chain, "alder", "propose_version", proposal(2, 200)) == "NotPossible"
    assert refused(chain, "alder", "propose_version", proposal(3, 100)) == "NotPossible"
    activate(chain, 3, 101)
    versions = [
        chain.runtime.block_version(chain.head.state, Height(height)) for height in (99, 100, 101, 10**9)
    ]
    assert versions == [1, 2, 3, 3]


def test_a_chain_may_decide_on_what_this_software_does_not_know(chain: Chain) -> None:
    """Old and new software agree on the decision; the old one stops where it takes effect."""
    activate(chain, 2, 60)
    activate(chain, 3, 61)
    while chain.head.height < 60:
        chain.make_block()
    with pytest.raises(UnsupportedVersion):
        chain.make_block()
