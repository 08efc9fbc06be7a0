"""Blocks of a committee: who seals, in which round, and how late, from a seed."""

from dataclasses import dataclass

import numpy as np

from crypto.address import Address
from explorer.alerts.alert import Alert
from explorer.alerts.detector import Detector
from explorer.alerts.facts import BlockMade, Equivocated, Fact, Pardoned
from explorer.alerts.settings import Settings
from ledger.committee import quorum_of

SIZE = 7
SLOW_SHARE = 0.25
"""Of the blocks, in how many a validator's seal comes too late to be kept."""

RETRY_SHARE = 0.01
EMPTY_SHARE = 0.01


@dataclass
class Blocks:
    """By height from 1: who is down, and what goes wrong besides."""

    down: list[set[int]]
    retries: list[bool]
    empty: list[int]
    equivocated: dict[int, int]
    """By height: the validator that is suspended."""
    pardoned: dict[int, int]


def name(member: int) -> str:
    return f"validator-{member}"


def make_blocks(seed: int, count: int) -> Blocks:
    chance = np.random.default_rng([seed, 3])
    return Blocks(
        down=[set() for _ in range(count)],
        retries=[bool(chance.random() < RETRY_SHARE) for _ in range(count)],
        empty=[int(chance.random() < EMPTY_SHARE) for _ in range(count)],
        equivocated={},
        pardoned={},
    )


def detect(blocks: Blocks, seed: int) -> dict[str, Alert]:
    """All alerts by id. A proposer that is down costs its block a round, and the others' patience a slot."""
    chance = np.random.default_rng([seed, 4])
    detector, found = Detector(Settings(chain=b"committee")), dict[str, Alert]()
    committee = tuple(Address(name(member)) for member in range(SIZE))
    slot, signers, parent_round = 0, (), 0
    for height, down in enumerate(blocks.down, start=1):
        slot += 1 + blocks.empty[height - 1]
        proposer, round_ = height % SIZE, int(blocks.retries[height - 1])
        while proposer in down:
            proposer, round_ = (proposer + 1) % SIZE, round_ + 1
        facts: list[Fact] = [BlockMade(height, slot, committee[proposer], committee, parent_round, signers)]
        if height in blocks.equivocated:
            facts.append(Equivocated(committee[blocks.equivocated[height]], height))
        if height in blocks.pardoned:
            facts.append(Pardoned(committee[blocks.pardoned[height]]))
        found |= {alert.id: alert for alert in detector.observe(height, slot, slot, facts)}
        detector.changes()
        signers, parent_round = _sealed(chance, down, proposer), round_
    return found


def _sealed(chance: np.random.Generator, down: set[int], proposer: int) -> tuple[int, ...]:
    """A quorum at least; of the others, those who are not slow."""
    up = [member for member in range(SIZE) if member not in down]
    there = [member for member in up if member == proposer or chance.random() > SLOW_SHARE]
    missing = quorum_of(SIZE) - len(there)
    rest = [member for member in up if member not in there]
    return tuple(sorted([*there, *rest[: max(0, missing)]]))
