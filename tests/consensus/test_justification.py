"""What proves what: each way in which a proof can be short, stale, doubled, mixed or forged."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from consensus.actions import Check, Misbehaved
from consensus.messages import Prepared, Proposal, RoundChange
from crypto.hashing import sha256
from ledger.quantities import Height, Round
from tests.consensus.solo import H, Solo, bare

FORGED = bytes(64)


@pytest.fixture
def solo() -> Solo:
    return Solo(place=0)


def accepts(solo: Solo, proposal: Proposal) -> bool:
    """Whether the block is looked at; what is refused changes nothing and accuses the sender."""
    before = solo.machine.state.round
    solo.hear(proposal)
    if solo.did(Check):
        return True
    assert solo.machine.state.round is before
    assert [accused.peer for accused in solo.did(Misbehaved)] == [
        solo.committee.validators[proposal.member].address
    ]
    return False


def test_round_0_needs_no_proof(solo: Solo) -> None:
    assert accepts(solo, solo.proposal(solo.block(1)))


def test_round_0_takes_no_proof(solo: Solo) -> None:
    changes = solo.round_changes(1, 1, 2, 3)
    assert not accepts(solo, solo.proposal(solo.block(1), round_changes=changes))


def test_only_the_member_whose_turn_it_is_proposes(solo: Solo) -> None:
    proposal = solo.sign(Proposal(H, Round(0), solo.block(2).digest, solo.block(2).raw), 2)
    assert isinstance(proposal, Proposal)
    assert not accepts(solo, proposal)


def test_a_proposal_is_signed(solo: Solo) -> None:
    assert not accepts(solo, replace(solo.proposal(solo.block(1)), signature=FORGED))


@pytest.mark.parametrize(
    "change",
    [
        lambda proposal: replace(proposal, block=b"junk"),
        lambda proposal: replace(proposal, block=proposal.block[:-1]),
    ],
)
def test_the_block_must_be_the_one_that_is_named(solo: Solo, change: Callable[[Proposal], Proposal]) -> None:
    assert not accepts(solo, change(solo.proposal(solo.block(1))))


def test_the_block_must_be_of_this_height(solo: Solo) -> None:
    assert not accepts(solo, solo.proposal(replace(solo.block(1), height=Height(2))))


def test_a_new_block_must_be_of_this_round(solo: Solo) -> None:
    changes = solo.round_changes(1, 1, 2, 3)
    assert not accepts(solo, solo.proposal(solo.block(1), 1, round_changes=changes))
    assert accepts(solo, solo.proposal(solo.block(2, round=1), 1, round_changes=changes))


Changes = tuple[RoundChange, ...]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda changes: (),
        lambda changes: changes[:2],
        lambda changes: (changes[0], changes[0], changes[1]),
        lambda changes: changes[::-1],
        lambda changes: (*changes[:2], replace(changes[2], signature=FORGED)),
        lambda changes: (*changes[:2], replace(changes[2], round=Round(2))),
        lambda changes: (*changes[:2], replace(changes[2], height=Height(2))),
        lambda changes: (*changes[:2], replace(changes[2], member=0)),
        lambda changes: (*changes[:2], replace(changes[2], member=40)),
        lambda changes: (*changes[:2], replace(changes[2], prepared=Prepared(Round(0), sha256(b"x")))),
    ],
    ids=[
        "none",
        "too few",
        "doubled",
        "unordered",
        "forged",
        "round",
        "height",
        "member",
        "no member",
        "claim",
    ],
)
def test_a_later_round_needs_a_quorum_of_round_changes(
    solo: Solo, spoil: Callable[[Changes], Changes]
) -> None:
    changes = spoil(solo.round_changes(1, 1, 2, 3))
    assert not accepts(solo, solo.proposal(solo.block(2, round=1), 1, round_changes=changes))


def test_what_was_prepared_binds(solo: Solo) -> None:
    block = solo.block(1)
    lock = solo.certificate(block, 0, 1, 2, 3)
    changes = bare((*solo.round_changes(1, 1, 2), *solo.round_changes(1, 3, lock=lock)))
    fresh = solo.block(2, round=1)
    assert not accepts(solo, solo.proposal(fresh, 1, round_changes=changes))
    assert not accepts(solo, solo.proposal(fresh, 1, round_changes=changes, prepares=lock.prepares))
    assert not accepts(solo, solo.proposal(block, 1, round_changes=changes))
    assert accepts(solo, solo.proposal(block, 1, round_changes=changes, prepares=lock.prepares))


def test_a_proof_of_what_nobody_claims_is_refused(solo: Solo) -> None:
    changes = solo.round_changes(1, 1, 2, 3)
    prepares = solo.prepares(solo.block(1), 0, 1, 2, 3)
    fresh = solo.block(2, round=1)
    assert not accepts(solo, solo.proposal(fresh, 1, round_changes=changes, prepares=prepares))


def test_an_older_certificate_does_not_override_a_newer_one(solo: Solo) -> None:
    old, new = solo.block(1), solo.block(2, round=1)
    low, high = solo.certificate(old, 0, 1, 2, 3), solo.certificate(new, 1, 0, 1, 2)
    changes = bare((*solo.round_changes(2, 1, 2, lock=low), *solo.round_changes(2, 3, lock=high)))
    assert not accepts(solo, solo.proposal(old, 2, round_changes=changes, prepares=low.prepares))
    assert accepts(solo, solo.proposal(new, 2, round_changes=changes, prepares=high.prepares))


def test_a_certificate_of_a_round_to_come_is_refused(solo: Solo) -> None:
    block = solo.block(1)
    lock = solo.certificate(block, 1, 1, 2, 3)
    changes = bare(solo.round_changes(1, 1, 2, 3, lock=lock))
    assert not accepts(solo, solo.proposal(block, 1, round_changes=changes, prepares=lock.prepares))
    solo.hear(*solo.round_changes(1, 3, lock=lock))
    assert solo.did(Misbehaved)


def spoiled_certificates(solo: Solo) -> list[RoundChange]:
    block, other = solo.block(1), solo.block(1, nonce=1)
    good = solo.certificate(block, 0, 1, 2, 3)
    one, two, three = good.prepares
    proofs = [
        (),
        (one, two),
        (one, two, two),
        (three, two, one),
        (one, two, replace(three, signature=FORGED)),
        (one, two, *solo.prepares(other, 0, 3)),
        (one, two, *solo.prepares(block, 1, 3)),
        (one, two, replace(three, height=Height(2))),
        (one, two, replace(three, member=30)),
    ]
    return [
        *[solo.round_changes(2, 3, lock=replace(good, prepares=proof))[0] for proof in proofs],
        replace(solo.round_changes(2, 3)[0], prepares=good.prepares),
        replace(solo.round_changes(2, 3, lock=good)[0], prepared=Prepared(Round(1), block.digest)),
        replace(solo.round_changes(2, 3, lock=good)[0], prepared=None),
    ]


@pytest.mark.parametrize("case", range(12))
def test_a_round_change_proves_what_it_claims(solo: Solo, case: int) -> None:
    solo.hear(spoiled_certificates(solo)[case])
    assert solo.did(Misbehaved)
    assert len(solo.machine.state.at.tally) == 0
    solo.hear(*solo.round_changes(2, 3, lock=solo.certificate(solo.block(1), 0, 1, 2, 3)))
    assert len(solo.machine.state.at.tally) == 1
