"""The study of the pool: the same from the same seed, balanced, and no better than can be."""

import csv
from functools import cache
from pathlib import Path

from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.cycle import Scenario
from contracts.pool.matching import Ranking
from ledger.quantities import EnergyWh
from studies.pool import Day, play, storage_of
from studies.pool_case import QUARTERS, make_case
from studies.pool_figures import draw
from studies.pool_tables import bills_of, rankings_of, rows_of, write_tables

CARRIERS = tuple(carrier.value for carrier in Carrier)


@cache
def day(ranking: Ranking = Ranking.VALUE, storage_wh: int = 5_000) -> Day:
    return play(make_case(5, 8, 3, storage_wh), ranking)


def test_the_same_seed_plays_the_same_day() -> None:
    assert rows_of(play(make_case(5, 8, 3, 5_000), Ranking.VALUE)) == rows_of(day())
    assert make_case(5, 8, 4) != make_case(5, 8, 3)


def test_no_ranking_is_better_than_the_optimum_nor_trades_beyond_what_is_signed() -> None:
    for ranking in Ranking:
        for one in day(ranking, 0).intervals:
            assert 0 <= one.welfare <= one.optimum
            offered = sum(offer.energy_wh for side, offer in one.offers if side is Side.ASK)
            assert sum(trade.energy_wh for trade in one.trades) <= offered


def test_the_ranking_by_price_is_worth_more_than_the_papers() -> None:
    rows = rankings_of(day(Ranking.VALUE, 0), day(Ranking.PRICE, 0))
    assert [row.carrier for row in rows] == list(CARRIERS)
    assert all(row.value_percent < row.price_percent < 100 for row in rows)


def test_storages_sell_no_more_than_they_keep_of_what_they_took() -> None:
    for terms in day().case.terms:
        store, held = storage_of(terms.carrier), 0
        for one in day().intervals:
            if one.carrier is terms.carrier:
                held -= sum(trade.energy_wh for trade in one.trades if trade.seller == store)
                assert held >= 0
                charged = sum(trade.energy_wh for trade in one.stored)
                assert charged <= day().case.storage_w // 4
                held += charged * terms.efficiency_permille // 1_000
                assert held <= day().case.storage_wh
    scenarios = {trade.scenario for one in day().intervals for trade in (*one.trades, *one.stored)}
    assert scenarios == {*Scenario}


def test_bills_add_up_to_nothing_and_tables_open(tmp_path: Path) -> None:
    rows = bills_of(day())
    for key in ("traded_wh", "network_wh", "amount"):
        assert sum(row[key] for row in rows) == 0
    assert rows[-1]["traded_wh"] == 0
    assert rows[-1]["amount"] < 0
    bids, trades, bills = write_tables(day(), tmp_path)
    assert {row["side"] for row in csv.DictReader(bids.open())} == {"ask", "bid"}
    assert {row["scenario"] for row in csv.DictReader(trades.open())} == {"direct", "pool", "stored"}
    assert len(list(csv.DictReader(bills.open()))) == len(rows)


def test_a_day_has_all_its_intervals_and_somebody_fails() -> None:
    assert len(day().intervals) == QUARTERS * len(CARRIERS)
    assert any(bill.network_wh != EnergyWh(0) for one in day().intervals for bill in one.bills)


def test_all_figures_are_drawn(tmp_path: Path) -> None:
    rows = rankings_of(day(Ranking.VALUE, 0), day(Ranking.PRICE, 0))
    figures = draw(day(), rows, tmp_path)
    assert [figure.name for figure in figures] == ["energy.svg", "prices.svg", "cycles.svg", "rankings.svg"]
    assert all(figure.read_bytes().startswith(b"<?xml") for figure in figures)
