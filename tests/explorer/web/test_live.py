"""Old data are never shown as live: what the page says when node, index, chain or connection lag."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.explorer.web.conftest import Open
from tests.explorer.web.made_chain import SLOT_MS
from tests.explorer.web.made_node import MadeNode
from tests.explorer.web.test_views import drawn

LATE_S = 60
FEW = 5


def expect_kind(page: Page, kind: str) -> None:
    expect(page.locator(".pill")).to_have_attribute("data-kind", kind, timeout=20_000)


def test_a_live_page_says_so_and_how_old_its_block_is(open_page: Open, node: MadeNode) -> None:
    page = open_page()
    expect_kind(page, "live")
    expect(page.locator(".pill")).to_contain_text(re.compile("Live.*\\d+ (ms|s)"))
    expect(page.locator("[data-banner]")).to_have_count(0)
    expect(page.locator("main")).not_to_have_class(re.compile("is-old"))


def test_it_reconnects_after_the_node_restarts_and_resumes(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/blocks")
    node.add_block()
    expect(page.locator(".strip a").first).to_contain_text("1,284")
    node.stop()
    expect_kind(page, "lost")
    expect(page.locator("[data-banner=lost]")).to_contain_text("Not live: the connection to the node is lost")
    expect(page.locator("[data-banner=lost]")).to_contain_text("Shown: block 1,284")
    # What a screen reader says by itself does not change with every second.
    expect(page.get_by_role("alert")).to_have_text("Not live: the connection to the node is lost")
    expect(page.locator("main")).to_have_class(re.compile("is-old"))
    assert page.locator(".view").evaluate("view => getComputedStyle(view).filter") == "grayscale(1)"
    # It would be back by itself before the click, were its pause about to end.
    button = page.get_by_role("button", name="Try now")
    expect(button).to_have_text(re.compile(r"\(([4-9]|1\d) s\)"), timeout=20_000)
    node.chain.head += 3
    node.start()
    button.click()
    expect_kind(page, "live")
    expect(page.locator(".strip a").first).to_contain_text("1,287")
    assert node.heard[-1]["from_height"] == 1_284
    expect(page.locator("main")).not_to_have_class(re.compile("is-old"))


def test_who_was_away_for_long_asks_for_lists(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/blocks")
    node.add_block()
    expect(page.locator(".strip a").first).to_contain_text("1,284")
    node.stop()
    expect_kind(page, "lost")
    node.chain.head += 5_000
    node.start()
    expect_kind(page, "live")
    expect(page.locator(".strip a").first).to_contain_text("6,284")
    expect(page.locator(".strip a").nth(5)).to_have_attribute("href", "#/blocks/6279")


def test_another_chain_at_the_same_address_is_shown_anew(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/blocks")
    node.add_block()
    expect(page.locator(".strip a").first).to_contain_text("1,284")
    node.stop()
    expect_kind(page, "lost")
    node.genesis, node.chain.head = "another genesis", 700
    node.start()
    expect(page.locator(".strip a").first).to_contain_text("700", timeout=20_000)
    expect(page.locator(".pill")).to_have_attribute("title", re.compile("Block 700 "))
    expect_kind(page, "live")


def test_it_reconnects_by_itself(open_page: Open, node: MadeNode) -> None:
    page = open_page()
    expect_kind(page, "live")
    node.stop()
    expect_kind(page, "lost")
    node.start()
    expect_kind(page, "live")


def test_a_stale_index_is_told(open_page: Open, node: MadeNode) -> None:
    node.behind = 40
    page = open_page()
    expect_kind(page, "index")
    banner = page.locator("[data-banner=index]")
    expect(banner).to_contain_text("the explorer's index is stale")
    expect(banner).to_contain_text("40 blocks behind")
    expect(banner).to_contain_text("Shown: block 1,243")
    expect(page.locator("main")).to_have_class(re.compile("is-old"))


def test_a_node_that_is_behind_is_told(open_page: Open, node: MadeNode) -> None:
    node.target = 2_000
    page = open_page()
    expect_kind(page, "node")
    expect(page.locator("[data-banner=node]")).to_contain_text("It has block 1,283 of 2,000")


def test_a_chain_that_stands_still_is_told(open_page: Open, node: MadeNode) -> None:
    node.idle_ms = LATE_S * 1_000
    page = open_page()
    expect_kind(page, "quiet")
    expect(page.locator("[data-banner=quiet]")).to_contain_text("no block for some time")
    node.idle_ms = SLOT_MS // 5
    node.chain.head += LATE_S * 1_000 // SLOT_MS
    node.add_block()
    expect_kind(page, "live")


def test_an_archive_is_no_fault(open_page: Open, node: MadeNode) -> None:
    node.archive = True
    node.idle_ms = LATE_S * 1_000
    page = open_page()
    expect_kind(page, "archive")
    expect(page.locator("[data-banner]")).to_have_count(0)
    expect(page.locator("main")).not_to_have_class(re.compile("is-old"))


def test_an_archive_says_how_much_of_it_is_shown(open_page: Open, node: MadeNode) -> None:
    node.archive, node.behind = True, 40
    page = open_page()
    banner = page.locator("[data-banner=indexing]")
    expect(banner).to_contain_text("Not all of the chain is shown yet")
    expect(banner).to_contain_text("1,243 of 1,283 blocks are indexed")


def test_what_the_node_refuses_is_told_in_its_words(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/chain/" + "00" * 32)
    expect(page.get_by_role("alert")).to_contain_text("Not found")
    expect(page.get_by_role("alert").get_by_role("button", name="Try again")).to_be_visible()


def test_a_view_that_cannot_be_drawn_asks_no_more(browser: Browser, node: MadeNode) -> None:
    document = node.energy.dispatch({})
    node.energy.dispatch = lambda _query: {**document, "series": [{"key": "buy"}]}  # type: ignore[method-assign]
    page = browser.new_page()
    page.goto(f"{node.url}#/dispatch")
    expect(page.get_by_role("alert")).to_contain_text("This view cannot be drawn")
    node.energy.dispatch = lambda _query: document  # type: ignore[method-assign]
    page.get_by_role("button", name="Try again").click()
    drawn(page, "Prices")
    assert len([url for url in node.asked if "dispatch/series" in url]) < FEW
    page.close()


def test_a_view_that_cannot_be_fetched_says_so(browser: Browser, node: MadeNode) -> None:
    page = browser.new_page()
    page.route("**/views/markets.js", lambda route: route.abort())
    page.goto(f"{node.url}#/markets")
    expect(page.get_by_role("alert")).to_contain_text("This view cannot be fetched")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Markets", level=1)).to_be_visible()
    page.close()


def test_a_node_that_wants_a_token_is_given_one(open_page: Open, node: MadeNode) -> None:
    node.token = "letmein"
    page = open_page()
    dialog = page.get_by_role("dialog", name="This node asks for a token")
    expect(dialog).to_be_visible()
    expect(page.locator("[role=alert]")).to_have_count(0)
    expect(dialog).to_be_visible()
    dialog.get_by_label("Token").fill("letmein")
    dialog.get_by_role("button", name="Continue").click()
    expect(page.locator(".stat", has_text="Height")).to_contain_text("1,283")
    expect_kind(page, "live")
