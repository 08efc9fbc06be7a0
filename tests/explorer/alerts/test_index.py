"""From blocks to alerts in the index, on both databases: in batches of any size, and noted by people."""

import pytest
from sqlalchemy import Connection, select

from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.metering.readings import Reading
from explorer.alerts.watcher import AlertWatcher
from explorer.index import tables
from explorer.index.database import Index, open_index
from explorer.index.facts import Facts
from explorer.index.follower import Follower
from explorer.index.queries.alerts import (
    Alert,
    State,
    acknowledge,
    alert,
    alerts,
    all_open,
    changed_alerts,
    open_by_severity,
)
from explorer.index.rows import Rows
from ledger.codec import Value
from ledger.receipt import Event, Receipt
from tests.contracts.chain import FIRST_PERIOD, Chain, address, new_chain
from tests.explorer.index.made import MadeChain, NewDatabase, everything

NOTHING: dict[str, Value] = dict.fromkeys(Reading.__dataclass_fields__)
GOOD = (900, 310, 640, 720, 505)
STUCK = 437
SLOT_MS = 1_000


@pytest.fixture(scope="module")
def chain() -> Chain:
    """A meter that is stuck, works, and is stuck again within the day: heights 8 to 17, and 28 to 37."""
    return made([*GOOD, *[STUCK] * 10, *GOOD, *GOOD, *[STUCK] * 10])


def made(values: list[int]) -> Chain:
    meters = {address("meter"): {"owner": address("ash"), "carrier": "electricity", "place": "park"}}
    chain = new_chain([Membership(), Metering()], {"metering": {"meters": meters}})
    chain.make_block()
    for place, value in enumerate(values):
        reading: dict[str, Value] = {**NOTHING, "consumed_wh": value}
        chain.call("meter", "metering", "report", {"period": FIRST_PERIOD + place, "reading": reading})
    return chain


def follow(index: Index, chain: MadeChain, batch: int = 50) -> None:
    follower = Follower(index, chain, AlertWatcher(chain.genesis))
    while follower.step(batch):
        pass


def only(connection: Connection) -> Alert:
    (found,) = alerts(connection, SLOT_MS).items
    return found


def rows_of(url: str, chain: Chain, batch: int) -> dict[str, list[object]]:
    index = open_index(url)
    follow(index, MadeChain(chain), batch)
    with index.read() as connection:
        rows = everything(connection)
    index.close()
    return rows


def test_one_fault_that_comes_back_is_one_alert(url: str, chain: Chain) -> None:
    index = open_index(url)
    follow(index, MadeChain(chain))
    with index.read() as connection:
        found = only(connection)
        assert alert(connection, SLOT_MS, found.id) == found
        assert alert(connection, SLOT_MS, "00" * 12) is None
        assert all_open(connection, SLOT_MS) == (found,)
        assert open_by_severity(connection) == {"info": 0, "warning": 1, "critical": 0}
    index.close()
    assert (found.rule, found.subject_kind, found.subject) == ("frozen", "meter", address("meter"))
    assert (found.state, found.openings, found.closed_ms) == (State.OPEN, 2, None)
    assert found.link.startswith(f"#/dispatch/meters/{address('meter')}?from=")
    assert [(each.name, each.value, each.unit) for each in found.evidence] == [
        ("consumed", STUCK, "Wh"),
        ("repeated for", 10, "periods"),
    ]


def test_batches_of_every_size_find_the_same(database: NewDatabase, chain: Chain) -> None:
    at_once = rows_of(database(), chain, 10_000)
    assert len(at_once["alerts"]) == 1
    assert rows_of(database(), chain, 1) == at_once
    assert rows_of(database(), chain, 7) == at_once


class Telling(MadeChain):
    """One whose third block tells of a reading as no contract does yet."""

    def receipts(self, height: int) -> tuple[tuple[Receipt, ...], tuple[Event, ...]]:
        receipts, events = super().receipts(height)
        fields = {"meter": address("meter"), "period": FIRST_PERIOD + 50, "humidity_ppm": 1}
        return receipts, (*events, Event("metering", "read", fields)) if height == 3 else events


