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

from cli.node_directory import api_client
from crypto.authority import signing_request
from node.errors import BadConfig, Refused, UnusableFile
from node.serving import read_tokens
from tests.node.networks import MADE, Network, key_of, make_network

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
            assert await ask(status_of, f"{api}/status", "", None, _context(config.node.certificate)) == 401

    asyncio.run(run())


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
