"""axe-core finds nothing serious in any view, light or dark, wide or narrow, nor when it is not live."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.explorer.web.conftest import Open
from tests.explorer.web.made_chain import digest
from tests.explorer.web.made_node import MadeNode
from tests.explorer.web.test_hostile import settle

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
PLACES = (
    "overview",
    "blocks",
    "blocks/1274",
    "blocks?list=transactions",
    "chain",
    f"chain/{digest('process', 2)}",
    "validators",
    "dispatch",
    "storage",
    "markets",
    "markets/community/47",
    "network",
    "alerts",
    f"alerts/{digest('alert', 0)[:24]}",
)
GRAVE = {"serious", "critical"}


def findings(page: Page) -> list[Any]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"() => {{ {AXE} }}")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (item["id"], item["nodes"][0]["html"][:200], item["nodes"][0]["failureSummary"][:300])
        for item in found["violations"]
        if item["impact"] in GRAVE
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1_280), ("dark", 1_280), ("dark", 390)])
def test_no_view_has_a_serious_fault(scheme: Any, width: int, open_page: Open, node: MadeNode) -> None:
    page = open_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    for place in PLACES:
        page.goto(f"{node.url}#/{place}")
        settle(page)
        assert findings(page) == [], place


def test_a_page_that_is_not_live_can_be_read(open_page: Open, node: MadeNode) -> None:
    node.behind = 40
    page = open_page()
    expect(page.locator("[data-banner]")).to_be_visible()
    settle(page)
    assert findings(page) == []


def test_search_and_keys_can_be_read(open_page: Open, node: MadeNode) -> None:
    page = open_page()
    page.get_by_role("combobox", name="Search").fill("park")
    page.get_by_role("listbox").get_by_role("option").first.wait_for()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    assert findings(page) == []
