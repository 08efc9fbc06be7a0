"""Chains of tests as the follower gets them, and indexes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from explorer.index import tables
from explorer.index.chain import Chain
from explorer.index.database import Index, open_index
from explorer.index.follower import Follower
from ledger.block import Block
from ledger.committee import Committee
from ledger.genesis import Genesis
from ledger.receipt import Event, Receipt
from ledger.seals import Seals
from tests.contracts.chain import Chain as TestChain


@dataclass
class MadeChain:
    """The blocks of a chain in memory, as far as they are final."""

    made: TestChain
    shown: int | None = None
    """How many of them there are by now; None is all."""
    base: int = 0

    @property
    def genesis(self) -> Genesis:
        return self.made.genesis

    @property
    def height(self) -> int:
        return len(self.made.blocks) if self.shown is None else self.shown

    def block(self, height: int) -> Block:
        return self.made.blocks[height - 1].block

    def seals(self, height: int) -> Seals:
        return self.made.seal(self.made.blocks[height - 1])

    def receipts(self, height: int) -> tuple[tuple[Receipt, ...], tuple[Event, ...]]:
        executed = self.made.blocks[height - 1]
        return executed.receipts, executed.slot_events

    def committee(self, height: int) -> Committee:
        return self.made.blocks[height - 1].committee


NewDatabase = Callable[[], str]
"""The URL of a new, empty database of the kind under test."""


def index_of(url: str, chain: Chain | TestChain, batch: int = 50) -> Index:
    """All blocks, indexed."""
    index = open_index(url)
    follow(index, MadeChain(chain) if isinstance(chain, TestChain) else chain, batch)
    return index


def follow(index: Index, chain: Chain, batch: int = 50) -> Follower:
    follower = Follower(index, chain)
    while follower.step(batch):
        pass
    with index.read() as connection:
        assert connection.execute(select(tables.unread)).all() == []
    return follower


def everything(connection: Connection) -> dict[str, list[Any]]:
    """All rows of all tables."""
    return {table.name: _rows(connection, table) for table in tables.metadata.sorted_tables}


def _rows(connection: Connection, table: Table) -> list[Any]:
    return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
