"""One moment of the index, and how old it is."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from explorer.api.access import Client
from explorer.api.models.base import AsOf
from explorer.api.problems import Problem
from explorer.api.source import Source
from explorer.index.queries.position import Position, position
from ledger.genesis import Genesis
from ledger.stored import StoredChain


@dataclass(frozen=True, slots=True)
class ChainView:
    """The chain as a thread of its own reads it, and who tells what is not in its store."""

    source: Source
    chain: StoredChain


@dataclass(frozen=True, slots=True)
class View:
    """What a question to the index is put to."""

    connection: Connection
    client: Client
    """Who asks."""
    chain: StoredChain
    """For what is too large to be indexed."""
    position: Position
    as_of: AsOf

    @property
    def genesis(self) -> Genesis:
        """Of the chain."""
        return self.chain.genesis


class Views:
    """Views for several threads, each with a connection of its own to the chain's store: that of the source
    is the event loop's."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._own = threading.local()

    def of_chain(self) -> ChainView:
        """The chain as of now. Raises what opening its store raises."""
        return ChainView(self._source, self._chain())

    @contextmanager
    def look(self, client: Client, *, to_write: bool = False) -> Iterator[View]:
        """What is indexed now. Raises Problem if there is no index, and what index and store raise.

        With `to_write`, what is written through its connection is kept, if nothing is raised within.
        """
        source = self._source
        if source.index is None:
            raise Problem(503, "NoIndex", "there is none now: explorer.enabled, or the node's log, says why")
        head_height = source.store.head.height
        with source.index.write() if to_write else source.index.read() as connection:
            here = position(connection)
            if here.chain not in (None, source.store.genesis.hash.hex()):
                raise Problem(503, "OtherChainIndexed", "the node's log says how to build the index again")
            age = as_of(source.store.genesis, here, head_height)
            yield View(connection, client, self._chain(), here, age)

    def _chain(self) -> StoredChain:
        chain: StoredChain | None = getattr(self._own, "chain", None)
        if chain is None:
            chain = self._own.chain = StoredChain.open(self._source.store.path)
        return chain


def as_of(genesis: Genesis, here: Position, head_height: int) -> AsOf:
    """How old a view is. Before the first block, its slot is the genesis' own."""
    slot = genesis.first_slot - 1 if here.slot is None else here.slot
    return AsOf(
        height=here.height,
        slot=slot,
        time_ms=slot * genesis.slot_ms,
        head_height=max(here.height, head_height),
        behind=max(0, head_height - here.height),
        now_ms=time.time_ns() // 1_000_000,
    )
