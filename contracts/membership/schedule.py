"""The committee as the state keeps it: who has a vote, from which height on.

A change that block h makes takes effect at h + 2, so that the header of h + 1 announces it (protocol.md,
Consensus). Several changes in one block are one; those of consecutive blocks have each their height.
"""

from typing import Final, TypeAlias, cast

from contracts.context import Context, decode_value, state_key
from crypto.address import Address
from ledger.codec import Value
from ledger.overlay import Reader
from ledger.quantities import Height

NOTICE_BLOCKS: Final = 2
"""From the block of a change to the first that the changed committee decides on."""

KEY: Final = "committee"

Addresses: TypeAlias = tuple[Address, ...]
Schedule: TypeAlias = tuple[tuple[Height, Addresses], ...]
"""From which height on whom, rising: the committee in force and the one or two that follow it."""


def schedule(ctx: Context) -> Schedule:
    """What is scheduled as of now."""
    return cast(Schedule, ctx.scope("membership").get(KEY))


def scheduled_in(reader: Reader) -> Schedule:
    """The schedule of a state. Raises RuntimeError for one without membership."""
    data = reader.get(state_key("membership", KEY))
    if data is None:
        raise RuntimeError("membership keeps no committee")
    return cast(Schedule, decode_value(data))


def at(scheduled: Schedule, height: int) -> Addresses:
    """Who decides on `height`: asked of a state, for its own height and the two that follow."""
    return next(addresses for first, addresses in reversed(scheduled) if first <= height)


def latest(scheduled: Schedule) -> Addresses:
    """The committee once all changes have taken effect."""
    return scheduled[-1][1]


def put(ctx: Context, addresses: Addresses) -> None:
    """Have these be the committee from two heights above this block's on."""
    first = Height(ctx.height + NOTICE_BLOCKS)
    earlier = [entry for entry in schedule(ctx) if entry[0] < first]
    current = sum(entry[0] <= ctx.height for entry in earlier)
    kept: list[Value] = [*earlier[current - 1 :], (first, addresses)]
    ctx.scope("membership").put(KEY, tuple(kept))
