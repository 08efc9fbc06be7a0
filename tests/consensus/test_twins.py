"""Twins at n = 4: whatever the network does, two copies of a validator are one Byzantine one and no more."""

import random
from collections.abc import Callable, Iterable
from itertools import product

import pytest

from consensus import changing, justification, proposing
from consensus.messages import Prepared, Proposal, RoundChange
from ledger.committee import Committee
from tests.consensus.twins import (
    EARS,
    MEMBERS,
    ROUNDS,
    SIDES,
    TWIN,
    Schedule,
    play,
    schedules,
    some_schedules,
)
from tests.consensus.watch import Violation

SOME = some_schedules(1_000, random.Random("twins"))


def test_mirrored_schedules_are_the_same_attack() -> None:
    for schedule in SOME:
        swap = {schedule.twinned: TWIN, TWIN: schedule.twinned}
        for round_, one, other in product(range(ROUNDS), range(MEMBERS + 1), range(MEMBERS + 1)):
            is_linked = schedule.is_linked(swap.get(one, one), swap.get(other, other), round_, Proposal)
            assert schedule.mirrored().is_linked(one, other, round_, Proposal) == is_linked
        assert schedule.mirrored().mirrored() == schedule


def test_some_schedules_end_in_one_decision() -> None:
    worlds = [play(schedule) for schedule in SOME]
    caught = sum(bool(world.accused) for world in worlds)
    print(f"{len(SOME)} schedules played; in {caught} of them, somebody could prove that the twins lied")
    assert caught


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("twinned", range(MEMBERS))
def test_all_schedules_end_in_one_decision(twinned: int) -> None:
    played = sum(1 for schedule in schedules(twinned) if play(schedule))
    print(f"all {played} schedules played in which member {twinned} has a twin")
    heard = EARS ** (2 * ROUNDS - 1)
    mirrors_of_themselves = (SIDES // 2) ** ROUNDS * heard
    assert played == (SIDES**ROUNDS * heard + mirrors_of_themselves) // 2


def is_caught(some: Iterable[Schedule], complaint: str) -> bool:
    for schedule in some:
        try:
            play(schedule)
        except Violation as violation:
            if complaint in str(violation):
                return True
    return False


def forget_the_lock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changing, "RoundChange", lambda height, round_, *claim: RoundChange(height, round_, None))


def count_one_less_than_a_quorum(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Committee, "quorum", property(lambda committee: -(-2 * len(committee) // 3) - 1))


def propose_a_new_block_whatever_was_prepared(patch: pytest.MonkeyPatch) -> None:
    for module in (proposing, justification):
        patch.setattr(module, "highest_prepared", lambda votes: None)


def let_the_oldest_lock_bind(patch: pytest.MonkeyPatch) -> None:
    def lowest_prepared(votes: tuple[RoundChange, ...]) -> Prepared | None:
        claims = [vote.prepared for vote in votes if vote.prepared is not None]
        return min(claims, key=lambda prepared: prepared.round, default=None)

    for module in (proposing, justification):
        patch.setattr(module, "highest_prepared", lowest_prepared)


@pytest.mark.parametrize(
    ("mutate", "complaint"),
    [
        (forget_the_lock, "contradicts itself"),
        (count_one_less_than_a_quorum, "two blocks"),
        (propose_a_new_block_whatever_was_prepared, "two blocks"),
        (let_the_oldest_lock_bind, "two blocks"),
    ],
)
def test_a_broken_protocol_is_caught(
    mutate: Callable[[pytest.MonkeyPatch], None], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    assert is_caught(SOME, complaint)
