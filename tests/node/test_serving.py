"""Who may ask a node's API what: tokens with roles, members with certificates, and nobody else."""

import asyncio
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aiohttp import ClientSession, WSCloseCode, WSServerHandshakeError
from playwright.async_api import async_playwright

from cli.node_directory import api_client
from crypto.authority import Authority, signing_request
from explorer.api import sockets
from ledger.quantities import Round, Slot
from ledger.seals import Seals
from node.errors import BadConfig, Refused, UnusableFile
from node.service import Node
from node.serving import read_tokens
from tests.explorer.needed import need
from tests.explorer.web.conftest import CHROMIUM, FLAGS
from tests.node.governing import send_revocation
from tests.node.networks import FOREVER, MADE, Network, key_of, make_network

ROLES = ("reader", "participant", "operator")
TOKENS = {role: f"the {role}'s own secret" for role in ROLES}


async def ask(call: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.to_thread(call, *arguments)


def add_tokens(network: Network) -> None:
    folder = network.folder / "v1"
    for role, token in TOKENS.items():
        (folder / f"{role}.token").write_text(f"{token}\n")
    entries = (f'{{ name = "{role}-1", role = "{role}", file = "{role}.token" }}' for role in ROLES)
    set_api(network, [f"tokens = [{', '.join(entries)}]"])


def set_api(network: Network, lines: list[str]) -> None:
    path = network.folder / "v1" / "config.toml"
    path.write_text(path.read_text().replace("[api]\n", "[api]\n" + "\n".join(lines) + "\n"))


def status_of(url: str, token: str = "", body: bytes | None = None, tls: ssl.SSLContext | None = None) -> int:
    headers = {"Content-Type": "application/octet-stream"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urlopen(Request(url, body, headers), timeout=10, context=tls) as answer:
            return int(answer.status)
    except HTTPError as error:
        return int(json.loads(error.read())["status"])


def test_tokens_give_roles(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path, slots_ago=100)
        add_tokens(network)
        async with network.start("v1"):
            api = f"http://{network.config('v1').api.listen}/api/v1"
            expected = {
                "reader": (200, 403, 403),
                "participant": (200, 400, 403),
                "operator": (200, 400, 202),
                "guess": (401, 401, 401),
            }
            for role, (read, submit, show) in expected.items():
                token = TOKENS.get(role, "a guess of somebody's")
                assert await ask(status_of, f"{api}/status", token) == read
                assert await ask(status_of, f"{api}/transactions", token, b"\xc1") == submit
                assert await ask(status_of, f"{api}/committee/show-synced", token, b"") == show
            for path, status in (
                ("/healthz", 200),
                ("/metrics", 401),
                ("/explorer/", 200),
                ("/api/v1/ws", 401),
            ):
                assert await ask(status_of, api.removesuffix("/api/v1") + path) == status

    asyncio.run(run())


def test_members_may_ask_with_their_certificates(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path, slots_ago=100)
        set_api(network, ['certificate = "node.crt"', 'key = "node.key"'])
        async with network.start("v1"):
            config = network.config("v1")
            api = f"https://{config.api.listen}/api/v1"
            own = api_client(config)
            assert (await ask(own.status))["height"] == 0
            await ask(own.show_synced)
            member = _context(network.folder / "v1" / "node.crt", network.folder / "v2")
            assert await ask(status_of, f"{api}/status", "", None, member) == 200
            assert await ask(status_of, f"{api}/committee/show-synced", "", b"", member) == 403
            stranger = tmp_path / "stranger"
            stranger.mkdir()
            (stranger / "node.key").write_bytes(key_of("stranger").to_pem())
            request = signing_request(key_of("stranger"), "Strangers")
            crt = network.authority.issue(request, ["owner"], MADE, network.authority.not_after, 9)
            (stranger / "node.crt").write_bytes(crt)
            certified = _context(network.folder / "v1" / "node.crt", stranger)
            assert await ask(status_of, f"{api}/status", "", None, certified) == 401
            (stranger / "node.crt").write_bytes(_of_another_authority())
            foreign = _context(network.folder / "v1" / "node.crt", stranger)
            with pytest.raises(OSError, match=r"unknown ca|closed|reset|EOF"):
                await ask(status_of, f"{api}/status", "", None, foreign)
            assert await ask(status_of, f"{api}/status", "", None, _context(config.node.certificate)) == 401

    asyncio.run(run())


def test_a_revoked_member_is_told_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "REVIEW_S", 0.05)

    async def run() -> None:
        network = make_network(tmp_path, slots_ago=100)
        set_api(network, ['certificate = "node.crt"', 'key = "node.key"'])
        async with network.start("v1") as node, ClientSession() as session:
            api = f"https://{network.config('v1').api.listen}/api/v1"
            field = _context(network.folder / "v1" / "node.crt", network.folder / "field")
            assert await ask(status_of, f"{api}/transactions", "", b"\xc1", field) == 400
            async with session.ws_connect(f"{api}/ws", ssl=field) as web_socket:
                await web_socket.send_json({"subscribe": ["status"]})
                assert (await web_socket.receive_json())["topic"] == "hello"
                _revoke_in_a_block(node, "field")
                async for message in web_socket:
                    assert message.json()["topic"] in ("status", "blocks")
                assert web_socket.close_code == WSCloseCode.POLICY_VIOLATION
            assert await ask(status_of, f"{api}/status", "", None, field) == 401
            with pytest.raises(WSServerHandshakeError, match="401"):
                await session.ws_connect(f"{api}/ws", ssl=field)

    asyncio.run(run())


def test_a_browser_with_a_certificate_is_asked_for_no_token(tmp_path: Path) -> None:
    need(CHROMIUM.exists(), f"{CHROMIUM} is not installed")

    async def run() -> None:
        network = make_network(tmp_path, slots_ago=100)
        set_api(network, ['certificate = "node.crt"', 'key = "node.key"'])
        async with network.start("v1"), async_playwright() as playwright:
            url = f"https://{network.config('v1').api.listen}"
            browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            field = network.folder / "field"
            shown = {"origin": url, "certPath": field / "node.crt", "keyPath": field / "node.key"}
            context = await browser.new_context(client_certificates=[shown], ignore_https_errors=True)  # type: ignore[list-item]
            page = await context.new_page()
            async with page.expect_websocket() as listening:
                await page.goto(f"{url}/explorer/")
            await (await listening.value).wait_for_event("framereceived")
            assert not await page.get_by_role("dialog").is_visible()
            stranger = await (await browser.new_context(ignore_https_errors=True)).new_page()
            await stranger.goto(f"{url}/explorer/")
            await stranger.get_by_role("dialog").wait_for()
            await browser.close()

    asyncio.run(run())


def _revoke_in_a_block(node: Node, name: str) -> None:
    """As the committee would, whose other members do not run here."""
    send_revocation(node, "v1", name)
    slot = Slot(node.chain.head.slot + 1)
    built = node.chain.build(node.pool.candidates(), slot, Round(0), node.address)
    node.chain.append(built.block.raw, Seals(Round(0), ()))


def _of_another_authority() -> bytes:
    authority = Authority.create(key_of("another"), "Another", MADE, MADE + FOREVER)
    request = signing_request(key_of("stranger"), "Strangers")
    return authority.issue(request, ["owner"], MADE, authority.not_after, 9)


def _context(trusted: Path, shown: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(trusted)
    if shown:
        context.load_cert_chain(shown / "node.crt", shown / "node.key")
    return context


def test_what_makes_no_sense_is_refused_before_anybody_can_ask(tmp_path: Path) -> None:
    network = make_network(tmp_path)
    folder = network.folder / "v1"
    path, begun = folder / "config.toml", (folder / "config.toml").read_text()
    same = '{ name = "a", role = "reader", file = "t" }, { name = "b", role = "operator", file = "t" }'
    for token, lines, error, reason in (
        ("short", ['token_file = "t"'], UnusableFile, "16 characters"),
        ("\x00" * 20, ['token_file = "t"'], UnusableFile, "16 characters"),
        ("x" * 20, [f"tokens = [{same}]"], BadConfig, "same token"),
        ("x" * 20, ['certificate = "node.crt"'], BadConfig, "belong together"),
    ):
        (folder / "t").write_text(token)
        path.write_text(begun)
        set_api(network, lines)
        with pytest.raises(error, match=reason):
            read_tokens(network.config("v1"))
    path.write_text(begun)
    set_api(network, ['tokens = [{ name = "=1\\n", role = "reader", file = "t" }]'])
    with pytest.raises(BadConfig, match="name"):
        network.config("v1")


def test_the_old_client_is_told_why(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path, slots_ago=100)
        add_tokens(network)
        async with network.start("v1"):
            with pytest.raises(Refused, match="Bearer"):
                await ask(network.client("v1").status)

    asyncio.run(run())
