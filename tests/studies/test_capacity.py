"""The study of capacity windows: the same from the same seed, optimal, and balanced to the last unit."""

import csv
from functools import cache
from pathlib import Path

import pytest

from contracts.capacity.bids import Side, check_steps
from contracts.capacity.clearing import PRICE_UKWH_MAX
from ledger.quantities import amount
from studies.capacity import Day, play
from studies.capacity_case import HOURS, make_case
from studies.capacity_figures import draw
from studies.capacity_shading import Row
from studies.capacity_tables import hours_of, rights_of, summary_of, write_tables


@cache
def day() -> Day:
    return play(make_case(12, 15, 3))


def test_the_same_seed_plays_the_same_day() -> None:
    again = play(make_case(12, 15, 3))
    assert rights_of(again) == rights_of(day())
    assert make_case(12, 15, 4) != make_case(12, 15, 3)


def test_every_window_has_the_welfare_of_the_linear_program() -> None:
    traded = [row for row in hours_of(day()) if row.price_ukwh is not None]
    assert len(traded) > 10
    assert all(row.gap_ppm < 1e-3 for row in traded)
    for window in day().windows:
        assert window.welfare == pytest.approx(window.optimum, abs=1)


def test_nobody_gives_more_than_its_battery_holds_nor_sells_below_what_it_asks() -> None:
    usable = {owner.name: owner.device.usable_wh for owner in day().case.owners}
    given: dict[str, int] = dict.fromkeys(usable, 0)
    for right in rights_of(day()):
        given[right.obligor] += right.delivered_wh
    assert all(given[name] <= usable[name] for name in usable)
    for window in day().windows:
        for ask in window.asks:
            check_steps(Side.SELL, ask.steps, usable[ask.name], PRICE_UKWH_MAX)


def test_what_is_not_delivered_is_not_paid_and_costs_of_the_deposit() -> None:
    rights = rights_of(day())
    assert any(right.refunded > 0 for right in rights)
    for right in rights:
        assert right.paid == amount(right.delivered_wh, right.price_ukwh) == right.streamed[-1]
        assert list(right.streamed) == sorted(right.streamed)
        assert (right.slashed > 0) == (right.delivered_wh < right.quantity_wh)
    assert summary_of(day()).rights_short == sum(right.refunded > 0 for right in rights)


def test_tables_open_and_bills_add_up_to_nothing(tmp_path: Path) -> None:
    bids, trades, bills = write_tables(day(), tmp_path)
    rows = list(csv.DictReader(bills.open()))
    assert len(rows) == 12 + 15
    assert sum(int(row["amount"]) for row in rows) == 0
    assert sum(int(row["sold_wh"]) for row in rows) == sum(int(row["bought_wh"]) for row in rows) > 0
    assert len(list(csv.DictReader(trades.open()))) == len(rights_of(day()))
    assert {row["side"] for row in csv.DictReader(bids.open())} == {"sell", "buy"}


def test_all_figures_are_drawn(tmp_path: Path) -> None:
    shading = [Row(8, 30, 10, 50, 30, 10, 20, 1), Row(16, 15, 5, 5, 15, 5, 2, 0.1)]
    figures = draw(day(), shading, tmp_path)
    assert [figure.name for figure in figures] == ["book.svg", "day.svg", "fulfilment.svg", "shading.svg"]
    assert all(figure.read_bytes().startswith(b"<?xml") for figure in figures)


def test_a_day_has_all_its_hours() -> None:
    assert [window.hour for window in day().windows] == list(range(HOURS))
