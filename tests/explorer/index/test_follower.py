"""Following: in batches, after a death at any point, by two at once, and never what is not this chain's."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, inspect, select, text, update

from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from explorer.index import database as databases
from explorer.index import tables
from explorer.index.database import Index, connect, open_index, write_meta
from explorer.index.errors import (
    IndexApart,
    IndexNewer,
    IndexOlder,
    IndexUnusable,
    OtherChainIndexed,
    QueryTooLong,
)
from explorer.index.facts import Facts
from explorer.index.follower import Follower
from explorer.index.queries.position import position
from explorer.index.readers.all import READERS
from explorer.index.readers.reader import Happening
from explorer.index.rows import Rows
from explorer.index.tables import FORMAT
from ledger.receipt import Event, Receipt
from ledger.store import Store
from tests.contracts.chain import Chain, new_chain
from tests.contracts.community.rounds import settled, usual_round
from tests.explorer.index.made import MadeChain, NewDatabase, everything, follow, index_of


@pytest.fixture(scope="module")
def chain() -> Chain:
    return settled(usual_round(), elm=-1_000, gum=900, holly=300, fir=400).chain


def other_chain() -> Chain:
    made = new_chain([Membership(), Metering()], {"metering": {"meters": {}}})
    made.make_block()
    return made


def rows_of(url: str, chain: Chain, batch: int) -> dict[str, list[object]]:
    index = index_of(url, chain, batch)
    with index.read() as connection:
        rows = everything(connection)
    index.close()
    return rows


def test_batches_of_every_size_give_the_same_index(database: NewDatabase, chain: Chain) -> None:
    at_once = rows_of(database(), chain, 10_000)
    assert rows_of(database(), chain, 1) == at_once
    assert rows_of(database(), chain, 7) == at_once


def test_it_is_never_ahead_of_the_chain_and_goes_on_as_that_grows(url: str, chain: Chain) -> None:
    index, growing = open_index(url), MadeChain(chain, shown=3)
    follower = Follower(index, growing)
    assert [follower.step(2), follower.step(2), follower.step(2)] == [2, 1, 0]
    growing.shown = 4
    assert (follower.step(10), follower.height) == (1, 4)
    index.close()


class Dying:
    """A watcher that fails at one block."""

    def __init__(self, height: int) -> None:
        self.height = height

    def begin(self, connection: Connection) -> None:
        pass

    def observe(self, facts: Facts, rows: Rows) -> None:
        if facts.height == self.height:
            raise MemoryError

    def end(self, connection: Connection) -> None:
        pass


def test_what_fails_in_a_batch_leaves_whole_blocks(database: NewDatabase, chain: Chain) -> None:
    url, made = database(), MadeChain(chain)
    index = open_index(url)
    dying = Follower(index, made, Dying(5))
    assert dying.step(3) == 3
    with pytest.raises(MemoryError):
        dying.step(3)
    assert dying.height == 3
    follow(index, made)
    with index.read() as connection:
        assert everything(connection) == rows_of(database(), chain, 50)
    index.close()


def test_two_followers_take_turns(database: NewDatabase, chain: Chain) -> None:
    url, made = database(), MadeChain(chain)
    first_index, second_index = open_index(url), open_index(url)
    first, second = Follower(first_index, made), Follower(second_index, made)
    while first.step(2) or second.step(3):
        second.step(3)
    with first_index.read() as connection:
        assert everything(connection) == rows_of(database(), chain, 50)
    first_index.close()
    second_index.close()


KILLED = """
import sys, os, signal
from explorer.index import rows
from explorer.index.database import open_index
from explorer.index.follower import Follower
from ledger.stored import StoredChain
from pathlib import Path
write = rows.Rows.write
def torn(self):
    write(self)
    os.kill(os.getpid(), signal.SIGKILL)
