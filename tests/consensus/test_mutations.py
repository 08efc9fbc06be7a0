"""The protocol broken on purpose: the simulator must notice, or it is not good enough."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from consensus import changing, heights, proposing
from consensus.actions import Action, Send
from consensus.messages import RoundChange
from consensus.own_votes import Cast
from consensus.state import State
from consensus.vote_log import Floor, Opened, VoteLog
from ledger.committee import Committee
from tests.consensus.node import Node
from tests.consensus.scenario import Faults, Scenario, scenario_of
from tests.consensus.simulator import Simulation
from tests.consensus.trial import simulate
from tests.consensus.watch import Violation

SEEDS_MAX = 200

FOUL = Faults(loss=0.05, duplication=0.05, late=0.05, deaf=0.3, crash_at_write=0.03, crash_at_decision=0.5)


def foul(seed: int) -> Scenario:
    return replace(
        scenario_of(seed),
        members=4,
        slot_ms=700,
        chaos_ms=20_000,
        faults=FOUL,
        skews_ms=(0,) * 7,
        byzantine=(),
        spare=0,
        drifts_ppm=(),
    )


def is_caught(change: Callable[[Scenario], Scenario] = lambda scenario: scenario) -> bool:
    for seed in range(SEEDS_MAX):
        try:
            simulate(seed, change(foul(seed)))
        except Violation:
            return True
    return False


def forget_the_lock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changing, "RoundChange", lambda height, round_, *claim: RoundChange(height, round_, None))


def count_one_less_than_a_quorum(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Committee, "quorum", property(lambda committee: -(-2 * len(committee) // 3) - 1))


def propose_a_new_block_whatever_was_prepared(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(proposing, "highest_prepared", lambda votes: None)
    patch.setattr("consensus.justification.highest_prepared", lambda votes: None)


def start_without_ones_earlier_votes(patch: pytest.MonkeyPatch) -> None:
    init = VoteLog.__init__

    def forgetful(log: VoteLog, opened: Opened, entries: tuple[Floor | Cast, ...]) -> None:
        init(log, opened, [entry for entry in entries if isinstance(entry, Floor)])

    patch.setattr(VoteLog, "__init__", forgetful)


def let_rounds_last_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changing, "round_timeout_ms", lambda timers, round_: 10**9)


def say_nothing_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(heights, "resend", lambda state: None)


def change_rounds_before_the_slot_opens(patch: pytest.MonkeyPatch) -> None:
    look = heights._look_at_clock

    def hasty(state: State, now: int) -> None:
        look(state, now)
        changing.time_round(state)

    patch.setattr(heights, "_look_at_clock", hasty)


MUTATIONS = [
    forget_the_lock,
    count_one_less_than_a_quorum,
    propose_a_new_block_whatever_was_prepared,
    start_without_ones_earlier_votes,
    let_rounds_last_for_ever,
    say_nothing_twice,
]


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_mutation_is_caught(
    mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    assert is_caught()


def test_a_round_change_before_the_slot_opens_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    change_rounds_before_the_slot_opens(monkeypatch)
    assert is_caught(lambda scenario: replace(scenario, slot_ms=5_000))


def test_a_vote_that_is_sent_before_it_is_flushed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    perform = Simulation.perform

    def hasty(world: Simulation, node: Node, actions: tuple[Action, ...]) -> None:
        perform(world, node, tuple(sorted(actions, key=lambda action: not isinstance(action, Send))))

    monkeypatch.setattr(Simulation, "perform", hasty)
    assert is_caught()


def test_the_same_weather_is_survived_without_a_mutation() -> None:
    assert not is_caught()
