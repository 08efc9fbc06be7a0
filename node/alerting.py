"""Alerts of the index to people: a line in the log, a count for Prometheus, and the webhook."""

import asyncio
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import structlog

from explorer.alerts.announcer import Announcer, News, Turn
from explorer.alerts.webhook import Target, Webhook
from explorer.index.database import Index, read_meta
from explorer.index.errors import IndexFault
from explorer.index.queries.alerts import (
    SEVERITIES,
    Alert,
    all_open,
    changed_alerts,
    open_by_severity,
)
from explorer.index.queries.blocks import first_height
from ledger.genesis import Genesis
from node.config import Config
from node.errors import BadConfig
from node.files import read_file
from node.metrics import Metrics

LOOK_S: Final = 1.0
NEWS_MS: Final = 86_400_000
"""Before the node started: what showed no longer by then, by the time of the blocks, is history."""
SECRET_BYTES_MIN: Final = 16

log = structlog.get_logger("alerts")


def read_target(config: Config) -> Target | None:
    """Where the webhook goes; None if there is none. Raises BadConfig or UnusableFile."""
    section, file = config.alerts, str(config.file)
    if section.webhook is None:
        return None
    parts = urlsplit(section.webhook)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        reason = "it is not like https://host/path, without a user or a password in it"
        raise BadConfig(file, "alerts.webhook", reason)
    if not config.explorer.enabled:
        raise BadConfig(file, "alerts.webhook", "alerts come of the index, and explorer.enabled is false")
    if section.secret is None:
        raise BadConfig(file, "alerts.secret", "it is required: a file of what the webhook is signed with")
    secret = read_file(section.secret).strip()
    if len(secret) < SECRET_BYTES_MIN:
        raise BadConfig(file, "alerts.secret", f"it holds less than {SECRET_BYTES_MIN} bytes")
    return Target(section.webhook, secret)


class Alerting:
    """Looks at the index every second while it runs; whatever is wrong with it, the index itself tells."""

    def __init__(
        self,
        index: Callable[[], Index | None],
        genesis: Genesis,
        metrics: Metrics,
        least: str,
        target: Target | None,
        began_ms: int,
        look_s: float = LOOK_S,
    ) -> None:
        """`least` is the lowest severity that `target` is told of; `began_ms` is the clock, now."""
        self._look_s = look_s
        self._looked = asyncio.Event()
        self._index = index
        self._genesis = genesis
        self._metrics = metrics
        self._least = SEVERITIES.index(least)
        chain = genesis.hash.hex()
        self._webhook = (
            Webhook(target, chain, metrics.webhook, lambda: time.time_ns() // 10**9) if target else None
        )
        self._announcer: Announcer | None = None
        self._height = 0
        self._since_ms = began_ms - NEWS_MS
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look. The chain goes on whatever becomes of it."""
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(_log_failure)

    async def looked(self) -> None:
        """Until it knows what was open before: what opens from then on is told."""
        await self._looked.wait()

    async def stop(self) -> None:
        """End; what waits to be posted is forgotten."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            if self._webhook:
                tasks.create_task(self._webhook.run())
            while True:
                for news in await asyncio.to_thread(self.look):
                    self._tell(news)
                if self._announcer is not None:
                    self._looked.set()
                await asyncio.sleep(self._look_s)

    def look(self) -> tuple[News, ...]:
        """What is new since it looked last. Asks the database: not for the loop."""
        index = self._index()
        if index is None:
            return ()
        try:
            return self._news(index)
        except IndexFault as error:
            log.debug("alerts cannot be read", reason=str(error))
            return ()

    def _news(self, index: Index) -> tuple[News, ...]:
        with index.read() as connection:
            height, slot_ms = int(read_meta(connection, "height") or 0), self._genesis.slot_ms
            if height == self._height and self._announcer:
                return ()
            self._metrics.alerts_open(open_by_severity(connection))
            if height < self._height:
                # It is built again: of these blocks everything was told.
                return ()
            if self._announcer is None:
                # What was open when the node stopped was told before it did.
                self._announcer, self._height = Announcer(all_open(connection, slot_ms)), height
                return ()
            changed = changed_alerts(connection, slot_ms, self._height, height)
            first = first_height(connection, self._since_ms // slot_ms)
        self._height = height
        return self._announcer.news([each for each in changed if self._is_news(each, first)])

    def _is_news(self, alert: Alert, first: int | None) -> bool:
        """Whether it was told of before, or shows in the first block that is no history or in a later one."""
        if self._announcer and self._announcer.knows(alert):
            return True
        if alert.closed_ms is not None:
            return alert.closed_ms >= self._since_ms
        return first is not None and alert.last_height >= first

    def _tell(self, news: News) -> None:
        alert, turn = news.alert, news.turn
        self._metrics.alert(alert.rule, alert.severity, turn.value)
        say = log.info if turn is Turn.CLOSED or alert.severity == "info" else log.warning
        say(f"alert {turn.value}", **_line(alert))
        if self._webhook and SEVERITIES.index(alert.severity) >= self._least:
            self._webhook.put(news)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("alerts are told no more", exc_info=task.exception())


def _line(alert: Alert) -> dict[str, object]:
    return {
        "alert": alert.id,
        "rule": alert.rule,
        "severity": alert.severity,
        "subject": f"{alert.subject_kind} {alert.subject}",
        "title": alert.title,
        "evidence": {each.name: f"{each.value} {each.unit}".strip() for each in alert.evidence},
        "first_period": alert.first_period,
        "first_height": alert.first_height,
        "count": alert.count,
    }
