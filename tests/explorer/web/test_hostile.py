"""Names that people choose are text, whatever they hold: no script runs, and no markup appears."""

from collections.abc import Callable
from zlib import crc32

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.explorer.web.conftest import is_own
from tests.explorer.web.made_chain import digest
from tests.explorer.web.made_node import MadeNode

PAYLOADS = (
    "<script>window.hurt=1</script>",
    '"><img src=x onerror="window.hurt=1">',
    "<svg/onload=window.hurt=1>",
    "javascript:window.hurt=1//",
    "{{constructor.constructor('window.hurt=1')()}}",
    "${window.hurt=1}{a|bold}",
    "</title><style>*{display:none}</style>",
    "\u202egnihtemos\u0000 = HYPERLINK(1)",
    "A" * 200,
)
PLACES = (
    "overview",
    "blocks",
    "blocks?list=transactions",
    "blocks/1274",
    f"chain/{digest('process', 2)}",
    "chain",
    "validators",
    "dispatch",
    "dispatch/meters",
    "storage",
    "markets/community",
    "markets/community/47",
    "network",
    "alerts",
    f"alerts/{digest('alert', 1)[:24]}",
)
EVENTS = (
    "[...document.querySelectorAll('*')].flatMap(element => element.getAttributeNames())"
    ".filter(name => name.startsWith('on'))"
)


def hostile(turn: int) -> Callable[[str], str]:
    """Gives every name one of the payloads, and another one in the next turn."""
    return lambda name: f"{PAYLOADS[(crc32(name.encode()) + turn) % len(PAYLOADS)]} {name}"


@pytest.mark.parametrize("turn", range(2))
def test_a_payload_in_every_name_is_nothing_but_text(turn: int, browser: Browser) -> None:
    node = started(hostile(turn))
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    refused: list[str] = []
    context.on("console", lambda message: refused.append(message.text))
    elsewhere: list[str] = []
    context.on("request", lambda asked: None if is_own(asked.url, node) else elsewhere.append(asked.url))
    page = context.new_page()
    for place in PLACES:
        page.goto(f"{node.url}#/{place}")
        settle(page)
        assert page.evaluate("window.hurt") is None, place
        assert page.evaluate(EVENTS) == [], place
        assert page.locator("main script, main img, main style, main iframe").count() == 0, place
        assert page.locator("a[href^='javascript:' i]").count() == 0, place
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, place
    assert not [text for text in refused if "Content Security Policy" in text]
    assert not elsewhere
    context.close()
    node.close()


def started(called: Callable[[str], str]) -> MadeNode:
    node = MadeNode(called=called)
    node.start()
    return node


def settle(page: Page) -> None:
    page.locator("h1").first.wait_for()
    expect(page.locator(".empty[aria-busy=true]")).to_have_count(0)
    expect(page.locator(".chart:not([data-drawn])")).to_have_count(0)


def test_a_tooltip_shows_a_hostile_name_as_it_is(browser: Browser) -> None:
    node = started(lambda name: f"<img src=x onerror=window.hurt=1> {name}")
    page = browser.new_page()
    page.goto(f"{node.url}#/validators")
    settle(page)
    box = page.locator("[data-drawn]").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + 34)
    assert page.locator("[data-drawn] img").count() == 0
    assert page.evaluate("window.hurt") is None
    page.close()
    node.close()


def test_an_alert_leads_to_no_other_place(browser: Browser) -> None:
    node = started(str)
    node.alerts.link = "javascript:alert(1)"
    page = browser.new_page()
    page.goto(f"{node.url}#/alerts/{digest('alert', 0)[:24]}")
    expect(page.get_by_role("link", name="Show the cause")).to_have_attribute("href", "#/blocks/1243")
    page.close()
    node.close()


def test_absurd_addresses_are_answered(browser: Browser) -> None:
    node = started(str)
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for place in ("blocks/-1", "blocks/1e9", "chain/%00", "nothing", "markets/%2e%2e/1", "alerts/?a=%zz"):
        page.goto(f"{node.url}#/{place}")
        settle(page)
        expect(page.locator("h1")).not_to_be_empty()
        assert not wrong, place
    page.close()
    node.close()