chain = StoredChain.open(Path(sys.argv[1]))
follower = Follower(open_index(sys.argv[2]), chain)
follower.step(int(sys.argv[3]))
rows.Rows.write = torn
follower.step(4)
"""


def test_killed_in_the_middle_it_goes_on_at_a_whole_block(
    database: NewDatabase, chain: Chain, tmp_path: Path
) -> None:
    url, path = database(), store_of(chain, tmp_path)
    command = [sys.executable, "-c", KILLED, str(path), url, "3"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": os.getcwd()}, check=False)
    assert done.returncode == -signal.SIGKILL
    index = open_index(url)
    follower = Follower(index, MadeChain(chain))
    assert follower.height == 3
    while follower.step(5):
        pass
    with index.read() as connection:
        assert everything(connection) == rows_of(database(), chain, 50)
    index.close()


def store_of(chain: Chain, folder: Path) -> Path:
    store = Store.create(folder / "chain.db", chain.genesis, chain.runtime)
    for executed in chain.blocks:
        store.append(executed, chain.seal(executed))
    store.close()
    return folder / "chain.db"


def test_the_index_of_another_chain_is_refused_by_name(url: str, chain: Chain) -> None:
    index_of(url, chain).close()
    other = other_chain()
    index = open_index(url)
    with pytest.raises(
        OtherChainIndexed, match=f"{chain.genesis.hash.hex()}, not {other.genesis.hash.hex()}"
    ):
        Follower(index, MadeChain(other))
    index.close()


@pytest.mark.parametrize(("found", "refusal"), [(FORMAT + 1, IndexNewer), (FORMAT - 1, IndexOlder)])
def test_another_format_says_how_to_build_it_again(
    url: str, chain: Chain, found: int, refusal: type[Exception]
) -> None:
    index = index_of(url, chain)
    with index.write() as connection:
        write_meta(connection, format=found)
    index.close()
    with pytest.raises(refusal, match="gridquorum index rebuild"):
        open_index(url)
    again = connect(url)
    again.begin_again(chain.genesis)
    again.close()
    open_index(url).close()


def test_a_rebuild_gives_the_same_rows_and_keeps_what_people_wrote(
    database: NewDatabase, chain: Chain
) -> None:
    index = index_of(database(), chain)
    note = {"id": "a", "opening": 1, "by": "me", "note": "seen", "at_ms": 1}
    with index.write() as connection:
        connection.execute(insert(tables.acknowledgements).values(**note))
        connection.execute(update(tables.members).values(name="forged"))
    index.begin_again(chain.genesis)
    follow(index, MadeChain(chain))
    with index.read() as connection:
        rows = everything(connection)
    assert len(rows.pop("acknowledgements")) == 1
    fresh = rows_of(database(), chain, 50)
    fresh.pop("acknowledgements")
    assert rows == fresh
    index.close()


def test_a_rebuild_meanwhile_does_not_confuse_who_follows(database: NewDatabase, chain: Chain) -> None:
    url, made = database(), MadeChain(chain)
    index, other = open_index(url), open_index(url)
    follower = Follower(index, made)
    follower.step(5)
    other.begin_again(chain.genesis)
    while follower.step(4):
        pass
    with index.read() as connection:
        assert everything(connection) == rows_of(database(), chain, 50)
    index.close()
    other.close()


def test_another_chains_index_put_in_its_place_meanwhile_is_noticed(url: str, chain: Chain) -> None:
    index = open_index(url)
    follower = Follower(index, MadeChain(chain))
    follower.step(2)
    index.begin_again(other_chain().genesis)
    with pytest.raises(OtherChainIndexed):
        follower.step(2)
    index.close()


def test_a_block_that_does_not_follow_is_refused(url: str, chain: Chain) -> None:
    index = open_index(url)
    follower = Follower(index, MadeChain(chain))
    follower.step(2)
    with index.write() as connection:
        connection.execute(update(tables.blocks).where(tables.blocks.c.height == 2).values(hash=b"other"))
    with pytest.raises(IndexApart, match="gridquorum index rebuild"):
        follower.step(1)
    index.close()


def test_a_chain_that_begins_with_a_snapshot_is_indexed_from_there(url: str, chain: Chain) -> None:
    made = MadeChain(chain, base=6)
    index = open_index(url)
    follower = follow(index, made)
    assert follower.height == made.height
    with index.read() as connection:
        heights = connection.execute(select(tables.blocks.c.height)).scalars().all()
        unknown = select(tables.transactions.c.stage).where(
            tables.transactions.c.process.is_(None), tables.transactions.c.stage.is_not(None)
        )
        # Those of a process that began before: nobody can tell which it is.
        assert set(connection.execute(unknown).scalars()) <= {"D", "V", "A"}
    assert sorted(heights) == list(range(7, made.height + 1))
    index.close()


def test_a_chain_that_began_again_later_says_so(url: str, chain: Chain) -> None:
    index = open_index(url)
    Follower(index, MadeChain(chain)).step(2)
    with pytest.raises(IndexApart, match="the chain's first block that is held is 7"):
        Follower(index, MadeChain(chain, base=6)).step(2)
    index.close()


def test_a_question_that_takes_too_long_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "QUERY_S", 0.05)
    index = open_index(url)
    endless = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) "
        "SELECT count(*) FROM n"
    )
    with pytest.raises(QueryTooLong), index.read() as connection:
        connection.execute(endless)
    with index.read() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    index.close()


def test_who_waits_too_long_for_another_writer_gives_up_and_may_try_again(
    url: str, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "WAIT_S", 1)
    index, other = open_index(url), open_index(url)
    follower = Follower(index, MadeChain(chain))
    with other.write(), pytest.raises(IndexUnusable):
        follower.step(1)
    assert follower.step(1) == 1
    index.close()
    other.close()


def test_what_is_read_is_one_moment(url: str, chain: Chain) -> None:
    index, growing = open_index(url), MadeChain(chain, shown=2)
    follower = Follower(index, growing)
    follower.step(5)
    with index.read() as connection:
        before = everything(connection)
        growing.shown = 4
        follower.step(5)
        assert everything(connection) == before
    index.close()


def test_what_a_reader_does_not_expect_is_written_down_and_the_rest_indexed(
    url: str, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def matched(rows: Rows, seen: Happening) -> None:
        raise KeyError("price_ukwh")

    events = {**READERS["community"].events, "matched": matched}
    monkeypatch.setitem(READERS, "community", replace(READERS["community"], events=events))  # type: ignore[arg-type]
    index = open_index(url)
    follower = Follower(index, MadeChain(chain))
    while follower.step(10):
        pass
    with index.read() as connection:
        found = connection.execute(select(tables.unread)).all()
        assert position(connection).unread == len(found)
    assert [(row.what, row.reason) for row in found] == [("community: matched", "KeyError: 'price_ukwh'")]
    assert follower.height == len(chain.blocks)
    index.close()


@dataclass
class Telling(MadeChain):
    """One whose fifth block tells something more."""

    event: Event | None = None

    def receipts(self, height: int) -> tuple[tuple[Receipt, ...], tuple[Event, ...]]:
        receipts, events = super().receipts(height)
        return receipts, (*events, self.event) if height == 5 and self.event else events


@pytest.mark.parametrize(
    "event",
    [
        Event("community", "phase", {"round": 7, "after": 5}),
        Event("community", "phase", {"round": 7, "after": b"matched"}),
        Event("community", "phase", {"round": "seven", "after": "matched"}),
        Event("community", "phase", {"round": 2**63, "after": "matched"}),
        Event("community", "phase", {"round": None, "after": "matched"}),
        Event("community", "matched", {"round": 7, "price_ukwh": "dear", "traded_wh": 1}),
        Event("metering", "read", {"meter": 5, "period": 3, "consumed_wh": 1}),
        Event("metering", "read", {"meter": "m", "period": "noon", "consumed_wh": 1}),
        Event("metering", "registered", {"meter": "m", "owner": ("a",), "carrier": "heat", "place": "p"}),
        Event("membership", "expelled", {"member": 5}),
    ],
)
def test_fields_of_other_types_than_expected_do_not_stop_the_index(
    url: str, chain: Chain, event: Event
) -> None:
    index = open_index(url)
    follower = Follower(index, Telling(chain, event=event))
    while follower.step(3):
        pass
    assert follower.height == len(chain.blocks)
    with index.read() as connection:
        found = connection.execute(select(tables.unread.c.what, tables.unread.c.height)).all()
        assert [tuple(row) for row in found] == [(f"{event.contract}: {event.name}", 5)]
    index.close()


@pytest.mark.parametrize("foreign", ["members", "meta"])
def test_tables_of_something_else_are_never_touched(url: str, chain: Chain, foreign: str) -> None:
    """Whoever mistypes the URL loses nothing, least of all by a rebuild."""
    other = connect(url)
    with other.write() as connection:
        connection.execute(text(f"CREATE TABLE {foreign} (key TEXT, value TEXT)"))
        connection.execute(text(f"INSERT INTO {foreign} VALUES ('colour', 'green')"))
    with pytest.raises(IndexUnusable, match=f"{foreign} is not of an index"):
        open_index(url)
    with pytest.raises(IndexUnusable, match=f"{foreign} is not of an index"):
        other.begin_again(chain.genesis)
    with other.read() as connection:
        assert connection.execute(text(f"SELECT value FROM {foreign}")).scalar() == "green"
        assert len(inspect(connection).get_table_names()) == 1
    other.close()


class Writing(Dying):
    """A watcher that writes much at one block."""

    def observe(self, facts: Facts, rows: Rows) -> None:
        if facts.height == self.height:
            rows.put(tables.descriptions, subject="much", value="x" * 10**6)


def test_a_full_disk_is_named_and_indexing_goes_on_when_there_is_room(chain: Chain, tmp_path: Path) -> None:
    index = open_index(f"sqlite:///{tmp_path / 'index.db'}")
    follower = Follower(index, MadeChain(chain), Writing(5))
    follower.step(3)
    limit_pages(index, 100)
    with pytest.raises(IndexUnusable, match="full"):
        follower.step(3)
    with index.read() as connection:
        assert position(connection).height == follower.height == 3
    limit_pages(index, 10**6)
    assert follower.step(3) == 3
    index.close()


def limit_pages(index: Index, pages: int) -> None:
    """Of the one connection that its pool has by now."""
    with index.read() as connection:
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))


@pytest.mark.parametrize(
    "url", ["mysql://host/name", "nonsense", "", "postgresql+psycopg://nobody@/none?host=/nowhere"]
)
def test_what_is_no_database_is_named(url: str) -> None:
    with pytest.raises(IndexUnusable):
        open_index(url)


def test_a_password_is_not_shown() -> None:
    with pytest.raises(IndexUnusable) as found:
        open_index("postgresql+psycopg://me:sesame@/none?host=/nowhere")
    assert "sesame" not in str(found.value)


def test_a_file_that_is_no_database_or_is_damaged_is_named(tmp_path: Path, chain: Chain) -> None:
    path = tmp_path / "index.db"
    path.write_bytes(b"nothing of the kind" * 1_000)
    with pytest.raises(IndexUnusable, match="remove it and build it again with `gridquorum index rebuild`"):
        open_index(f"sqlite:///{path}")
    path.unlink()
    index_of(f"sqlite:///{path}", chain).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8_192] + b"\xff" * (len(whole) - 8_192))
    with pytest.raises(IndexUnusable, match="remove it"):
        follow(open_index(f"sqlite:///{path}"), MadeChain(chain))
