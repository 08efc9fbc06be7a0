"""The follower: it brings an index up to the chain, a few blocks at a time, each batch wholly or not at all.

Several may follow one index: whoever comes second goes on from where the first has come to.
"""

from typing import Final, Protocol

from sqlalchemy import Connection, select

from crypto.hashing import Digest
from explorer.index import tables
from explorer.index.blocks import block_rows
from explorer.index.chain import Chain
from explorer.index.database import Index, read_meta, write_meta
from explorer.index.errors import IndexApart
from explorer.index.facts import Facts
from explorer.index.history import History
from explorer.index.rows import Rows

BATCH_BYTES: Final = 2**22
"""Of blocks that are indexed at once, as their rows are in memory together."""


class Watcher(Protocol):
    """Who looks at every block while it is indexed, within the same transaction of the database.

    What it remembers from block to block it keeps in the database: a batch may be undone.
    """

    def begin(self, connection: Connection) -> None:
        """A batch begins: remember what was kept at the end of the last one."""

    def observe(self, facts: Facts, rows: Rows) -> None:
        """The next block. What is found may be added to the rows."""

    def end(self, connection: Connection) -> None:
        """The batch ends: keep what is to be remembered."""


class Follower:
    """Indexes the blocks of one chain. Not for several threads at a time."""

    def __init__(self, index: Index, chain: Chain, watcher: Watcher | None = None) -> None:
        """Raises OtherChainIndexed or IndexUnusable."""
        self.index = index
        self._chain = chain
        self._watcher = watcher
        index.begin(chain.genesis)
        with index.read() as connection:
            self.height = _height(connection)
            """Of the last block that was indexed, as far as this follower knows."""

    def step(self, blocks_max: int) -> int:
        """Index the next blocks, at most so many, in one transaction; how many there were.

        Raises IndexUnusable or IndexApart, or what the chain's store raises; nothing has changed then.
        """
        if self._chain.height <= self.height:
            return 0
        with self.index.write() as connection:
            first = self._first(connection)
            last = min(self._chain.height, first + blocks_max - 1)
            done = self._index(connection, first, last) if first <= last else first - 1
        self.height = done
        return done - first + 1

    def _index(self, connection: Connection, first: int, last: int) -> int:
        """From `first` to `last`, or fewer if they are large; the last of them."""
        rows, history = Rows(connection), History(self._chain, connection)
        size_bytes, height = 0, first - 1
        parent = self._parent(connection, first)
        if self._watcher:
            self._watcher.begin(connection)
        while height < last and size_bytes < BATCH_BYTES:
            facts = Facts.read(self._chain, height + 1)
            if parent not in (None, facts.block.header.parent):
                raise IndexApart(self.index.url, height, "the chain's next block follows another one")
            history.learn(block_rows(rows, facts, history))
            if self._watcher:
                self._watcher.observe(facts, rows)
            height, parent = facts.height, facts.block.hash
            size_bytes += len(facts.block.raw)
        rows.write()
        write_meta(connection, height=height)
        if self._watcher:
            self._watcher.end(connection)
        return height

    def _first(self, connection: Connection) -> int:
        """The next height to index."""
        self.index.check_chain(connection, self._chain.genesis)
        height, base = _height(connection), self._chain.base
        if height and height < base:
            raise IndexApart(self.index.url, height, f"the chain's first block that is held is {base + 1}")
        return max(height, base) + 1

    def _parent(self, connection: Connection, first: int) -> Digest | None:
        """The hash of the block before; None if it is not indexed."""
        query = select(tables.blocks.c.hash).where(tables.blocks.c.height == first - 1)
        found = connection.execute(query).scalar()
        return None if found is None else Digest(found)


def _height(connection: Connection) -> int:
    return int(read_meta(connection, "height") or 0)