def test_what_the_rules_do_not_expect_is_written_down_and_the_rest_looked_at(url: str, chain: Chain) -> None:
    index = open_index(url)
    follow(index, Telling(chain))
    with index.read() as connection:
        (found,) = connection.execute(select(tables.unread)).all()
        assert (found.height, found.what) == (3, "metering: read (alerts)")
        assert "humidity_ppm" in found.reason
        assert only(connection).openings == 2
    index.close()


class Dying(AlertWatcher):
    """Fails at one block, after all others of its batch were looked at."""

    height = 20

    def observe(self, facts: Facts, rows: Rows) -> None:
        super().observe(facts, rows)
        if facts.height == self.height:
            self.height = 0
            raise MemoryError


def test_a_batch_that_is_undone_is_undone_for_the_rules_too(database: NewDatabase, chain: Chain) -> None:
    index, shown = open_index(database()), MadeChain(chain)
    follower = Follower(index, shown, Dying(chain.genesis))
    follower.step(15)
    with pytest.raises(MemoryError):
        follower.step(15)
    while follower.step(15):
        pass
    with index.read() as connection:
        assert everything(connection) == rows_of(database(), chain, 15)
    index.close()


def test_an_acknowledgement_is_of_one_opening_and_outlives_a_rebuild(url: str, chain: Chain) -> None:
    index, growing = open_index(url), MadeChain(chain, shown=14)
    follow(index, growing)
    with index.write() as connection:
        found = only(connection)
        assert acknowledge(connection, found.id, "eve", "on my way", 5)
        assert acknowledge(connection, found.id, "mallory", "me too", 6)
        assert not acknowledge(connection, "00" * 12, "eve", "", 5)
        known = only(connection)
        assert known.state is State.ACKNOWLEDGED
        assert known.acknowledgement is not None
        assert (known.acknowledgement.by, known.acknowledgement.note) == ("eve", "on my way")
        assert open_by_severity(connection)["warning"] == 0
    growing.shown = 22
    follow(index, growing)
    with index.write() as connection:
        assert only(connection).state is State.CLOSED
        assert not acknowledge(connection, found.id, "eve", "too late", 7)
    growing.shown = None
    follow(index, growing)
    with index.read() as connection:
        again = only(connection)
        assert (again.id, again.state, again.acknowledgement) == (found.id, State.OPEN, None)
    index.begin_again(chain.genesis)
    growing.shown = 14
    follow(index, growing)
    with index.read() as connection:
        assert only(connection) == known
    index.close()


def test_they_are_listed_by_state_severity_and_rule_and_page_by_page(url: str, chain: Chain) -> None:
    index = open_index(url)
    follow(index, MadeChain(chain))
    with index.write() as connection:
        row = dict(connection.execute(select(tables.alerts)).mappings().one())
        more = [{**row, "id": f"{place:024x}", "severity": "info", "is_open": False} for place in range(5)]
        connection.execute(tables.alerts.insert(), more)
    with index.read() as connection:
        listed, cursor = [], None
        while True:
            page = alerts(connection, SLOT_MS, cursor=cursor, limit=2)
            listed += [each.id for each in page.items]
            if page.next is None:
                break
            cursor = page.next
        assert sorted(listed) == sorted([row["id"], *[each["id"] for each in more]])
        assert [each.id for each in alerts(connection, SLOT_MS, state=State.OPEN).items] == [row["id"]]
        assert len(alerts(connection, SLOT_MS, state=State.CLOSED, severity="info").items) == 5
        assert alerts(connection, SLOT_MS, rule="silent").items == ()
        assert alerts(connection, SLOT_MS, state=State.ACKNOWLEDGED).items == ()
    index.close()


def test_what_changed_is_found_by_height(url: str, chain: Chain) -> None:
    index, growing = open_index(url), MadeChain(chain, shown=14)
    follow(index, growing)
    growing.shown = 22
    follow(index, growing)
    with index.read() as connection:
        assert changed_alerts(connection, SLOT_MS, 0, 10) == ()
        (closed,) = changed_alerts(connection, SLOT_MS, 14, 22)
        assert closed.state is State.CLOSED
        assert changed_alerts(connection, SLOT_MS, 22, 99) == ()
    index.close()
