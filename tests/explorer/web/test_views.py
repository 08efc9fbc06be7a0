"""Every view shows what the API tells, under an address that leads there again."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.explorer.web.conftest import Open
from tests.explorer.web.made_chain import PARKS, VALIDATORS, address, digest
from tests.explorer.web.made_energy import SPAN
from tests.explorer.web.made_node import MadeNode

VIEWS = {
    "overview": "Overview",
    "blocks": "Blocks",
    "chain": "TDVA chain",
    "validators": "Validators",
    "dispatch": "Dispatch",
    "storage": "Storage",
    "markets": "Markets",
    "network": "Network",
    "alerts": "Alerts",
}


def drawn(page: Page, title: str) -> None:
    """Wait until a chart is on its canvas."""
    expect(page.get_by_role("region", name=title).locator("[data-drawn] canvas").first).to_be_visible()


def choose(row: Locator) -> None:
    """Open a row; a click could hit a link within it."""
    row.focus()
    row.press("Enter")


def test_the_navigation_leads_to_every_view(open_page: Open) -> None:
    page = open_page()
    for name, title in VIEWS.items():
        page.get_by_role("navigation", name="Views").get_by_role("link", name=title).click()
        expect(page.locator("h1")).to_have_text(title)
        expect(page).to_have_url(re.compile(f"#/{name}$"))
        expect(page.get_by_role("alert")).to_have_count(0)
    expect(page).to_have_title("Alerts · Elm Valley")


def test_overview_tells_of_the_day_and_the_newest_blocks(open_page: Open, node: MadeNode) -> None:
    page = open_page()
    expect(page.locator(".stat", has_text="Height")).to_contain_text("1,283")
    day = page.get_by_role("region", name="Energy of the last 24 hours")
    expect(day).to_contain_text("360 of 384 readings")
    expect(page.locator(".bars")).to_contain_text("MWh")
    rows = page.get_by_role("region", name="Latest blocks").locator("tbody tr")
    expect(rows).to_have_count(10)
    node.add_block()
    expect(rows.first).to_contain_text("1,284")
    choose(rows.first)
    expect(page.locator("h1")).to_have_text("Block 1,284")


def test_blocks_come_alive_and_are_paged(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/blocks")
    expect(page.locator(".strip a").first).to_contain_text("1,283")
    node.add_block()
    expect(page.locator(".strip a").first).to_contain_text("1,284")
    rows = page.get_by_role("region", name="Blocks", exact=True).locator("tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Show older").click()
    expect(rows).to_have_count(100)
    page.get_by_label("Proposer").select_option(label=VALIDATORS[1])
    expect(page).to_have_url(re.compile(f"proposer={address(VALIDATORS[1])}"))
    expect(rows.first).to_contain_text(VALIDATORS[1])


def test_a_block_and_its_transactions(open_page: Open, node: MadeNode) -> None:
    height = next(h for h in range(1_283, 0, -1) if node.chain.block(h)["transactions"] == 4)
    page = open_page(f"#/blocks/{height}")
    expect(page.locator("h1")).to_have_text(f"Block {height:,}")
    expect(page.get_by_text(node.chain.block(height)["hash"]).first).to_be_visible()
    choose(page.get_by_role("region", name="Transactions of the block").locator("tbody tr").first)
    expect(page.locator("h1")).to_contain_text("Transaction")
    expect(page.get_by_role("region", name="Arguments")).to_be_visible()
    page.go_back()
    page.goto(node.url + "#/blocks/999999999")
    expect(page.get_by_role("alert")).to_contain_text("Not found")


def test_a_process_has_four_lanes_with_decoded_values_and_a_proof(open_page: Open, tmp_path: Path) -> None:
    page = open_page("#/chain")
    choose(page.get_by_role("region", name="Processes").last.locator("tbody tr").nth(2))
    lanes = page.locator(".lane")
    expect(lanes).to_have_count(4)
    expect(lanes.nth(2)).to_contain_text("Verification 384")
    expect(lanes.nth(2)).to_contain_text("The first 200 of 384")
    plan = lanes.nth(1).locator(".card").first
    plan.get_by_role("button", name="Open").click()
    expect(plan.locator(".decoded").first).to_contain_text("¤18,421.34")
    expect(plan).to_contain_text("Too long to show here: certificate")
    with page.expect_download() as saved:
        plan.get_by_role("button", name="Proof").click()
    assert saved.value.suggested_filename.startswith("proof-")
    saved.value.save_as(tmp_path / "proof.bin")
    assert (tmp_path / "proof.bin").read_bytes().startswith(b"bytes of proofs/transactions/")


def test_pointing_at_a_card_marks_what_it_links_to(open_page: Open) -> None:
    page = open_page(f"#/chain/{digest('process', 2)}")
    reading = page.locator(".lane.V .card").first
    reading.focus()
    expect(page.locator(".lane.D .card.related")).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".lane.D .card").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".lane.D .card").first.locator(".decoded").first).to_be_visible()


def test_exact_integers_stay_exact(open_page: Open) -> None:
    page = open_page(f"#/chain/{digest('process', 1)}")
    page.locator(".lane.A .card").get_by_role("button", name="Open").click()
    expect(page.get_by_text(str(2**200 + 12_345))).to_be_visible()


def test_validators_show_who_signed_and_whose_clock_is_off(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/validators")
    drawn(page, "Who signed")
    expect(
        page.get_by_role("region", name="Committee").get_by_role("row", name="Public Auditor")
    ).to_contain_text("+640 ms")
    page.get_by_role("region", name="Who signed").get_by_role("button", name="Table").click()
    table = page.get_by_role("table", name="Who signed")
    expect(table.locator("thead")).to_contain_text(VALIDATORS[3])
    expect(table).to_contain_text("0/1")
    page.get_by_role("button", name="Earlier blocks").click()
    expect(page).to_have_url(re.compile("from_height=1084&to_height=1183"))


TONES = """({blocks, signed}) => import("./views/validators/grid.js").then(({gridOptions}) => {
    const columns = blocks.map((_count, place) => ({first: place, rounds: 0}));
    const asked = {validators: [{name: "one"}], columns, blocks, signed: [signed], proposed: [signed]};
    return gridOptions(asked).series[0].data.map((point) => point.itemStyle.color);
})"""


def test_only_who_is_missing_from_many_blocks_is_red(open_page: Open) -> None:
    blocks, signed = [1, 2, 4, 5, 20, 20], [0, 0, 1, 0, 4, 5]
    tones = open_page("#/validators").evaluate(TONES, {"blocks": blocks, "signed": signed})
    unsealed, missed, partly, whole = tones[0], tones[3], tones[4], tones[5]
    assert tones == [unsealed, unsealed, whole, missed, partly, whole]
    assert len({unsealed, missed, partly, whole}) == 4


def test_dispatch_shows_plan_metered_and_what_is_missing(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/dispatch")
    for title in ("Plan and metered", "Prices", "Deviation from the plan", "Generation and load"):
        drawn(page, title)
    figure = page.get_by_role("region", name="Plan and metered").first
    expect(figure).to_contain_text("6 points missing")
    figure.get_by_role("button", name="Table").click()
    expect(figure.locator("tbody tr")).to_have_count(SPAN)
    expect(figure.locator("tbody tr").nth(41)).to_contain_text("–")
    page.get_by_label("Site").select_option("park 2")
    expect(page).to_have_url(re.compile("site=park\\+2"))
    choose(page.get_by_role("region", name="Days").last.locator("tbody tr").nth(3))
    expect(page).to_have_url(re.compile("from=\\d+&to=\\d+"))


LAST_STEP = """() => import("./lib/series.js").then(({seriesOptions}) => {
    const values = {key: "buy", name: "Bought", unit: "Wh", values: [1_000, null, 2_000], known: [4, 0, 4]};
    const document = {periods: [8, 12, 16], step: 4, period_s: 900, series: [values]};
    const looks = {buy: {kind: "step", stack: "metered", colour: "series-buy"}};
    const options = seriesOptions(document, [values], looks, {areas: []});
    const {data} = options.series[0];
    const last = options.tooltip.formatter([{dataIndex: data.length - 1}]);
    return {steps: data.map(([time, value]) => [time / 3_600_000, value]), last};
})"""


def test_a_step_lasts_to_the_end_of_its_point_before_a_gap_too(open_page: Open) -> None:
    found = open_page("#/dispatch").evaluate(LAST_STEP)
    assert found["steps"] == [[2, 1_000], [3, 1_000], [4, 2_000], [5, 2_000]]
    assert found["last"] == "1970-01-01 04:00 UTC + 4 periods\nBought: 2.00 kWh"


def test_a_meter_marks_corrected_readings(open_page: Open) -> None:
    page = open_page("#/dispatch/meters")
    choose(page.get_by_role("region", name="Meters").locator("tbody tr").first)
    figure = page.get_by_role("region", name="Readings")
    expect(figure).to_contain_text("2 points corrected")
    figure.get_by_role("button", name="Table").click()
    expect(figure.locator("em").first).to_contain_text("*")


def test_storage_is_shown_within_its_limits(open_page: Open) -> None:
    page = open_page("#/storage")
    for title in ("State of charge", "Power", "Charged and discharged", "Reserved by capacity rights"):
        drawn(page, title)
    figure = page.get_by_role("region", name="State of charge").first
    figure.get_by_role("button", name="Table").click()
    expect(figure.locator("tbody tr").first).to_contain_text("190.00 kWh")
    picker = page.get_by_role("combobox", name="Storage")
    expect(picker).to_have_value(address("Meter of the storage"))
    expect(picker.get_by_role("option")).to_have_count(2)
    picker.select_option(address(f"Meter of {PARKS[0]}"))
    expect(page).to_have_url(re.compile("#/storage\\?meter="))


def test_a_storage_without_rights_has_no_chart_of_them(
    open_page: Open, node: MadeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("reserved", "delivered"):
        monkeypatch.setattr(node.energy, name, lambda _period: None)
    page = open_page("#/storage")
    drawn(page, "Charged and discharged")
    expect(page.get_by_role("region", name="Reserved by capacity rights")).to_have_count(0)


def test_a_market_of_several_carriers_has_a_book_and_a_mean_price_of_each(open_page: Open) -> None:
    page = open_page("#/markets")
    row = page.get_by_role("row", name="Pool of many carriers")
    expect(row).to_contain_text("electricity, mean 0.2120")
    expect(row).to_contain_text("heat, mean 0.0845")
    choose(row)
    choose(page.get_by_role("region", name="Rounds").last.locator("tbody tr").nth(1))
    price = page.locator(".stat", has_text="Mean price")
    expect(price).to_contain_text("0.212")
    page.get_by_label("Carrier").select_option("heat")
    expect(page).to_have_url(re.compile("carrier=heat"))
    expect(price).to_contain_text("0.0845")
    trades = page.get_by_role("region", name="Trades").first
    expect(trades).to_contain_text("the market")


def test_markets_lead_to_a_round_and_my_orders(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/markets")
    choose(page.get_by_role("row", name="Community of homes"))
    choose(page.get_by_role("region", name="Rounds").last.locator("tbody tr").nth(1))
    drawn(page, "Supply and demand")
    expect(page.locator(".stat", has_text="Price")).to_contain_text("clears")
    expect(page.get_by_role("table", name="Orders").locator("tbody tr")).to_have_count(40)
    page.get_by_label("My orders").select_option(label=PARKS[0])
    expect(page).to_have_url(re.compile(f"party={address(PARKS[0])}"))
    page.get_by_role("button", name="Only mine").click()
    orders = page.get_by_role("table", name="Orders").locator("tbody tr")
    expect(orders).to_have_count(14)
    expect(orders.first).to_contain_text("mine")


def test_the_network_is_scrubbed_through_periods(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/network")
    drawn(page, "Single line diagram")
    lowest = page.locator(".stat", has_text="Lowest voltage")
    before = lowest.inner_text()
    page.get_by_role("slider", name="Period").fill("4")
    expect(page).to_have_url(re.compile("event=2&period=\\d+"))
    expect(lowest).not_to_have_text(before, use_inner_text=True)
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("slider", name="Period")).to_have_value("5")
    page.get_by_label("Event").select_option("1")
    expect(page).to_have_url(re.compile("event=1$"))


def test_an_alert_is_acknowledged_and_leads_to_its_cause(open_page: Open, node: MadeNode) -> None:
    page = open_page("#/alerts")
    rows = page.get_by_role("table", name="Alerts").locator("tbody tr")
    expect(rows).to_have_count(4)
    page.get_by_label("Severity").select_option("critical")
    expect(rows).to_have_count(1)
    choose(rows.first)
    expect(page.get_by_role("region", name="Evidence")).to_contain_text("-18.00 kW")
    page.get_by_label("Note").fill("a technician is on the way")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("by operator: a technician is on the way")).to_be_visible()
    page.get_by_role("link", name="Show the cause").click()
    expect(page.locator("h1")).to_have_text("Storage")
    expect(page).to_have_url(re.compile("#/storage\\?from=\\d+&to=\\d+"))
