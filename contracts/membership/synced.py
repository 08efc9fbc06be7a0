"""How a candidate shows that its node follows the chain: it signs the hash of a recent block.

Its transaction is the signature: over the domain, the chain, the height and the hash (protocol.md, Identity).
A node that is switched off cannot know that hash.
"""

from typing import Final, cast

from contracts.context import Context
from contracts.membership.errors import NotRecent, NotSynced
from crypto.address import Address
from crypto.hashing import Digest
from ledger.quantities import Height

RECENT_BLOCKS: Final = 16
"""How many of the last blocks count as recent: four hours at 900 s."""

RECENT_KEY: Final = "recent"


def synced_key(candidate: Address) -> str:
    """Where membership keeps the height that a candidate has shown."""
    return f"synced/{candidate}"


def note_parent(ctx: Context) -> None:
    """Remember the parent's hash; what the hook does, in the first slot of a block."""
    below, hashes = _recent(ctx)
    if below < ctx.height - 1:
        newest = (*hashes, ctx.block.parent)[-RECENT_BLOCKS:]
        ctx.put(RECENT_KEY, (ctx.height - 1, newest))


def show(ctx: Context, height: Height, block: Digest) -> None:
    """Record that the sender knows the block of a recent height. Raises NotRecent."""
    below, hashes = _recent(ctx)
    back = below - height
    if not 0 <= back < len(hashes) or hashes[-1 - back] != block:
        raise NotRecent(height, below, RECENT_BLOCKS)
    ctx.put(synced_key(ctx.sender), height)
    ctx.emit("synced", member=ctx.sender, height=height)


def check_synced(ctx: Context, candidate: Address) -> None:
    """That the candidate knew one of the last blocks. Raises NotSynced."""
    shown = cast(int | None, ctx.get(synced_key(candidate)))
    if shown is None or shown < ctx.height - RECENT_BLOCKS:
        raise NotSynced(candidate, shown, ctx.height - RECENT_BLOCKS)


def forget(ctx: Context, candidate: Address) -> None:
    """It is a candidate no longer."""
    ctx.delete(synced_key(candidate))


def _recent(ctx: Context) -> tuple[int, tuple[Digest, ...]]:
    return cast(tuple[int, tuple[Digest, ...]], ctx.get(RECENT_KEY) or (-1, ()))
