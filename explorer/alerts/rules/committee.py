"""Committee: validators that are missing, blocks that need many rounds or come late, and contradictions.

What a block says of its parent's seals is the same on every node. A quorum of seals is enough, so that one
that is slow may be absent for a while; whoever proposes was there.
"""

from collections.abc import Iterator
from typing import Final, cast

from explorer.alerts.alert import Evidence, Kind, Severity, Subject
from explorer.alerts.facts import BlockMade
from explorer.alerts.memory import Memory
from explorer.alerts.verdict import THRESHOLD, Verdict
from ledger.committee import quorum_of

MISSING, ROUNDS, LATE, EQUIVOCATION = "validator", "rounds", "late", "equivocation"
TURNS: Final = 4
"""Turns of everybody that a validator has to be missing."""

BLOCKS_LEAST: Final = 16

BLOCKS_SEEN: Final = 32
"""That rounds and delays are counted in."""

RETRIED: Final = 8
"""Of them decided in a later round than the first: one proposer in four is down, or links are bad."""

EMPTY: Final = 16
"""Slots without a block among these: a third of the time nothing was decided."""

EMPTY_AT_ONCE: Final = 8
"""Of one stretch, counted: a chain that rested for a year is late once."""

CHAIN: Final = Subject(Kind.COMMITTEE, "committee")


def judge(block: BlockMade, memory: Memory) -> Iterator[Verdict]:
    """Verdicts about the parent of a block, which its header shows who sealed."""
    before = cast(tuple[int, str, tuple[str, ...]] | None, memory.get("parent", ""))
    memory.put("parent", "", (block.slot, block.proposer, block.committee))
    if before is None:
        return
    slot, proposer, committee = before
    signed = {committee[place] for place in block.parent_signers if place < len(committee)}
    if signed:
        yield from _missing(block.height - 1, memory, committee, signed | {proposer})
    yield from _rhythm(block.height - 1, memory, block.parent_round, block.slot - slot - 1)


def _missing(height: int, memory: Memory, committee: tuple[str, ...], seen: set[str]) -> Iterator[Verdict]:
    runs = dict(cast(tuple[tuple[str, int], ...], memory.get(MISSING, "") or ()))
    runs = {name: 0 if name in seen else runs.get(name, 0) + 1 for name in committee}
    memory.put(MISSING, "", tuple(runs.items()))
    needed = max(BLOCKS_LEAST, TURNS * len(committee))
    gone = sum(run >= needed for run in runs.values())
    spare = len(committee) - quorum_of(len(committee))
    for name, run in runs.items():
        yield Verdict(
            MISSING,
            Subject(Kind.VALIDATOR, name),
            height,
            run * THRESHOLD // needed,
            Severity.CRITICAL if gone >= spare else Severity.WARNING,
            "A validator neither proposes nor signs.",
            (
                Evidence("missing for", run, "blocks"),
                Evidence("missing in all", gone, "validators"),
                Evidence("may be missing", spare, "validators"),
            ),
        )


def _rhythm(height: int, memory: Memory, round: int, empty: int) -> Iterator[Verdict]:
    rows = cast(tuple[tuple[int, int], ...], memory.get(ROUNDS, "") or ())
    rows = (*rows, (int(round > 0), min(empty, EMPTY_AT_ONCE)))[-BLOCKS_SEEN:]
    memory.put(ROUNDS, "", rows)
    retried, slots = sum(row[0] for row in rows), sum(row[1] for row in rows)
    yield Verdict(
        ROUNDS,
        CHAIN,
        height,
        retried * THRESHOLD // RETRIED,
        Severity.WARNING,
        "Many blocks need more than one round.",
        (
            Evidence("with more than one round", retried, "blocks"),
            Evidence("of the last", len(rows), "blocks"),
        ),
    )
    yield Verdict(
        LATE,
        CHAIN,
        height,
        slots * THRESHOLD // EMPTY,
        Severity.WARNING,
        "Blocks come late: slots pass without one.",
        (Evidence("empty", slots, "slots"), Evidence("among the last", len(rows), "blocks")),
    )


def contradiction(validator: str, at: int, is_standing: bool) -> Verdict:
    """Two votes that no honest validator signs; until it is reinstated or expelled."""
    return Verdict(
        EQUIVOCATION,
        Subject(Kind.VALIDATOR, validator),
        at,
        THRESHOLD if is_standing else 0,
        Severity.CRITICAL,
        "A validator signed two votes that contradict each other, and is suspended.",
        (Evidence("height of the votes", at, ""),),
    )
