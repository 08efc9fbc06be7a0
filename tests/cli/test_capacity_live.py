"""A window of capacity rights as `study capacity --live` plays it: its files, its agents, its summary."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.agents import agent_kinds
from cli.capacity.live.agents import SingleWindow
from cli.capacity.live.cast import CAST, Conduct
from cli.capacity.live.live import window_progress
from cli.capacity.live.network import PERIODS
from cli.capacity.live.summary import Summary, summarize
from cli.capacity.live.text import show_summary
from cli.capacity.live.window import WINDOW
from contracts.capacity.keys import window_key
from node.agents import Profession
from node.errors import UnknownAgent
from tests.cli.settled_markets import settled_window
from tests.contracts.capacity.market import Market
from tests.contracts.chain import key_of


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return settled_window(tmp_path_factory.mktemp("window"))


@pytest.fixture(scope="module")
def summary(folders: list[Path]) -> Summary:
    return summarize(folders)


def name_of(conduct: Conduct) -> str:
    return next(player.name for player in CAST if player.conduct is conduct)


def test_everything_holds_on_ten_nodes(summary: Summary) -> None:
    assert summary.is_sound
    assert (summary.agreement.nodes, summary.agreement.roots_agree) == (10, True)
    assert (summary.phase, summary.price_ukwh) == ("settled", 350_000)
    assert summary.money_change == summary.locked == 0


def test_whoever_breaks_its_word_loses_what_it_put_up(summary: Summary) -> None:
    bids = {bid.name: bid for bid in summary.bids}
    assert [bid.name for bid in summary.bids if not bid.is_revealed] == [name_of(Conduct.SECRETIVE)]
    secretive = bids[name_of(Conduct.SECRETIVE)]
    assert (secretive.traded_wh, secretive.bond_lost) == (0, secretive.bond)
    insolvent = name_of(Conduct.INSOLVENT)
    void = [right for right in summary.rights if not right.is_final]
    assert {right.buyer for right in void} == {insolvent}
    assert all(right.buyer_lost > 0 and right.paid == right.delivered_wh == 0 for right in void)
    weak = [right for right in summary.rights if right.is_final and right.obligor == name_of(Conduct.WEAK)]
    assert weak
    assert all(0.59 < right.delivered_wh / right.quantity_wh <= 0.6 for right in weak)
    assert all(right.seller_lost > 0 for right in weak)
    assert summary.losers == {name_of(Conduct.SECRETIVE), insolvent, name_of(Conduct.WEAK)}


def test_a_right_is_sold_on_and_delivered_to_its_second_buyer(summary: Summary) -> None:
    resold = [right for right in summary.rights if right.is_final and right.buyer != right.holder]
    assert [(right.buyer, right.holder) for right in resold] == [
        (name_of(Conduct.RESELLER), name_of(Conduct.SECOND_BUYER))
    ]
    money = {row.name: row for row in summary.money}
    price = resold[0].paid + resold[0].refunded
    assert money[name_of(Conduct.RESELLER)].resale == price * 11 // 10


def test_sellers_are_paid_with_every_reading(summary: Summary) -> None:
    final = [right for right in summary.rights if right.is_final]
    for right in final:
        paid = [delivery.payment for delivery in summary.deliveries if delivery.right == right.number]
        assert len(paid) == PERIODS
        assert min(paid) > 0
        assert sum(paid) == right.paid
    assert {row.name for row in summary.money} == {*(player.name for player in CAST), "capacity/forfeits"}


@pytest.mark.parametrize(
    "change",
    [
        {"phase": "accounting"},
        {"money_change": 1},
        {"locked": 1},
        {"bids": ()},
        {"rights": ()},
        {"deliveries": ()},
    ],
)
def test_anything_that_does_not_hold_is_seen(summary: Summary, change: dict[str, Any]) -> None:
    assert not replace(summary, **change).is_sound


def test_a_node_with_another_chain_and_money_from_nowhere_are_seen(summary: Summary) -> None:
    assert not replace(summary, agreement=replace(summary.agreement, roots_agree=False)).is_sound
    first, *others = summary.money
    assert not replace(summary, money=[replace(first, change=first.change + 1), *others]).is_sound
    assert not replace(summary, money=[replace(first, energy=first.energy + 1), *others]).is_sound


def test_the_summary_for_people_and_machines(
    summary: Summary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_summary(summary, tmp_path)
    shown = capsys.readouterr().out
    assert "Capacity from 19:00 to 20:00: sealed, cleared, delivered and settled" in shown
    assert "never reveals its bid" in shown
    assert "BROKEN" not in shown
    plain = summary.to_plain()
    assert (plain["nodes"], plain["is_sound"], plain["culprits_lost"]) == (10, True, True)
    assert len(plain["bids"]) == len(CAST)


def test_the_commands_that_the_summary_suggests_work(run: Any, summary: Summary, folders: list[Path]) -> None:
    options = ("--window", summary.window, "--dir", folders[0])
    answer = run("capacity", "why", "dairy", *options, "--json").json
    assert answer["price_ukwh"] == summary.price_ukwh


class Node:
    """What a node would answer."""

    def __init__(self, **kept: Any) -> None:
        self.kept = kept

    def state(self, _contract: str, key: str) -> Any:
        return self.kept.get(key)


def test_the_watch_sees_how_far_the_window_is() -> None:
    window = window_key(WINDOW)
    for node, text, is_over in (
        (Node(), "before the window", False),
        (Node(**{window: {"phase": "paying"}}), "paying", False),
        (Node(**{window: {"phase": "lapsed"}}), "lapsed", True),
        (Node(**{window: {"phase": "settled"}}), "settled", True),
    ):
        progress = window_progress(node)  # type: ignore[arg-type]
        assert (progress.text, progress.is_over) == (text, is_over)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("capacity-single-clerk", {"periods": 97}, "periods is 97"),
        ("capacity-defaulter", {"bids": "bids.csv"}, "omits is missing"),
        ("capacity-reseller", {"permille": 0}, "permille is 0"),
        ("capacity-second-buyer", {"permille": 5}, "no setting permille"),
        ("capacity-weak-meter", {"permille": 1_001}, "permille is 1001"),
    ],
)
def test_settings_that_are_wrong_are_refused_by_name(
    tmp_path: Path, kind: str, settings: dict[str, Any], words: str
) -> None:
    profession = Profession(Market().chain.genesis, key_of("ash"), None, settings, tmp_path)
    with pytest.raises(UnknownAgent, match=words):
        agent_kinds()[kind](profession)


def test_one_window_is_planned_that_there_is_time_for() -> None:
    market = Market()
    schedule, view = SingleWindow(4), market.chain.view
    (plan,) = schedule(view)
    assert (plan.first_period % 4, plan.periods) == (0, 4)
    assert schedule(view) == (plan,)
    market.chain.run_to(market.chain.slot + 1)
    assert schedule(market.chain.view) == (plan,)
    market.chain.run_to(market.chain.genesis.slot_of(plan.first_period))
    (later,) = schedule(market.chain.view)
    assert later.first_period > plan.first_period
    assert market.open(first=later.first_period).ok
    assert schedule(market.chain.view) == ()
