"""The API over an index in PostgreSQL answers as over one in SQLite, whatever it is asked."""

from collections.abc import Iterator

import pytest

from explorer.api.app import make_app
from explorer.api.archived import Archived
from explorer.index.database import open_index
from explorer.index.queries.page import write_cursor
from ledger.stored import StoredChain
from tests.explorer.api.conftest import NOW_MS
from tests.explorer.api.serving import Served, follow, serving
from tests.explorer.index.servers import new_database, programs, server
from tests.explorer.needed import need

FAR = 10**18 - 1
HOSTILE = ("\x00", "\ud800", "'; DROP TABLE blocks; --", "%", "\\", "_")
PATHS = (
    *(
        "/overview",
        "/members",
        "/meters",
        "/markets",
        "/network",
        "/alerts?state=all",
        "/validators?columns=7",
    ),
    *("/blocks?limit=9", "/transactions?contract=metering&ok=true&limit=9", "/transactions?stage=V&ok=false"),
    *(
        "/processes?settled=true",
        "/search?q=1",
        "/search?q=park",
        "/search?q=g",
        "/dispatch/days",
        "/dispatch/series?points=9",
    ),
    *(f"/storage/series?from_period=0&to_period={FAR}", "/markets"),
)


@pytest.fixture(scope="module")
def postgresql(archived: Archived) -> Iterator[Served]:
    need(programs() is not None, "PostgreSQL is not installed: apt-get install postgresql")
    with server() as socket:
        index = open_index(new_database(socket, "api"))
        chain = StoredChain.open(archived.store.path)
        follow(index, chain)
        with serving(make_app(Archived(archived.store, index, NOW_MS), requests_per_s=10**6)) as served:
            yield served
        chain.close()
        index.close()


@pytest.mark.parametrize("path", PATHS)
def test_the_same_is_answered(postgresql: Served, served: Served, path: str) -> None:
    answers = [each.get(path) for each in (postgresql, served)]
    for answer in answers:
        del answer["as_of"]["now_ms"]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "table", ["blocks", "transactions", "readings", "plans", "orders", "trades", "bills", "alerts"]
)
def test_the_same_is_exported(postgresql: Served, served: Served, table: str) -> None:
    path = f"/api/v1/export/{table}"
    assert postgresql.ask(path).body == served.ask(path).body


@pytest.mark.parametrize("text", HOSTILE)
def test_cursors_that_nobody_gave(postgresql: Served, text: str) -> None:
    for path, place in (
        ("meters", (text,)),
        ("processes", (1, text)),
        ("alerts", (1, text)),
        ("blocks", (text,)),
    ):
        reply = postgresql.ask(f"/api/v1/{path}?cursor={write_cursor(place)}")
        assert reply.status in (200, 400), reply.body
