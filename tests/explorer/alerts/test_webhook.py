"""The webhook against receivers of all kinds, each a real server on this machine."""

import asyncio
import hmac
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from tenacity import wait_none

from explorer.alerts.announcer import News, Turn
from explorer.alerts.webhook import ATTEMPTS, QUEUE_MAX, SIGNATURE_HEADER, Target, Webhook
from tests.explorer.alerts.samples import FROZEN

SECRET = b"correct horse battery staple"
NOW_S = 1_700_000_000
NEWS = News(Turn.OPENED, FROZEN)
Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def receiver(respond: Respond) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook/token-in-the-path", respond)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook/token-in-the-path"))


@asynccontextmanager
async def running(url: str, outcomes: Counter[str], timeout_s: float = 5) -> AsyncIterator[Webhook]:
    webhook = Webhook(
        Target(url, SECRET),
        "ab" * 32,
        lambda outcome: outcomes.update([outcome]),
        lambda: NOW_S,
        wait=wait_none(),
        timeout=aiohttp.ClientTimeout(total=timeout_s),
    )
    task = asyncio.create_task(webhook.run())
    try:
        yield webhook
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def deliver(respond: Respond, *news: News, timeout_s: float = 5) -> Counter[str]:
    """What became of these, sent to such a receiver."""

    async def send() -> Counter[str]:
        outcomes = Counter[str]()
        async with receiver(respond) as url, running(url, outcomes, timeout_s) as webhook:
            for each in news:
                webhook.put(each)
            await webhook.join()
        return outcomes

    return asyncio.run(send())


async def taken(_request: web.Request) -> web.Response:
    return web.Response()


def test_the_body_is_the_alert_and_the_signature_is_over_its_bytes() -> None:
    seen: list[tuple[str, bytes]] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append((request.headers[SIGNATURE_HEADER], await request.read()))
        return web.Response(status=204)

    assert deliver(respond, NEWS) == {"delivered": 1}
    (signed, body) = seen[0]
    expected = hmac.new(SECRET, f"{NOW_S}.".encode() + body, sha256).hexdigest()
    assert signed == f"t={NOW_S},v1={expected}"
    document = json.loads(body)
    assert (document["event"], document["chain"], document["id"]) == ("opened", "ab" * 32, FROZEN.id)
    assert document["evidence"][0] == {"name": "generated", "value": 1612, "unit": "Wh"}


def test_what_fails_for_a_while_is_tried_again_and_order_is_kept() -> None:
    seen: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append((await request.json())["id"])
        return web.Response(status=[500, 429, 200, 200][len(seen) - 1])

    second = News(Turn.OPENED, replace(FROZEN, id="aa" * 12))
    assert deliver(respond, NEWS, second) == {"delivered": 2}
    assert seen == [FROZEN.id] * 3 + [second.alert.id]


def test_what_always_fails_is_given_up_and_the_next_goes_on() -> None:
    async def respond(request: web.Request) -> web.Response:
        nonlocal tries
        tries += 1
        return web.Response(status=503 if (await request.json())["id"] == FROZEN.id else 200)

    tries = 0
    assert deliver(respond, NEWS, News(Turn.OPENED, replace(FROZEN, id="aa" * 12))) == {
        "failed": 1,
        "delivered": 1,
    }
    assert tries == ATTEMPTS + 1


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410])
def test_a_refusal_is_not_tried_again_and_no_redirect_is_followed(status: int) -> None:
    async def respond(_request: web.Request) -> web.Response:
        nonlocal tries
        tries += 1
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:1/elsewhere"})

    tries = 0
    assert deliver(respond, NEWS) == {"refused": 1}
    assert tries == 1


def test_a_receiver_that_does_not_answer_is_given_up() -> None:
    async def respond(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    assert deliver(respond, NEWS, timeout_s=0.05) == {"failed": 1}


def test_nobody_there_is_a_failure_and_neither_secret_nor_path_is_logged() -> None:
    async def send() -> Counter[str]:
        outcomes = Counter[str]()
        async with receiver(taken) as url:
            pass  # The server is gone: nobody listens on its port.
        async with running(url, outcomes) as webhook:
            webhook.put(NEWS)
            await webhook.join()
        return outcomes

    with structlog.testing.capture_logs() as lines:
        assert asyncio.run(send()) == {"failed": 1}
    text = repr(lines)
    assert "not delivered" in text
    assert "token-in-the-path" not in text
    assert SECRET.decode() not in text + repr(Target("http://host/token-in-the-path", SECRET))


def test_what_waits_is_bounded() -> None:
    async def send() -> Counter[str]:
        outcomes = Counter[str]()
        webhook = Webhook(
            Target("http://127.0.0.1:1/", SECRET),
            "",
            lambda outcome: outcomes.update([outcome]),
            lambda: NOW_S,
        )
        for _ in range(QUEUE_MAX + 3):
            webhook.put(NEWS)
        return outcomes

    assert asyncio.run(send()) == {"dropped": 3}
