"""What a seed makes of a simulated run: the committee, its clocks, and how often what goes wrong."""

import random
from dataclasses import dataclass

from ledger.genesis import Timers
from tests.consensus.committee import TIMERS, committee_of

DELAY_MS = 20
"""A message's usual time on its way, at most."""
LATE_MS = 1_000
"""A late message's, at most."""
WORK_MS = 30
"""Building, checking, storing, fetching or syncing, at most."""
CHAOS_STEP_MS = 500
"""Between two throws of the dice for the whole network."""

DEAF_TURN = 0.25
"""Chance of the dead links changing, each step of chaos: they must outlast a round to hide a decision."""


@dataclass(frozen=True)
class Faults:
    """Chances of one."""

    loss: float = 0.0
    duplication: float = 0.0
    late: float = 0.0
    deaf: float = 0.0
    """Of a link being dead in one direction, until the dead links change."""
    split: float = 0.0
    """Of the network falling in two, each step of chaos."""
    blackout: float = 0.0
    """Of all crashing at once, each step of chaos."""
    crash_at_write: float = 0.0
    crash_at_decision: float = 0.0
    """Of a validator that sees a quorum of commits, perhaps as the only one, and has not stored the block."""
    rot: float = 0.0
    """Of one copy of the vote log being damaged when a validator starts, if both are whole."""


@dataclass(frozen=True)
class Scenario:
    """One run."""

    members: int
    slot_ms: int
    chaos_ms: int
    faults: Faults
    skews_ms: tuple[int, ...]
    """Of each validator's clock from true time."""
    timers: Timers = TIMERS
    is_sent_before_flushed: bool = False
    """A host that does not keep the order of actions: a mutation."""


def scenario_of(seed: int) -> Scenario:
    """Mostly four validators, from fair weather to foul."""
    dice = random.Random(f"scenario {seed}")
    members = dice.choice((1, 2, 3, 4, 4, 4, 4, 4, 4, 5, 6, 7))
    rough = dice.choice((0.0, 0.3, 1.0))
    faults = Faults(
        loss=rough * dice.uniform(0, 0.3),
        duplication=rough * dice.uniform(0, 0.1),
        late=rough * dice.uniform(0, 0.1),
        deaf=dice.choice((0.0, 0.3, 0.5)),
        split=dice.choice((0.0, 0.05, 0.15)),
        blackout=dice.choice((0.0, 0.0, 0.02)),
        crash_at_write=rough * dice.uniform(0, 0.08),
        crash_at_decision=rough * dice.choice((0.0, 0.05, 0.5)),
        rot=rough * dice.choice((0.0, 0.3)),
    )
    skew = TIMERS.skew_ms // 2
    return Scenario(
        members=members,
        slot_ms=dice.choice((700, 1_000, 5_000)),
        chaos_ms=20_000 if members <= 4 else 8_000,
        faults=faults,
        skews_ms=tuple(dice.randint(-skew, skew) for _ in range(members)),
    )


def commit_bound_ms(scenario: Scenario) -> int:
    """By when a healed quorum has decided once more.

    Two ticks until all know the highest round and whoever is behind has synced; then at most the round that
    runs, one for each absent proposer in a row and two more, each up to the cap, and a tick for its round
    changes.
    """
    timers, work_ms = scenario.timers, 10 * (WORK_MS + DELAY_MS)
    absent = scenario.members - committee_of(scenario.members).quorum
    round_ms = timers.cap_ms + timers.resend_ms + work_ms
    return scenario.slot_ms + 2 * timers.resend_ms + (absent + 3) * round_ms
