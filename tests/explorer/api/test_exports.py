"""Exports hold exactly what the lists hold, whatever the length of their parts, in both formats."""

import csv
import socket
import time
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from io import BytesIO, StringIO
from typing import Any

import pyarrow.parquet as parquet
import pytest

from explorer.api.access import Access, Client, Role, token_access
from explorer.api.app import make_app
from explorer.api.archived import Archived
from explorer.api.exports import chain, energy, sending, table, writing
from explorer.api.exports.routes import TABLES
from tests.explorer.api.serving import HOST, Served, serving


def rows_of(served: Served, path: str) -> list[dict[str, str]]:
    reply = served.ask(f"/api/v1/export/{path}")
    assert reply.status == 200, reply.body
    return list(csv.DictReader(StringIO(reply.body.decode(), newline="")))


def test_blocks_are_those_of_the_list(served: Served) -> None:
    listed = served.get("/blocks?limit=200")["items"]
    rows = rows_of(served, "blocks")
    assert [int(row["height"]) for row in rows] == list(range(1, served.get("/head")["height"] + 1))
    assert [row["hash"] for row in reversed(rows)] == [block["hash"] for block in listed]
    assert rows[0]["time_utc"].endswith("Z")
    assert [int(row["size_bytes"]) for row in reversed(rows)] == [block["bytes"] for block in listed]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_small_parts_give_the_same_file(
    served: Served, archived: Archived, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rows_of(served, name)
    for module in (chain, energy, table):
        monkeypatch.setattr(module, "PART_ROWS", 7)
    monkeypatch.setattr(energy, "DAYS_READ", 1)
    with serving(make_app(archived)) as other:
        assert rows_of(other, name) == whole


@pytest.mark.parametrize("name", sorted(TABLES))
def test_parquet_holds_what_csv_holds(served: Served, name: str) -> None:
    reply = served.ask(f"/api/v1/export/{name}?format=parquet")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/vnd.apache.parquet")
    assert reply.headers["Content-Disposition"] == f'attachment; filename="gridquorum-{name}.parquet"'
    found = parquet.read_table(BytesIO(reply.body))
    rows = rows_of(served, name)
    assert found.num_rows == len(rows)
    assert found.column_names == [column for column, _ in TABLES[name].columns]
    for column, kind in TABLES[name].columns:
        if kind is table.WHOLE:
            texts = ["" if value is None else str(value) for value in found[column].to_pylist()]
            assert texts == [row[column] for row in rows]


def test_readings_are_those_of_the_meters(served: Served) -> None:
    rows = rows_of(served, "readings")
    meters = served.get("/meters")["items"]
    assert {row["meter"] for row in rows} == {meter["address"] for meter in meters if meter["readings"]}
    meter = next(meter for meter in meters if meter["readings"])
    mine = [row for row in rows if row["meter"] == meter["address"]]
    span = f"from_period={mine[0]['period']}&to_period={mine[-1]['period']}"
    series = served.get(f"/meters/{meter['address']}/readings?{span}&points=2000")
    assert series["step"] == 1
    for curve in series["series"]:
        known = dict(zip(series["periods"], curve["values"], strict=True))
        told = [known[int(row["period"])] for row in mine]
        assert [row[curve["key"]] for row in mine] == ["" if value is None else str(value) for value in told]


def test_ranges(served: Served) -> None:
    assert [row["height"] for row in rows_of(served, "blocks?from_height=5&to_height=7")] == ["5", "6", "7"]
    (block,) = rows_of(served, "blocks?from_height=9&to_height=9")
    by_period = rows_of(served, f"blocks?from_period={block['period']}&to_period={block['period']}")
    assert by_period == [block]
    assert rows_of(served, "transactions?from_height=500") == []
    assert rows_of(served, f"readings?from_period={10**18 - 1}") == []
    assert len(rows_of(served, f"readings?from_period=0&to_period={10**18 - 1}")) > 100
    assert served.ask("/api/v1/export/readings?from_height=1").status == 400
    assert served.ask("/api/v1/export/state").status == 400
    assert served.ask("/api/v1/export/blocks?format=xlsx").status == 400


@pytest.mark.parametrize("name", ["blocks", "transactions", "bills", "alerts"])
def test_heights_beyond_the_chain_hold_nothing_and_no_end_holds_all(served: Served, name: str) -> None:
    largest = 10**18 - 1
    assert rows_of(served, f"{name}?from_height={largest}&to_height={largest}") == []
    assert rows_of(served, f"{name}?to_height={largest}") == rows_of(served, name)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    made = table.Table("x", "", (("name", table.TEXT),), lambda *_: table.Part((), None))

    def read(_bounds: Any, _place: Any) -> table.Part:
        return table.Part([(text,)], None)

    bounds = table.Bounds(0, 0, 0, 0)
    (_, row) = csv.reader(StringIO(b"".join(writing.written(made, "csv", bounds, read)).decode(), newline=""))
    assert row == [f"'{text}"]
    data = b"".join(writing.written(made, "parquet", bounds, read))
    assert parquet.read_table(BytesIO(data))["name"].to_pylist() == [text]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One for each part that was read of `bills`, which have no end."""
    read: list[int] = []

    def endless(*_: Any) -> table.Part:
        read.append(1)
        return table.Part([(1, 0, "x" * 200, 1, "", "", 1, "")] * 1_000, len(read))

    monkeypatch.setitem(TABLES, "bills", replace(TABLES["bills"], read=endless))
    return read


def deaf(served: Served, token: str = "") -> socket.socket:
    """A client that asks for what has no end, and reads nothing of it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect((HOST, served.port))
    head = f"GET /api/v1/export/bills HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n\r\n"
    client.sendall(head.encode())
    return client


def until(served: Served, status: int, **headers: str) -> None:
    """Until an export is answered so."""
    end = time.monotonic() + 30
    while served.ask("/api/v1/export/blocks", **headers).status != status:
        assert time.monotonic() < end


def test_who_does_not_read_a_file_is_cut_off_and_others_get_theirs(
    archived: Archived, parts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SEND_S", 1.0)
    with serving(make_app(archived, requests_per_s=100_000)) as served:
        clients = [deaf(served) for _ in range(sending.EXPORTS_MAX)]
        until(served, 503)
        assert served.ask("/api/v1/blocks").status == 200
        until(served, 200)
        # What both ends' kernels take of 200 kB each, and then no more.
        assert len(parts) < 100 * len(clients)
        for client in clients:
            client.close()


def test_who_may_ask_no_longer_gets_no_more_of_a_file(archived: Archived, parts: list[int]) -> None:
    tokens = dict(token_access({"a" * 20: Client("a", Role.READER)}).tokens)
    with serving(make_app(archived, Access(tokens))) as served:
        connection = HTTPConnection(HOST, served.port, timeout=20)
        connection.request("GET", "/api/v1/export/bills", headers={"Authorization": "Bearer " + "a" * 20})
        answer = connection.getresponse()
        assert answer.read(1_000)
        tokens[bytes(32)] = tokens.popitem()[1]
        with pytest.raises((ConnectionError, HTTPException)):
            answer.read()
        connection.close()


def test_nobody_has_all_places(archived: Archived, parts: list[int]) -> None:
    access = token_access({name * 20: Client(name, Role.READER) for name in "ab"})
    with serving(make_app(archived, access, requests_per_s=100_000)) as served:
        clients = [deaf(served, "a" * 20) for _ in range(sending.CLIENT_EXPORTS_MAX)]
        until(served, 503, Authorization="Bearer " + "a" * 20)
        until(served, 200, Authorization="Bearer " + "b" * 20)
        for client in clients:
            client.close()
