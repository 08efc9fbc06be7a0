"""The protocol broken on purpose, one way at a time: the simulator must notice, or it is not good enough.

python -m tests.consensus.mutations        prints the table, from the project's root
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.consensus import breakages as broken
from tests.consensus.scenario import Byzantine, Faults, Scenario, Tactic, scenario_of
from tests.consensus.trial import simulate
from tests.consensus.watch import (
    Contradiction,
    Disagreement,
    FalseBlame,
    Hasty,
    Invalid,
    Stuck,
    Unbounded,
    Violation,
)

SEEDS_MAX = 200
"""Within which each is caught."""

Weather = Callable[[Scenario], Scenario]


@dataclass(frozen=True)
class Mutation:
    """One way to break the protocol."""

    breaks: Callable[[pytest.MonkeyPatch], None]
    """Its name and documentation say how."""
    promise: type[Violation]
    """What is broken then; nothing else counts as caught."""
    weather: Weather
    near: int = 0
    """A seed from which on the search is short; the table's begins at 0."""

    @property
    def name(self) -> str:
        return self.breaks.__name__.replace("_", " ")


# Weather.


def as_drawn(scenario: Scenario) -> Scenario:
    """Whatever the seed says."""
    return scenario


def foul(scenario: Scenario) -> Scenario:
    """Four honest validators that crash in the middle of things, and hear little of each other."""
    return _four(
        scenario, loss=0.05, duplication=0.05, late=0.05, deaf=0.3, crash_at_write=0.03, crash_at_decision=0.5
    )


def among_liars(scenario: Scenario) -> Scenario:
    """One of four lies in all ways that there are; the honest hear little of each other."""
    four = _four(scenario, loss=0.02, secret=0.2)
    tactics = frozenset({Tactic.ENDORSE, Tactic.PROPOSE, Tactic.CHANGE_ROUND})
    return replace(four, byzantine=(Byzantine(place=scenario.slot_ms % 3, copies=0),), tactics=tactics)


def flooded(scenario: Scenario) -> Scenario:
    """One of four votes in many rounds."""
    return replace(
        _four(scenario, loss=0.5), byzantine=(Byzantine(place=0),), tactics=frozenset({Tactic.FLOOD})
    )


def cramped(scenario: Scenario) -> Scenario:
    """Disks are full now and then, and the power fails."""
    return _four(scenario, loss=0.1, deaf=0.3, full_disk=0.05, blackout=0.2)


def worn(scenario: Scenario) -> Scenario:
    """Disks rot, or lose everything."""
    return _four(scenario, loss=0.1, deaf=0.3, rot=0.5, wipe=0.1, blackout=0.1)


def untimely(scenario: Scenario) -> Scenario:
    """Clocks are set to all kinds of wrong times, and somebody lies about them."""
    four = _four(scenario, clock_step=0.05, late=0.1)
    return replace(four, byzantine=(Byzantine(place=3),), tactics=frozenset({Tactic.PROPOSE}))


def _four(scenario: Scenario, **faults: float) -> Scenario:
    """Four honest validators, who stay the committee, with these faults and no others."""
    return replace(
        scenario,
        members=4,
        slot_ms=700,
        chaos_ms=20_000,
        faults=Faults(**faults),
        skews_ms=(0, 20, 40, 60),
        spare=0,
        drifts_ppm=(),
        byzantine=(),
        tactics=frozenset(),
    )


MUTATIONS = (
    Mutation(broken.no_lock, Disagreement, foul),
    Mutation(broken.a_quorum_less_one, Disagreement, foul),
    Mutation(broken.prepared_when_accepted, Disagreement, among_liars, near=22),
    Mutation(broken.no_proof_of_what_was_prepared, Disagreement, among_liars, near=25),
    Mutation(broken.a_certificate_that_is_too_small, Disagreement, among_liars, near=25),
    Mutation(broken.votes_of_one_member_count_twice, Disagreement, among_liars, near=72),
    Mutation(broken.round_changes_do_not_sign_their_claim, Disagreement, among_liars, near=40),
    Mutation(broken.a_proposal_without_a_quorum, Disagreement, among_liars, near=108),
    Mutation(broken.a_new_block_whatever_was_prepared, Disagreement, foul),
    Mutation(broken.the_lowest_lock_binds, Disagreement, among_liars, near=12),
    Mutation(broken.any_prepared_block_may_be_proposed_again, Disagreement, among_liars, near=25),
    Mutation(broken.prepares_of_different_rounds_together, FalseBlame, foul),
    Mutation(broken.seals_of_different_rounds_together, Invalid, foul),
    Mutation(broken.votes_are_sent_before_they_are_flushed, Contradiction, foul, near=9),
    Mutation(broken.the_host_goes_on_after_a_failed_write, Contradiction, cramped, near=26),
    Mutation(broken.votes_are_forgotten_at_a_restart, Contradiction, foul),
    Mutation(broken.the_lock_is_forgotten_when_the_log_is_rewritten, Contradiction, foul, near=29),
    Mutation(broken.a_commit_is_logged_without_its_certificate, FalseBlame, foul),
    Mutation(broken.a_prepare_is_logged_without_its_block, Stuck, foul),
    Mutation(broken.only_one_copy_is_written, Contradiction, worn),
    Mutation(broken.a_rejoining_key_signs_at_once, Contradiction, worn),
    Mutation(broken.a_rejoining_key_asks_nobody, Contradiction, worn),
    Mutation(broken.a_second_proposal_of_a_round_is_taken, Contradiction, among_liars),
    Mutation(broken.rounds_never_end, Stuck, as_drawn),
    Mutation(broken.rounds_last_for_a_slot, Stuck, as_drawn, near=63),
    Mutation(broken.nothing_is_said_twice, Stuck, as_drawn, near=8),
    Mutation(broken.one_follows_f_members, Hasty, among_liars),
    Mutation(broken.rounds_change_before_the_slot_opens, Hasty, as_drawn),
    Mutation(broken.the_clock_is_looked_at_once, Stuck, untimely, near=34),
    Mutation(broken.slots_that_have_not_opened_are_taken, Invalid, untimely, near=8),
    Mutation(broken.votes_of_all_rounds_are_kept, Unbounded, flooded),
    Mutation(broken.whoever_asks_is_answered_each_time, Unbounded, as_drawn, near=80),
)


def first_seed_that_catches(mutation: Mutation, first: int) -> int | None:
    """None if no seed does: a hole in the simulator."""
    with pytest.MonkeyPatch.context() as patch:
        mutation.breaks(patch)
        for seed in range(first, first + SEEDS_MAX):
            try:
                simulate(seed, mutation.weather(scenario_of(seed)), sought=mutation.promise)
            except mutation.promise:
                return seed
            except Exception:  # what is broken may break in other ways, too
                continue
    return None


def main() -> int:
    """Print the table, or of the mutations that are named; the exit code."""
    missed = 0
    chosen = [
        mutation for mutation in MUTATIONS if mutation.breaks.__name__ in sys.argv[1:] or not sys.argv[1:]
    ]
    print(f"{'mutation':<50} {'breaks the promise of':<16} {'weather':<12} caught by seed")
    for mutation in chosen:
        seed = first_seed_that_catches(mutation, first=0)
        missed += seed is None
        caught = "MISSED" if seed is None else str(seed)
        promise, weather = mutation.promise.__name__.lower(), mutation.weather.__name__.replace("_", " ")
        print(f"{mutation.name:<50} {promise:<16} {weather:<12} {caught}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} caught within {SEEDS_MAX} seeds")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
