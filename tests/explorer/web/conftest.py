"""A browser, a made node, and the page."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.explorer.needed import need
from tests.explorer.web.made_node import MadeNode

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_MS = 8_000

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a file: while it is there, an event loop runs, beside which no other test could run its own."""
    need(CHROMIUM.exists(), f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def node() -> Iterator[MadeNode]:
    made = MadeNode()
    made.start()
    yield made
    made.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 1_280, "height": 900}, reduced_motion="reduce", accept_downloads=True
    )
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def open_page(context: BrowserContext, node: MadeNode) -> Iterator[Open]:
    """Opens a place of the page. At the end nothing may have gone wrong in it, or come from elsewhere."""
    wrong: list[str] = []
    elsewhere: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    context.on("request", lambda asked: None if is_own(asked.url, node) else elsewhere.append(asked.url))

    def opened(place: str = "#/overview") -> Page:
        page = context.new_page()
        page.goto(node.url + place)
        page.locator("h1").first.wait_for()
        return page

    yield opened
    assert not elsewhere
    assert not [text for text in wrong if "Failed to load resource" not in text and "WebSocket" not in text]


def is_own(url: str, node: MadeNode) -> bool:
    return url.startswith((f"http://127.0.0.1:{node.port}/", f"blob:http://127.0.0.1:{node.port}/", "data:"))
