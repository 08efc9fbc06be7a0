"""The little that consensus knows of a block, which it otherwise handles as bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from crypto.hashing import Digest
from ledger.block import Block
from ledger.genesis import Limits
from ledger.quantities import Height, Round, Slot


@dataclass(frozen=True, slots=True)
class BlockInfo:
    """What a block's bytes say of themselves."""

    digest: Digest
    height: Height
    round: Round
    """In which it was first proposed."""
    slot: Slot


@dataclass(frozen=True, slots=True)
class Candidate:
    """A block that is spoken of at a height."""

    digest: Digest
    block: bytes


Inspect: TypeAlias = Callable[[bytes], BlockInfo]
"""Reads a block that anyone may have sent. Raises DecodeError; says nothing about validity."""


def inspector(limits: Limits) -> Inspect:
    """Reads the ledger's blocks."""

    def inspect(raw: bytes) -> BlockInfo:
        header = Block.decode(raw, limits).header
        return BlockInfo(header.hash, header.height, header.round, header.slot)

    return inspect
