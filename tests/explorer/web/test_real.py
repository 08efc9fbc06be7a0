"""The page over the real API: chains of several markets, indexed and served as a node does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.api.app import make_app
from explorer.api.archived import Archived
from ledger.store import Store
from node.config import CONFIG_NAME, load_config
from node.files import STORE_NAME
from tests.cli.settled import settled_network
from tests.explorer.api.conftest import NOW_MS
from tests.explorer.api.serving import Served, index_of, serving
from tests.explorer.api.test_chains import community, response, served_chain
from tests.explorer.web.test_hostile import settle
from tests.explorer.web.test_views import VIEWS, choose, drawn

Place = Callable[[str], Page]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A settled day of the storage's dispatch."""
    folder = settled_network(tmp_path_factory.mktemp("day"))[0]
    path = load_config(folder / CONFIG_NAME).node.data / STORE_NAME
    index = index_of(path, tmp_path_factory.mktemp("index"))
    store = Store.open(path, read_only=True)
    with serving(make_app(Archived(store, index, NOW_MS), requests_per_s=100_000)) as served:
        yield served
    store.close()
    index.close()


@contextmanager
def page_of(served: Served, browser: Browser) -> Iterator[Place]:
    """Opens places; whatever the API refuses, or the page complains of, is a fault."""
    page = browser.new_page(viewport={"width": 1_280, "height": 900}, reduced_motion="reduce")
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)

    def opened(place: str) -> Page:
        page.goto(f"{served.url}/explorer/#/{place}")
        settle(page)
        assert not wrong, place
        expect(page.locator(".problem")).to_have_count(0)
        return page

    yield opened
    page.close()
    assert not wrong


def test_every_view_of_a_settled_day(day: Served, browser: Browser) -> None:
    with page_of(day, browser) as opened:
        for view, title in VIEWS.items():
            expect(opened(view).locator("h1")).to_have_text(title)
        page = opened("dispatch")
        for title in ("Plan and metered", "Prices", "Deviation from the plan"):
            drawn(page, title)
        expect(page.locator(".pill")).to_have_attribute("data-kind", "archive")
        page = opened("storage")
        drawn(page, "State of charge")
        page = opened("chain")
        choose(page.get_by_role("table", name="Processes").locator("tbody tr").last)
        settle(page)
        expect(page.locator(".lane.A .card")).to_have_count(1)
        page.locator(".lane.D .card").first.get_by_role("button", name="Open").click()
        expect(page.locator(".lane.D .decoded").first).to_be_visible()
        with page.expect_download() as saved:
            page.locator(".lane.D .card").first.get_by_role("button", name="Proof").click()
        assert saved.value.path().stat().st_size > 500


def test_zooming_searching_and_exporting_ask_what_the_api_knows(day: Served, browser: Browser) -> None:
    with page_of(day, browser) as opened:
        page = opened("dispatch?range=7d")
        page.keyboard.press("+")
        settle(page)
        page = opened("dispatch/meters")
        choose(page.get_by_role("table", name="Meters").locator("tbody tr").first)
        settle(page)
        page.keyboard.press("/")
        page.keyboard.type("validator-2")
        page.get_by_role("listbox").get_by_role("option").first.click()
        settle(page)
        page.get_by_label("Stage").select_option("D")
        settle(page)
        page = opened("validators?from_height=1&to_height=40")
        drawn(page, "Who signed")
        for table in ("blocks", "alerts"):
            page = opened(table)
            with page.expect_download() as saved:
                page.get_by_role("group", name=f"Export {table}").get_by_text("CSV").click()
            assert b"," in saved.value.path().read_bytes()


def test_a_round_of_neighbours(browser: Browser, tmp_path: Path) -> None:
    with served_chain(community(), tmp_path) as served, page_of(served, browser) as opened:
        page = opened("markets")
        choose(page.get_by_role("table", name="Markets").locator("tbody tr").first)
        settle(page)
        expect(page.get_by_role("table", name="Rounds")).to_contain_text("settled")
        rounds = served.get("/markets/community/rounds")["items"]
        number = next(item["round"] for item in rounds if item["orders"])
        page = opened(f"markets/community/{number}")
        drawn(page, "Supply and demand")
        expect(page.get_by_role("table", name="Orders")).to_contain_text("elm")


def test_the_network_of_an_event(browser: Browser, tmp_path: Path) -> None:
    with served_chain(response(), tmp_path) as served, page_of(served, browser) as opened:
        page = opened("network")
        drawn(page, "Single line diagram")
        expect(page.locator(".stat", has_text="Highest voltage")).to_contain_text("p.u.")
        shown = served.get("/network")
        for period in shown["periods"]:
            opened(f"network?event={shown['event']}&period={period}")
