"""What a seed makes of a simulated run: the committee, who in it lies, its clocks, and what goes wrong."""

import random
from dataclasses import dataclass
from enum import Enum

from ledger.genesis import Timers
from tests.consensus.committee import TIMERS

DELAY_MS = 20
"""A message's usual time on its way, at most."""
LATE_MS = 1_000
"""A late message's, at most."""
WORK_MS = 30
"""Building, checking, storing, fetching or syncing, at most."""
CHAOS_STEP_MS = 500
"""Between two throws of the dice for the whole network."""
DRIFT_PPM_MAX = 20_000
"""How far any clock runs off."""
STEP_MS_MAX = 600_000
"""By how much any clock is set wrong."""
MEMBERS_MAX = 22
SPARE = 3
"""How many there are that are not in the founders' committee, but may be taken in, if it changes at all."""


@dataclass(frozen=True)
class Faults:
    """Chances of one; "each step" is each step of chaos, of the whole network or of each validator in it."""

    loss: float = 0.0
    duplication: float = 0.0
    late: float = 0.0
    deaf: float = 0.0
    """Of a link being dead in one direction, until the dead links change."""
    split: float = 0.0
    """Of the network falling in two, each step."""
    blackout: float = 0.0
    """Of all crashing at once, each step."""
    secret: float = 0.0
    """Of one validator being the only one for a while to hear commits, and unheard itself, each step."""
    crash_at_write: float = 0.0
    crash_at_decision: float = 0.0
    """Of a validator that sees a quorum of commits, perhaps as the only one, and has not stored the block."""
    rot: float = 0.0
    """Of one copy of the vote log being damaged when a validator starts, if both are whole."""
    one_way: float = 0.0
    """Of the dead directions being all those from one group to the others."""
    pause: float = 0.0
    """Of a validator standing still, each step: what comes meanwhile, its timers too, waits for it."""
    full_disk: float = 0.0
    """Of a validator's disk being full for a while, each step."""
    clock_step: float = 0.0
    """Of a clock being set wrong by up to ten minutes, or right again, each step."""
    wipe: float = 0.0
    """Of a validator losing its votes, and perhaps its blocks, each step."""
    change: float = 0.0
    """Of a new block changing the committee."""


class Tactic(Enum):
    """What the adversary does with the keys of Byzantine validators, besides running the protocol."""

    ENDORSE = "votes for all that is proposed"
    PROPOSE = "proposes two blocks, invalid ones, or with bad justifications"
    CHANGE_ROUND = "changes rounds early, with stale certificates or lies"
    REPLAY = "sends again what was sent long ago, and what others said"
    MISLEAD = "tells of heights and rounds that do not exist"
    FLOOD = "votes in many rounds at once"

    @property
    def chance(self) -> float:
        """Of a run in which there are liars having it."""
        return 0.2 if self is Tactic.FLOOD else 0.5


@dataclass(frozen=True)
class Byzantine:
    """A validator whose key the adversary has."""

    place: int
    copies: int = 1
    """Machines that run with its key, each in touch with some of the others: 0 says nothing, 2 are twins."""
    withholds: float = 0.0
    """The chance of each of its machines' messages to one peer not being sent."""
    forgets: bool = False
    """Whether it starts each time as if it had never signed."""


@dataclass(frozen=True)
class Scenario:
    """One run."""

    members: int
    slot_ms: int
    chaos_ms: int
    faults: Faults
    skews_ms: tuple[int, ...]
    """Of each validator's clock from true time, at the start and once healed."""
    timers: Timers = TIMERS
    spare: int = 0
    drifts_ppm: tuple[int, ...] = ()
    byzantine: tuple[Byzantine, ...] = ()
    tactics: frozenset[Tactic] = frozenset()
    is_shuffled: bool = False
    """Whether validators take turns in an order drawn for each height, as by proof of energy."""

    @property
    def everyone(self) -> int:
        """All who may ever have a vote."""
        return self.members + self.spare

    @property
    def traits(self) -> list[str]:
        """What is there from the start, to be counted with what happens."""
        kinds = {0: "liars: silent", 1: "liars: half honest", 2: "liars: twins"}
        return [
            *[f"messages: {name}" for name in ("loss", "duplication", "late") if getattr(self.faults, name)],
            *[kinds[liar.copies] for liar in self.byzantine],
            *["liars: forgetful" for liar in self.byzantine if liar.forgets],
            *["liars: deaf to some" for liar in self.byzantine if liar.withholds],
        ]

    @property
    def members_min(self) -> int:
        """Below which the committee never shrinks."""
        return min(4, self.members)


