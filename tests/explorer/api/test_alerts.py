"""Alerts are listed by state, and acknowledged once for each time that they open."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from explorer.api.access import Client, Role, token_access
from explorer.api.app import make_app
from explorer.api.archived import Archived
from explorer.index import tables
from explorer.index.database import Index
from tests.explorer.api.conftest import NOW_MS
from tests.explorer.api.serving import Reply, Served, index_of, serving

HOSTILE = "<script>alert(1)</script>\u202e=1+1"
ID = "a" * 24
TOKENS = {
    "reader's own secret": Client("grafana", Role.READER),
    "operator's secret": Client("ann", Role.OPERATOR),
}


@pytest.fixture
def own_index(store_path: Path, tmp_path: Path) -> Iterator[Index]:
    opened = index_of(store_path, tmp_path)
    with opened.write() as connection:
        connection.execute(insert(tables.alerts), [alert(ID, first_height=3), alert("b" * 24, is_open=False)])
    yield opened
    opened.close()


@pytest.fixture
def asked(archived: Archived, own_index: Index) -> Iterator[Served]:
    app = make_app(Archived(archived.store, own_index, NOW_MS), token_access(TOKENS))
    with serving(app) as served:
        yield served


def alert(id: str, **changed: Any) -> dict[str, Any]:
    return {
        "id": id,
        "rule": "silent",
        "severity": "warning",
        "subject_kind": "meter",
        "subject": HOSTILE,
        "title": HOSTILE,
        "evidence": [{"name": HOSTILE, "value": 2**70, "unit": ""}],
        "first_period": 10,
        "last_period": 11,
        "first_height": 2,
        "last_height": 5,
        "opened_slot": 1_777_896_003,
        "closed_slot": None,
        "is_open": True,
        "count": 2,
        "openings": 1,
        "strength": 1_500,
        "link": "#/",
        "changed_height": 5,
        **changed,
    }


def ask(served: Served, path: str, body: bytes | None = None, token: str = "operator's secret") -> Reply:
    headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
    return served.ask(f"/api/v1{path}", "POST" if body is not None else "GET", body, **headers)


def ids(served: Served, query: str) -> list[str]:
    return [item["id"] for item in ask(served, f"/alerts?{query}").json["items"] if item["rule"] == "silent"]


def test_they_are_acknowledged_by_who_may_and_once(asked: Served, own_index: Index) -> None:
    path = f"/alerts/{ID}/acknowledge"
    assert ids(asked, "state=open") == [ID]
    assert ask(asked, path, b"{}", "reader's own secret").status == 403
    assert ask(asked, path, b"{}", "somebody's guess").status == 401
    reply = ask(asked, path, f'{{"note": "{HOSTILE}"}}'.encode())
    assert (reply.status, reply.json["state"]) == (200, "acknowledged")
    known = reply.json["acknowledgement"]
    assert (known["by"], known["note"]) == ("ann", HOSTILE)
    again = ask(asked, path, b'{"note": "later"}').json["acknowledgement"]
    assert again == known
    assert (ids(asked, "state=open"), ids(asked, "state=acknowledged")) == ([], [ID])

    with own_index.write() as connection:
        connection.execute(update(tables.alerts).where(tables.alerts.c.id == ID).values(openings=2))
    assert ids(asked, "state=open") == [ID]
    assert ask(asked, f"/alerts/{ID}").json["acknowledgement"] is None


def test_what_is_closed_or_unknown_is_not_acknowledged(asked: Served) -> None:
    closed = ask(asked, f"/alerts/{'b' * 24}/acknowledge", b"{}")
    assert (closed.status, closed.json["title"]) == (409, "AlertClosed")
    assert ask(asked, f"/alerts/{'c' * 24}/acknowledge", b"{}").status == 404
    assert ids(asked, "state=closed") == ["b" * 24]
    assert sorted(ids(asked, "state=all")) == [ID, "b" * 24]
    assert ids(asked, "state=all&severity=critical") == []


def test_what_people_named_is_only_text(asked: Served) -> None:
    reply = ask(asked, f"/alerts/{ID}")
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert (reply.json["title"], reply.json["evidence"][0]["value"]) == (HOSTILE, 2**70)
    exported = ask(asked, "/export/alerts")
    assert exported.headers["Content-Type"].startswith("text/csv")
    assert HOSTILE in exported.body.decode()
