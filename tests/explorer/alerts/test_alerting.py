"""A node tells of alerts: in its log, to Prometheus, to the webhook; and not of what it told before."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from explorer.alerts.webhook import Target
from explorer.index import tables
from explorer.index.database import Index, open_index, write_meta
from node.alerting import NEWS_MS, Alerting, read_target
from node.config import load_config
from node.errors import BadConfig, UnusableFile
from node.metrics import Metrics
from tests.contracts.chain import Chain
from tests.explorer.alerts.test_index import GOOD, STUCK, follow, made
from tests.explorer.index.made import MadeChain

SECRET = "0123456789abcdef"


@pytest.fixture(scope="module")
def chain() -> Chain:
    return made([*GOOD, *[STUCK] * 10, *GOOD])


async def told(index: Index, growing: MadeChain, shown: tuple[int, ...], metrics: Metrics) -> list[str]:
    """What a receiver gets of a node that indexes up to these heights."""
    events: list[str] = []
    came = asyncio.Event()

    async def respond(request: web.Request) -> web.Response:
        events.append((await request.json())["event"])
        came.set()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", respond)
    async with TestServer(app) as server:
        target = Target(str(server.make_url("/")), SECRET.encode())
        alerting = Alerting(lambda: index, growing.genesis, metrics, "warning", target, 0, look_s=0.01)
        growing.shown = shown[0]
        await asyncio.to_thread(follow, index, growing)
        alerting.start()
        await alerting.looked()
        for height in shown[1:]:
            growing.shown = height
            came.clear()
            await asyncio.to_thread(follow, index, growing)
            await asyncio.wait_for(came.wait(), 20)
        await alerting.stop()
    return events


def test_what_opens_and_closes_is_told_everywhere(tmp_path: Path, chain: Chain) -> None:
    index, metrics = open_index(f"sqlite:///{tmp_path / 'index.db'}"), Metrics()
    with structlog.testing.capture_logs() as lines:
        assert asyncio.run(told(index, MadeChain(chain), (4, 14, 21), metrics)) == ["opened", "closed"]
    index.close()
    said = [line for line in lines if line["event"].startswith("alert ")]
    assert [(line["event"], line["log_level"]) for line in said] == [
        ("alert opened", "warning"),
        ("alert closed", "info"),
    ]
    assert said[0]["rule"] == "frozen"
    assert said[0]["evidence"]["consumed"] == f"{STUCK} Wh"
    assert SECRET not in repr(lines)
    text = metrics.text().decode()
    for turn in ("opened", "closed"):
        labels = f'{{rule="frozen",severity="warning",turn="{turn}"}}'
        assert f"gridquorum_alerts_total{labels} 1.0" in text
    assert 'gridquorum_alerts_open{severity="warning"} 0.0' in text
    assert 'gridquorum_webhook_deliveries_total{outcome="delivered"} 2.0' in text


def test_what_was_open_when_the_node_stopped_is_not_told_again(tmp_path: Path, chain: Chain) -> None:
    index = open_index(f"sqlite:///{tmp_path / 'index.db'}")
    assert asyncio.run(told(index, MadeChain(chain), (14, 21), Metrics())) == ["closed"]
    index.close()


def test_what_was_told_before_a_rebuild_is_not_told_again(tmp_path: Path) -> None:
    chain = made([*GOOD, *[STUCK] * 10, *GOOD, *[STUCK] * 10])
    index, growing, news = open_index(f"sqlite:///{tmp_path / 'index.db'}"), MadeChain(chain), []
    alerting = Alerting(lambda: index, chain.genesis, Metrics(), "warning", None, 0)

    def look(height: int) -> list[str]:
        growing.shown = height
        follow(index, growing)
        return [each.turn.value for each in alerting.look()]

    for height in (4, 14, 21):
        news += look(height)
    assert news == ["opened", "closed"]
    index.begin_again(chain.genesis)
    assert [look(height) for height in (4, 14, 21)] == [[], [], []]
    assert look(chain.head.height) == ["reopened"]
    index.close()


def began(chain: Chain, height: int) -> int:
    """The clock of a node that starts when the news begins with this block."""
    return chain.blocks[height - 1].block.header.slot * chain.genesis.slot_ms + NEWS_MS


@pytest.mark.parametrize("looks", [(40,), (20, 40), range(1, 41)])
def test_history_that_is_indexed_late_is_not_told_but_what_still_shows_is(
    tmp_path: Path, looks: Iterable[int]
) -> None:
    """Frozen at heights 8 to 17, and again from 28 on."""
    chain = made([*GOOD, *[STUCK] * 10, *GOOD, *GOOD, *[STUCK] * 20])
    index, growing = open_index(f"sqlite:///{tmp_path / 'index.db'}"), MadeChain(chain, shown=0)
    alerting = Alerting(lambda: index, chain.genesis, Metrics(), "warning", None, began(chain, 36))
    told: list[str] = []
    for height in (0, *looks):
        growing.shown = height
        follow(index, growing)
        told += [news.turn.value for news in alerting.look()]
    assert told == ["reopened"]
    index.close()


def test_what_was_told_before_is_followed_up_however_late(tmp_path: Path, chain: Chain) -> None:
    index, growing = open_index(f"sqlite:///{tmp_path / 'index.db'}"), MadeChain(chain, shown=14)
    alerting = Alerting(lambda: index, chain.genesis, Metrics(), "warning", None, began(chain, 21) + NEWS_MS)
    follow(index, growing)
    assert alerting.look() == ()
    growing.shown = 21
    follow(index, growing)
    assert [news.turn.value for news in alerting.look()] == ["closed"]
    index.close()


def test_of_many_alerts_at_once_all_are_told(tmp_path: Path, chain: Chain) -> None:
    index = open_index(f"sqlite:///{tmp_path / 'index.db'}")
    alerting = Alerting(lambda: index, chain.genesis, Metrics(), "warning", None, 0)
    follow(index, MadeChain(chain, shown=12))
    assert alerting.look() == ()
    with index.write() as connection:
        like = dict(connection.execute(select(tables.alerts)).mappings().one())
        many = [{**like, "id": f"{number:024x}", "changed_height": 13} for number in range(1_500)]
        connection.execute(tables.alerts.insert(), many)
        write_meta(connection, height=13)
    assert len(alerting.look()) == 1_500
    index.close()


def test_a_configuration_that_cannot_work_is_refused_by_name(tmp_path: Path) -> None:
    secret, short, file = tmp_path / "secret", tmp_path / "short", tmp_path / "config.toml"
    secret.write_text(SECRET + "\n")
    short.write_text("short")

    def target(text: str) -> Target | None:
        file.write_text(text)
        return read_target(load_config(file))

    assert target("") is None
    known = target('[alerts]\nwebhook = "https://host/hook"\nsecret = "secret"\n')
    assert known == Target("https://host/hook", SECRET.encode())
    for wrong, key in (
        ('webhook = "ftp://host/"\nsecret = "secret"', "alerts.webhook"),
        ('webhook = "https://me:pass@host/"\nsecret = "secret"', "alerts.webhook"),
        ('webhook = "https://host/"', "alerts.secret"),
        ('webhook = "https://host/"\nsecret = "short"', "alerts.secret"),
        ('least = "urgent"', "alerts.least"),
    ):
        with pytest.raises(BadConfig, match=key):
            target(f"[alerts]\n{wrong}\n")
    with pytest.raises(BadConfig, match=r"explorer\.enabled"):
        target('[explorer]\nenabled = false\n[alerts]\nwebhook = "https://host/"\nsecret = "secret"\n')
    with pytest.raises(UnusableFile):
        target('[alerts]\nwebhook = "https://host/"\nsecret = "nowhere"\n')