def scenario_of(seed: int) -> Scenario:
    """Mostly four validators, from fair weather to foul."""
    dice = random.Random(f"scenario {seed}")
    members = dice.choice((1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 6, 7, 7, dice.randint(8, MEMBERS_MAX)))
    faults = _faults(dice)
    spare = SPARE if faults.change else 0
    everyone = members + spare
    byzantine = _byzantine(dice, members, everyone)
    calm = TIMERS.skew_ms // 2 - DELAY_MS - WORK_MS
    return Scenario(
        members=members,
        slot_ms=dice.choice((700, 1_000, 1_000, 5_000, 60_000)),
        chaos_ms=_chaos_ms(members),
        faults=faults,
        skews_ms=tuple([dice.randint(-calm, calm) for _ in range(everyone)]),
        spare=spare,
        drifts_ppm=tuple([_drift_ppm(dice) for _ in range(everyone)]),
        byzantine=byzantine,
        tactics=frozenset([tactic for tactic in Tactic if byzantine and dice.random() < tactic.chance]),
        is_shuffled=dice.random() < 0.3,
    )


def _faults(dice: random.Random) -> Faults:
    rough = dice.choice((0.0, 0.3, 1.0))
    return Faults(
        loss=rough * dice.uniform(0, 0.3),
        duplication=rough * dice.uniform(0, 0.1),
        late=rough * dice.uniform(0, 0.1),
        deaf=dice.choice((0.0, 0.0, 0.3, 0.5)),
        split=dice.choice((0.0, 0.05, 0.15)),
        blackout=dice.choice((0.0, 0.0, 0.02)),
        secret=dice.choice((0.0, 0.0, 0.1)),
        crash_at_write=rough * dice.uniform(0, 0.08),
        crash_at_decision=rough * dice.choice((0.0, 0.05, 0.5)),
        rot=rough * dice.choice((0.0, 0.3)),
        one_way=dice.choice((0.0, 0.0, 0.3)),
        pause=dice.choice((0.0, 0.0, 0.03)),
        full_disk=dice.choice((0.0, 0.0, 0.01)),
        clock_step=dice.choice((0.0, 0.0, 0.0, 0.02)),
        wipe=dice.choice((0.0, 0.0, 0.0, 0.05)),
        change=dice.choice((0.0, 0.0, 0.5)),
    )


def _byzantine(dice: random.Random, members: int, everyone: int) -> tuple[Byzantine, ...]:
    """None in half of all runs, else as many as the founders' committee survives, or fewer."""
    faulty_max = (members - 1) // 3
    count = dice.choice((0, faulty_max, dice.randint(0, faulty_max)))
    return tuple(
        [
            Byzantine(
                place=place,
                copies=dice.choice((0, 1, 1, 2)),
                withholds=dice.choice((0.0, 0.0, 0.3)),
                forgets=dice.random() < 0.3,
            )
            for place in dice.sample(range(everyone), count)
        ]
    )


def _chaos_ms(members: int) -> int:
    """Less of it for larger committees, whose messages grow with the square of their size."""
    if members <= 4:
        return 12_000
    return 6_000 if members <= 7 else 2_500


def _drift_ppm(dice: random.Random) -> int:
    return dice.choice((0, 0, dice.randint(-DRIFT_PPM_MAX, DRIFT_PPM_MAX)))
