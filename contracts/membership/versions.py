"""Which version of a block holds from which height on: raised by vote, one at a time."""

from typing import Final, TypeAlias, cast

from contracts.context import Context, decode_value, state_key
from ledger.block import VERSIONS
from ledger.overlay import Reader
from ledger.quantities import Height

VERSIONS_KEY: Final = "versions"

AHEAD_MAX: Final = 2**17
"""Blocks beyond the least notice: years, of slots of 900 s. The next version comes after this one, so a
height that was mistyped and voted for would otherwise end all changes of rules."""

Activations: TypeAlias = tuple[tuple[Height, int], ...]
"""From which height on which version, rising; before the first, the oldest."""


def at(activations: Activations, height: int) -> int:
    """The version that the block of a height must have."""
    reached = [version for first, version in activations if first <= height]
    return reached[-1] if reached else VERSIONS[0]


def activations_in(reader: Reader) -> Activations:
    """Those that a state holds."""
    data = reader.get(state_key("membership", VERSIONS_KEY))
    return () if data is None else cast(Activations, decode_value(data))


def activations(ctx: Context) -> Activations:
    """Those that were decided on."""
    return cast(Activations, ctx.get(VERSIONS_KEY) or ())


def latest(ctx: Context) -> int:
    """The version once all of them are reached."""
    return ([version for _, version in activations(ctx)] or [VERSIONS[0]])[-1]


def activate(ctx: Context, version: int, height: Height) -> None:
    """Have blocks be of this version from a height on; the caller has checked both."""
    ctx.put(VERSIONS_KEY, (*activations(ctx), (height, version)))
    ctx.emit("version_activated", version=version, height=height)
