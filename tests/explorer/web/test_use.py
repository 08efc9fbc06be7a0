"""What the page lets people do everywhere: search, zoom, export, keys, themes, addresses."""

import csv
import re

from playwright.sync_api import Locator, Page, expect

from tests.explorer.web.conftest import Open
from tests.explorer.web.made_chain import digest
from tests.explorer.web.made_energy import SPAN
from tests.explorer.web.made_node import MadeNode

PNG = b"\x89PNG\r\n\x1a\n"


def chart(page: Page, title: str) -> Locator:
    found = page.get_by_role("region", name=title).locator("[data-drawn]")
    found.wait_for()
    return found


def test_search_finds_by_name_and_number_with_keys_alone(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    page.keyboard.type("mill creek")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("list=transactions&sender=gq1"))
    page.keyboard.press("/")
    page.keyboard.type("1200")
    page.get_by_role("listbox").get_by_role("option").first.click()
    expect(page.locator("h1")).to_have_text("Block 1,200")


def test_search_says_when_there_is_nothing(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("combobox", name="Search").fill("no such thing")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing found")).to_be_hidden()


def test_dragging_over_a_chart_zooms_all_of_the_page(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/dispatch")
    box = chart(page, "Plan and metered").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.45, middle, steps=4)
    page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=4)
    with page.expect_request(re.compile("dispatch/series.*to_period")) as asked:
        page.mouse.up()
    expect(page).to_have_url(re.compile("from=\\d+&to=\\d+"))
    first, last = periods_of(page)
    assert SPAN * 0.2 < last - first < SPAN * 0.45
    assert f"from_period={first}&to_period={last}" in asked.value.url


def test_a_range_is_moved_and_zoomed_by_keys_and_buttons(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/storage")
    chart(page, "Power")
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("from="))
    first, last = periods_of(page)
    assert last - first + 1 == SPAN // 2
    page.keyboard.press("[")
    expect(page).not_to_have_url(re.compile(f"from={first}&"))
    assert periods_of(page) == (first - SPAN // 2, last - SPAN // 2)
    page.get_by_role("button", name="7 d").click()
    expect(page).to_have_url(re.compile("#/storage\\?range=7d$"))
    page.get_by_label("From (UTC)").fill("2026-10-20T06:00")
    page.get_by_label("From (UTC)").press("Tab")
    expect(page).to_have_url(re.compile(f"from={1_792_476_000 // 900}&"))


def test_an_address_holds_view_range_and_selection(open_page: Open, node: MadeNode) -> None:
    first = node.energy.newest - 200
    page = open_page(f"#/dispatch?site=park+2&from={first}&to={first + 47}")
    figure = page.get_by_role("region", name="Plan and metered").first
    figure.get_by_role("button", name="Table").click()
    expect(figure.locator("tbody tr")).to_have_count(48)
    expect(page.get_by_label("Site")).to_have_value("park 2")
    page.get_by_role("link", name="Storage").click()
    page.go_back()
    expect(page.get_by_label("Site")).to_have_value("park 2")


def test_a_chart_asks_for_no_more_points_than_it_can_show(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/dispatch?range=30d")
    chart(page, "Prices")
    expect(page.get_by_role("button", name="30 d")).to_have_attribute("aria-pressed", "true")
    asked = [url for url in node.asked if "dispatch/series" in url]
    assert all(int(found) <= 1_280 / 2 + 100 for url in asked for found in re.findall("points=(\\d+)", url))
    figure = page.get_by_role("region", name="Prices").first
    figure.get_by_role("button", name="Table").click()
    expect(figure.locator("thead")).to_contain_text("lowest")


def test_a_sum_of_a_part_of_its_periods_says_so(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/dispatch?range=30d")
    chart(page, "Generation and load")
    figure = page.get_by_role("region", name="Generation and load").first
    expect(figure).to_contain_text("points partial")
    figure.get_by_role("button", name="Table").click()
    expect(figure.locator("thead")).to_contain_text("Generation, periods known")
    partial = figure.locator("tbody em[title]").first
    expect(partial).to_have_attribute("title", re.compile("of \\d+ of \\d+ periods"))


def test_a_chart_is_saved_as_csv_and_png(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/dispatch")
    chart(page, "Plan and metered")
    figure = page.get_by_role("region", name="Plan and metered").first
    with page.expect_download() as saved:
        figure.get_by_role("button", name="CSV").click()
    rows = list(csv.reader(saved.value.path().read_text().splitlines()))
    assert len(rows) == SPAN + 1
    assert rows[0][0] == "Period (UTC)"
    assert "(Wh)" in rows[0][1]
    bought = rows[0].index("Buy (Wh)")
    assert rows[42][bought] == "", "what is missing is no zero"
    with page.expect_download() as saved:
        figure.get_by_role("button", name="PNG").click()
    picture = saved.value.path().read_bytes()
    assert picture.startswith(PNG)
    assert len(picture) > 10_000


def test_whole_tables_are_exported_by_the_node(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/blocks")
    with page.expect_download() as saved:
        page.get_by_role("group", name="Export blocks").get_by_role("button", name="Parquet").click()
    assert saved.value.suggested_filename == "blocks.parquet"
    assert any("export/blocks?format=parquet" in asked for asked in node.asked)


def test_arrow_keys_lead_through_rows_and_blocks(open_page: Open) -> None:
    page = open_page("#/blocks")
    rows = page.get_by_role("region", name="Blocks", exact=True).locator("tbody tr")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Block 1,281")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("h1")).to_have_text("Block 1,280")
    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_have_text("Block 1,281")
    page.keyboard.press("9")
    expect(page.locator("h1")).to_have_text("Alerts")


def test_the_keys_are_told(open_page: Open) -> None:
    page = open_page("#/blocks/1200")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Block before")
    expect(dialog).to_contain_text("Light or dark")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_skip_link_leads_to_the_content(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    expect(page).to_have_url(re.compile("#/overview$"))


def test_dark_and_light_follow_the_system_until_chosen(open_page: Open) -> None:
    page = open_page("#/storage")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(background) != light
    page.get_by_role("button", name="Light", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_nothing_is_wider_than_a_phone(open_page: Open) -> None:
    page = open_page()
    page.set_viewport_size({"width": 390, "height": 844})
    places = ["overview", "blocks", "blocks/1272", f"chain/{digest('process', 2)}", "validators"]
    places += ["dispatch", "storage", "markets/community/47", "network", "alerts"]
    for place in places:
        page.goto(page.url.split("#")[0] + f"#/{place}")
        page.locator(".empty[aria-busy]").first.wait_for(state="detached")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, place


def periods_of(page: Page) -> tuple[int, int]:
    found = re.search("from=(\\d+)&to=(\\d+)", page.url)
    assert found
    return int(found[1]), int(found[2])
