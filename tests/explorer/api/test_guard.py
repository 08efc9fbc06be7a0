"""Before anything is answered: origins, hosts, roles, allowances, and what a request may be made of."""

import re
import socket
from gzip import compress
from http.client import HTTPConnection

import pytest
from aiohttp.compression_utils import ZLibDecompressor

from explorer.api.access import Access, Client, Role, is_loopback, token_access
from explorer.api.app import make_app
from explorer.api.archived import Archived
from explorer.api.limits import BURST_S, CLIENTS_MAX, Allowances, client_of
from tests.explorer.api.serving import HOST, Reply, Served, serving

STATUS = "/api/v1/status"


def problem(reply: Reply) -> tuple[int, str]:
    assert reply.headers["Content-Type"].startswith("application/problem+json"), reply
    assert reply.json["status"] == reply.status
    return reply.status, reply.json["title"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::1"])
def test_no_foreign_name_leads_here(served: Served, host: str) -> None:
    assert problem(served.ask(STATUS, Host=host)) == (403, "ForeignHost")
    assert problem(served.ask("/explorer/", Host=host)) == (403, "ForeignHost")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:7480", "[::1]:7480", "LOCALHOST"])
def test_own_names_do(served: Served, host: str) -> None:
    assert served.ask(STATUS, Host=host).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://["])
def test_no_page_of_another_site_does_anything(served: Served, origin: str) -> None:
    path = "/api/v1/alerts/" + "0" * 24 + "/acknowledge"
    asked = {"method": "POST", "body": b"{}", "Content_Type": "application/json"}
    assert problem(served.ask(path, Origin=origin, **asked)) == (403, "ForeignOrigin")  # type: ignore[arg-type]
    assert problem(served.ask(path, Origin=served.url, **asked)) == (404, "NotIndexed")  # type: ignore[arg-type]


def test_what_browsers_are_told(served: Served) -> None:
    for path in ("/explorer/", STATUS, "/nothing", "/api/v1/blocks/x"):
        headers = served.ask(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Server"] == "gridquorum"
    policy = served.ask("/explorer/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_is_cached_by_its_content(served: Served) -> None:
    first = served.ask("/explorer/")
    again = served.ask("/explorer/", If_None_Match=first.headers["ETag"])
    assert (first.status, again.status, again.body) == (200, 304, b"")
    assert served.ask("/explorer/", If_None_Match='"another"').body == first.body
    assert {served.ask(path).headers["Location"] for path in ("/", "/explorer")} == {"/explorer/"}


def test_files_of_the_page_are_kept_as_long_as_their_version_is(served: Served) -> None:
    text = served.ask("/explorer/").body.decode()
    (path,) = re.findall(r'src="([^"]+/app.js)"', text)
    script = served.ask(f"/explorer/{path}")
    assert script.status == 200
    assert "immutable" in script.headers["Cache-Control"]
    assert "no-cache" in served.ask("/explorer/").headers["Cache-Control"]
    assert all(served.ask(f"/explorer/{own}").status == 200 for own in re.findall(r'href="([^"]+)"', text))
    for other in ("app.js", f"{'0' * 16}/app.js"):
        assert problem(served.ask(f"/explorer/{other}")) == (404, "NoSuchFile")


@pytest.mark.parametrize(
    "path",
    [
        "/explorer/../../pyproject.toml",
        "/explorer/%2e%2e/%2e%2e/pyproject.toml",
        "/explorer/..%2f..%2fpyproject.toml",
        "/explorer//etc/passwd",
        "/explorer/%00",
        "/explorer/index.html/",
        "/explorer/.gitignore",
        "/explorer/vendor",
        "/explorer/..\\..\\pyproject.toml",
    ],
)
def test_no_path_leads_out_of_the_page(served: Served, path: str) -> None:
    assert problem(served.ask(path)) == (404, "NoSuchFile" if path.startswith("/explorer/") else "Not Found")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("blocks?limit=0", "BadParameter"),
        ("blocks?limit=201", "BadParameter"),
        ("blocks?limit=1_0", "BadParameter"),
        ("blocks?limit=%D9%A1", "BadParameter"),
        ("blocks?limit=%2B1", "BadParameter"),
        ("blocks?limit=1&limit=2", "BadParameter"),
        ("blocks?unknown=1", "BadParameter"),
        ("blocks?cursor=", "BadParameter"),
        ("blocks?cursor=WzEsMl0", "BadCursor"),
        ("blocks?cursor=W1tbW1tb", "BadCursor"),
        ("blocks?cursor=" + "A" * 1_025, "BadParameter"),
        ("blocks?proposer=%00", "BadParameter"),
        ("blocks/" + "9" * 19, "BadParameter"),
        ("blocks/-1", "BadParameter"),
        ("transactions?ok=yes", "BadParameter"),
        ("transactions?stage=X", "BadParameter"),
        ("search?q=", "BadParameter"),
        ("search", "BadParameter"),
        ("search?q=" + "x" * 101, "BadParameter"),
        ("dispatch/series?points=2001", "BadParameter"),
        ("dispatch/series?from_period=-1", "BadParameter"),
        ("dispatch/series?from_period=1e3", "BadParameter"),
        ("validators?columns=401", "BadParameter"),
        ("alerts?state=lost", "BadParameter"),
        ("alerts/" + "Z" * 24, "BadParameter"),
    ],
)
def test_what_cannot_be_meant_is_refused(served: Served, path: str, title: str) -> None:
    assert problem(served.ask(f"/api/v1/{path}")) == (400, title)


@pytest.mark.parametrize(
    "path",
    [
        f"dispatch/series?from_period=0&to_period={10**18 - 1}",
        f"dispatch/series?from_period={10**18 - 1}&to_period=0&points=1",
        f"validators?from_height=0&to_height={10**18 - 1}&columns=400",
        f"storage/series?from_period=0&to_period={10**18 - 1}&points=2000",
        "search?q=%25",
        "search?q=%27%20OR%201=1;--",
        "search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "network?event=999999999999999999",
        "dispatch/series?site=%3Cimg%20src=x%20onerror=alert(1)%3E",
    ],
)
def test_absurd_but_possible_questions_have_small_answers(served: Served, path: str) -> None:
    reply = served.ask(f"/api/v1/{path}")
    assert reply.status == 200, reply.body
    assert len(reply.body) < 2**20


def test_headers_cannot_be_injected(served: Served) -> None:
    for path in ("/api/v1/blocks/1%0d%0aSet-Cookie:%20a=b", "/explorer/%0d%0aSet-Cookie:%20a=b"):
        reply = served.ask(path)
        assert reply.status in (400, 404)
        assert "Set-Cookie" not in reply.headers


def test_bodies_are_bounded_and_of_their_type(served: Served) -> None:
    path = "/api/v1/alerts/" + "0" * 24 + "/acknowledge"

    def post(body: bytes, kind: str = "application/json") -> tuple[int, str]:
        return problem(served.ask(path, "POST", body, Content_Type=kind))

    assert post(b"{}") == (404, "NotIndexed")
    assert post(b"{") == (400, "BadBody")
    assert post(b'{"note": 1}') == (400, "BadBody")
    assert post(b'{"note": "a", "by": "me"}') == (400, "BadBody")
    assert post(b'{"note": "' + b"x" * 501 + b'"}') == (400, "BadBody")
    assert post(b"[" * 100_000) == (400, "BadBody")
    assert post(b"{}", "text/plain") == (415, "WrongMediaType")
    assert post(b"x" * (2**20 + 1))[0] == 413
    assert problem(served.ask(path, "GET"))[0] == 405
    assert "POST" in served.ask(path, "GET").headers["Allow"]


def test_no_body_is_unpacked(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some hundred kilobytes may unpack to gigabytes, in the event loop, before anybody says who they are."""
    unpacked: list[object] = []
    monkeypatch.setattr(ZLibDecompressor, "__init__", lambda *arguments, **_: unpacked.append(arguments))
    packed, kind = compress(bytes(2**21)), "application/octet-stream"
    for encoding in ("gzip", "deflate"):
        headers = {"Content_Encoding": encoding, "Content_Type": kind}
        reply = served.ask("/api/v1/transactions", "POST", packed, **headers)
        assert problem(reply) == (415, "WrongMediaType")
        assert served.ask(STATUS, "GET", packed, **headers).status == 200
    assert unpacked == []


def test_who_breaks_off_in_a_body_is_not_logged(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    head = f"POST /api/v1/transactions HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/octet-stream\r\n"
    with socket.create_connection((HOST, served.port), timeout=20) as connection:
        connection.sendall(f"{head}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n".encode())
        assert b"100 Continue" in connection.recv(2**16)
        connection.sendall(b"half")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(2**16) == b""
    assert served.get("/status")["archive"] is True
    assert capsys.readouterr() == ("", "")


def test_an_archive_takes_no_transactions(served: Served) -> None:
    reply = served.ask("/api/v1/transactions", "POST", b"\xc1", Content_Type="application/octet-stream")
    assert problem(reply) == (409, "Archive")
    assert served.ask("/readyz").status == 503
    assert served.get("/status")["archive"] is True


def test_without_an_index_what_needs_it_says_so(archived: Archived) -> None:
    bare = Archived(archived.store, None, 0)
    with serving(make_app(bare)) as served:
        assert problem(served.ask("/api/v1/blocks")) == (503, "NoIndex")
        assert served.ask("/api/v1/blocks/1").status == 200
        assert problem(served.ask("/api/v1/export/blocks")) == (503, "NoIndex")


def test_who_asks_too_much_waits_alone(archived: Archived) -> None:
    access = token_access({"a" * 20: Client("a", Role.READER)})
    with serving(make_app(archived, access, requests_per_s=0.5)) as served:
        first = [served.ask(STATUS, Authorization="Bearer " + "a" * 20).status for _ in range(5)]
        assert first == [200] * 5
        reply = served.ask(STATUS, Authorization="Bearer " + "a" * 20)
        assert problem(reply) == (429, "TooManyRequests")
        assert int(reply.headers["Retry-After"]) >= 1
        assert problem(served.ask(STATUS))[0] == 429, "guesses at tokens are counted too"
        assert served.ask("/healthz").status == 200


def test_a_token_asks_no_more_from_many_addresses(archived: Archived) -> None:
    access = token_access({"a" * 20: Client("a", Role.READER), "b" * 20: Client("b", Role.READER)})

    def status(served: Served, host: str, token: str) -> int:
        connection = HTTPConnection("127.0.0.1", served.port, timeout=20, source_address=(host, 0))
        connection.request("GET", STATUS, headers={"Authorization": f"Bearer {token}"})
        found = connection.getresponse().status
        connection.close()
        return found

    with serving(make_app(archived, access, requests_per_s=0.3)) as served:
        assert [status(served, f"127.0.0.{each}", "a" * 20) for each in range(1, 4)] == [200] * 3
        assert status(served, "127.0.0.4", "a" * 20) == 429
        assert status(served, "127.0.0.5", "b" * 20) == 200


def test_a_token_may_be_given_to_a_socket_as_a_protocol(archived: Archived) -> None:
    access = token_access({"a" * 20: Client("a", Role.READER)})
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
    with serving(make_app(archived, access)) as served:
        offers = {"bearer.YWFhYWFhYWFhYWFhYWFhYWFhYWE": 101, "bearer.YQ": 401, "bearer.é": 401}
        for offer, status in offers.items():
            key = {"Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
            key["Sec_WebSocket_Protocol"] = f"gridquorum, {offer}"
            assert served.begin("/api/v1/ws", **upgrade, **key) == status


def test_allowances_refill_and_are_bounded() -> None:
    allowances = Allowances(2.0)
    assert [allowances.take("a", 1, 0.0) for _ in range(2 * BURST_S)] == [0.0] * 2 * BURST_S
    assert allowances.take("a", 1, 0.0) == 0.5
    assert allowances.take("b", 1, 0.0) == 0.0
    assert allowances.take("a", 1, 0.5) == 0.0
    assert allowances.take("a", 10**9, 100.0) == 0.0, "what is too heavy is taken of a full one"
    for number in range(2 * CLIENTS_MAX):
        allowances.take(str(number), 1, 200.0)
    assert len(allowances._buckets) == CLIENTS_MAX


def test_an_ipv6_network_is_one_client() -> None:
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff:1") != client_of("2001:db8:0:1::1")
    assert client_of("::ffff:1.2.3.4") == client_of("1.2.3.4")
    assert client_of("fe80::1%eth0") == client_of("fe80::2%eth1")


def test_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.evil.example")))
    assert Access().is_open


@pytest.mark.parametrize(
    "data",
    [
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 1_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\r\n\x00\x00",
    ],
)
def test_what_is_no_http_is_told_so_and_not_logged(
    served: Served, data: bytes, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    head, body = served.send(data).split(b"\r\n\r\n", 1)
    assert b"HTTP/1.1 400" in head or b"HTTP/1.0 400" in head
    assert b"application/problem+json" in head
    assert b"xxx" not in body
    assert not caplog.records
    assert capsys.readouterr() == ("", "")
