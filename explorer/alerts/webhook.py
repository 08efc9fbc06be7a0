"""The webhook: alerts as signed JSON to one address, in order, retried for a while, then given up.

    POST, Content-Type: application/json
    Gridquorum-Signature: t=<unix seconds>,v1=<HMAC-SHA256 over "<t>." and the body, hexadecimal>

Whoever receives computes the same over the bytes that came, and refuses what is older than some minutes. The
same news may come twice: `id`, `openings` and `event` name it.
"""

import asyncio
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import structlog
from tenacity import AsyncRetrying, RetryError, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_base, wait_random_exponential

from explorer.alerts.announcer import News

QUEUE_MAX: Final = 256
ATTEMPTS: Final = 5
WAIT: Final = wait_random_exponential(multiplier=1, max=60)
TIMEOUT: Final = aiohttp.ClientTimeout(total=10, connect=5)
SIGNATURE_HEADER: Final = "Gridquorum-Signature"
TOO_MANY_REQUESTS: Final = 429
SERVER_ERRORS: Final = 500
SUCCESSES: Final = range(200, 300)

log = structlog.get_logger("alerts")


class Outcome:
    """What became of a delivery; the values of a metric's label."""

    DELIVERED: Final = "delivered"
    REFUSED: Final = "refused"
    """The receiver said that it is wrong: it is not sent again."""
    FAILED: Final = "failed"
    """Tried as often as is reasonable."""
    DROPPED: Final = "dropped"
    """There were too many to wait."""


class TryAgain(Exception):
    """The receiver did not take it now."""


class Refused(Exception):
    """The receiver will never take it."""


@dataclass(frozen=True)
class Target:
    """Where to, and with which secret; it is in no log, and not in this object's text."""

    url: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Target({self.host})"

    @property
    def host(self) -> str:
        """What may be logged of the URL: some services have their secrets in its path."""
        return urlsplit(self.url).hostname or ""


class Webhook:
    """Delivers what is put into it, one at a time. `run` until it is cancelled."""

    def __init__(
        self,
        target: Target,
        chain: str,
        count: Callable[[str], None],
        now_s: Callable[[], int],
        *,
        wait: wait_base = WAIT,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        """`count` is told the outcome of each."""
        self._target = target
        self._chain = chain
        self._count = count
        self._now_s = now_s
        self._wait = wait
        self._timeout = timeout
        self._waiting: asyncio.Queue[News] = asyncio.Queue(QUEUE_MAX)

    def put(self, news: News) -> None:
        """Deliver it when its turn has come; the newest is dropped where too many wait."""
        try:
            self._waiting.put_nowait(news)
        except asyncio.QueueFull:
            self._end(news, Outcome.DROPPED, f"{QUEUE_MAX} wait already")

    async def run(self) -> None:
        """Deliver, for ever. Redirects are not followed, and nothing but the status is read."""
        async with aiohttp.ClientSession(
            timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            while True:
                news = await self._waiting.get()
                await self._deliver(session, news)
                self._waiting.task_done()

    async def join(self) -> None:
        """Until all that was put in has been delivered or given up."""
        await self._waiting.join()

    async def _deliver(self, session: aiohttp.ClientSession, news: News) -> None:
        attempts = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._wait,
            retry=retry_if_exception_type((TryAgain, aiohttp.ClientError, TimeoutError)),
        )
        try:
            async for attempt in attempts:
                with attempt:
                    await self._post(session, news)
        except Refused as error:
            self._end(news, Outcome.REFUSED, str(error))
        except RetryError as error:
            # Errors of aiohttp name the whole URL.
            self._end(news, Outcome.FAILED, type(error.last_attempt.exception()).__name__)
        else:
            self._count(Outcome.DELIVERED)

    async def _post(self, session: aiohttp.ClientSession, news: News) -> None:
        body = document(news, self._chain)
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: signature(self._target.secret, self._now_s(), body),
        }
        async with session.post(
            self._target.url, data=body, headers=headers, allow_redirects=False
        ) as response:
            if response.status == TOO_MANY_REQUESTS or response.status >= SERVER_ERRORS:
                raise TryAgain(f"status {response.status}")
            if response.status not in SUCCESSES:
                raise Refused(f"status {response.status}")

    def _end(self, news: News, outcome: str, reason: str) -> None:
        self._count(outcome)
        log.warning(
            "an alert was not delivered",
            alert=news.alert.id,
            turn=news.turn.value,
            outcome=outcome,
            reason=reason,
            host=self._target.host,
        )


def document(news: News, chain: str) -> bytes:
    """The body: the alert as the API shows it, with `event` and the chain's id."""
    return json.dumps(
        {"event": news.turn.value, "chain": chain, **asdict(news.alert)}, separators=(",", ":")
    ).encode()


def signature(secret: bytes, at_s: int, body: bytes) -> str:
    """The value of the header."""
    return f"t={at_s},v1={hmac.new(secret, f'{at_s}.'.encode() + body, sha256).hexdigest()}"
