"""A round from its trigger to its settlement, and what becomes of it when somebody fails."""

from collections.abc import Iterable
from dataclasses import asdict, replace

import pytest

from contracts.community.orders import Side
from contracts.community.process import TRANSITIONS
from contracts.community.records import Phase, bills_key, book_key, match_key, round_key
from contracts.community.rounds import (
    active_rounds,
    find_book,
    find_order,
    oldest_open,
    recent_turnovers,
)
from contracts.metering.readings import PERIODS_LATE_MAX, Reading
from ledger.quantities import EnergyWh, Period, amount
from ledger.stage import Stage
from ledger.tdva import get_process
from tests.contracts.chain import address
from tests.contracts.community.market import (
    FEED_IN,
    GRID,
    HOMES,
    LATECOMER,
    REQUESTS,
    ROUND,
    WINDOWS,
    Call,
    Market,
    home,
)

IMPORT_WH = 2_000
"""What a connection of the tests is certified to take in a period."""

PRICE = 160_000
"""Of the usual round: halfway between elm's ask and gum's bid."""


def usual_round(**settings: object) -> Market:
    """elm sells to gum and holly 1,000 Wh of the 1,500 Wh that they want; fir stays with the grid."""
    market = Market(**settings)  # type: ignore[arg-type]
    market.trade(
        market.ask("elm", 1_000, 120_000), market.bid("gum", 700, 220_000), market.bid("holly", 300, 200_000)
    )
    return market


def settled(market: Market, **net_wh: int | tuple[int | None, ...]) -> Market:
    market.deliver(**net_wh)
    market.settle()
    return market


def test_neighbours_pay_one_price_and_the_grid_gives_the_rest() -> None:
    market = settled(usual_round(), elm=-1_000, gum=900, holly=300, fir=400)
    assert market.match.price_ukwh == PRICE
    assert market.earned("elm") == amount(1_000, PRICE)
    assert market.earned("gum") == -amount(700, PRICE) - amount(200, GRID)
    assert market.earned("holly") == -amount(300, PRICE)
    assert market.earned("fir") == -amount(400, GRID)
    assert market.balance_of(address("grid")) == amount(600, GRID)
    assert market.bills["gum"].grid_wh == 200
    assert market.money() == len(HOMES) * market.balance


def test_both_sides_do_better_than_with_the_grid_alone() -> None:
    traded = settled(usual_round(), elm=-1_000, gum=900, holly=300)
    alone = Market()
    alone.trade()
    settled(alone, elm=-1_000, gum=900, holly=300)
    for name in ("elm", "gum", "holly"):
        assert traded.earned(name) > alone.earned(name)
    assert alone.earned("elm") == amount(1_000, FEED_IN)


def test_a_seller_that_gives_less_buys_the_rest_from_the_grid() -> None:
    market = settled(usual_round(), elm=-600, gum=700, holly=300)
    assert market.earned("elm") == amount(1_000, PRICE) - amount(400, GRID)
    assert market.earned("gum") == -amount(700, PRICE)
    assert market.bills["elm"].grid_wh == 400


def test_a_buyer_that_takes_less_sells_the_rest_at_feed_in() -> None:
    market = settled(usual_round(), elm=-1_000, gum=200, holly=300)
    assert market.earned("gum") == -amount(700, PRICE) + amount(500, FEED_IN)


def test_a_home_that_opted_out_is_served_by_the_grid() -> None:
    market = Market()
    market.open()
    market.take(market.opt("elm", takes_part=False))
    assert market.refused(market.ask("elm", 1_000, 120_000)).startswith("OptedOut")
    market.take(market.opt("elm", takes_part=True), market.ask("elm", 1_000, 120_000))


def test_an_interval_of_two_periods_is_settled_as_one() -> None:
    market = Market()
    market.trade(market.ask("ivy", 2_000, 110_000), market.bid("gum", 2_000, 210_000))
    assert market.round.end == ROUND + 2
    settled(market, ivy=(-1_500, -500), gum=2_000)
    assert market.bills["ivy"].grid_wh == 0
    assert market.earned("ivy") == amount(2_000, PRICE)


def test_a_home_trades_only_where_its_interval_begins() -> None:
    market = Market()
    later = ROUND + 1
    market.run_to_slot(market.genesis.slot_of(later) - market.parameters.windows.lead_slots)
    market.take(replace(market.trigger(), arguments={"first_period": later}))
    call = market.ask("ivy", 1_000, 120_000)
    refused = market.refused(replace(call, arguments={**call.arguments, "first_period": later}))
    assert refused.startswith("NotConcerned")


def test_the_round_is_one_process_of_the_ledger() -> None:
    market = settled(usual_round())
    process = get_process(market.chain.head.state, market.round.process or b"")
    assert process.dispatch == market.round.dispatch
    assert process.settlement is not None
    assert process.verifications == len(HOMES) + 1
    assert ROUND not in active_rounds(market.sight)


def test_a_replay_of_the_blocks_gives_the_same_state() -> None:
    market = settled(usual_round(), elm=-900, gum=800)
    assert market.chain.replay().state.root == market.chain.head.state.root


def test_an_escrow_covers_a_bid_until_it_is_settled_or_fails() -> None:
    market = Market()
    market.open()
    market.take(
        market.ask("elm", 100, 120_000), market.bid("gum", 333, 220_001), market.bid("holly", 1, 110_000)
    )
    assert market.escrow("gum") == 73_261
    assert market.escrow("holly") == 110
    market.run_to(Phase.MATCHING)
    market.take(market.match_call())
    assert market.escrow("holly") == 0
    assert market.escrow("gum") == 73_261
    settled(market, elm=-100, gum=100)
    assert market.escrow("gum") == 0


def test_an_order_replaces_the_one_before_it_and_can_be_withdrawn() -> None:
    market = Market()
    market.open()
    market.take(market.bid("gum", 700, 220_000), market.ask("gum", 50, 130_000))
    assert market.escrow("gum") == 0
    placed = find_order(market.sight, ROUND, HOMES.index("gum"))
    assert placed is not None
    assert (placed.side, placed.order.energy_wh) == (Side.ASK, 50)
    market.take(market.withdraw("gum"))
    assert find_order(market.sight, ROUND, HOMES.index("gum")) is None
    assert market.refused(market.withdraw("gum")).startswith("NothingOrdered")


def test_requests_are_answered_in_a_window_of_their_own() -> None:
    market = Market(changes=REQUESTS)
    market.open()
    assert market.refused(market.ask("elm", 500, 120_000)).startswith("NotNow")
    market.take(market.bid("gum", 700, 220_000), market.bid("holly", 300, 200_000))
    market.run_to(Phase.OFFERING)
    assert market.refused(market.bid("ivy", 700, 220_000)).startswith("NotNow")
    market.take(market.ask("elm", 800, 150_000, gum=140_000), market.ask("fir", 400, 160_000))
    market.run_to(Phase.MATCHING)
    market.take(market.match_call())
    trades = [(t.seller, t.buyer, t.energy_wh, t.price_ukwh) for t in market.match.trades]
    elm, fir, gum, holly = map(address, ("elm", "fir", "gum", "holly"))
    assert trades == [(elm, gum, 700, 140_000), (fir, holly, 300, 160_000)]


def test_a_request_that_was_answered_stands() -> None:
    market = Market(changes=REQUESTS)
    market.open()
    market.take(market.bid("gum", 700, 220_000))
    market.run_to(Phase.OFFERING)
    assert market.refused(market.ask("gum", 10, 120_000)).startswith("NotNow")
    assert market.refused(market.ask("elm", 10, 120_000, holly=120_000)).startswith("UnfitReplies")
    assert market.escrow("gum") > 0


def test_nobody_matches_and_the_grid_serves_all() -> None:
    market = Market()
    market.open()
    market.take(market.ask("elm", 1_000, 120_000), market.bid("gum", 700, 220_000))
    market.run_to(Phase.RUNNING)
    assert market.escrow("gum") == 0
    assert find_order(market.sight, ROUND, 0) is None
    settled(market, elm=-1_000, gum=700)
    assert market.earned("elm") == amount(1_000, FEED_IN)
    assert market.earned("gum") == -amount(700, GRID)


def test_a_late_trigger_still_has_the_energy_paid() -> None:
    market = Market()
    market.run_to_slot(market.genesis.slot_of(ROUND))
    assert market.phase is Phase.DUE
    market.take(market.trigger())
    settled(market, gum=700)
    assert market.earned("gum") == -amount(700, GRID)


def test_a_trigger_that_comes_too_late_for_orders_opens_none() -> None:
    """Not even for who is in the same block."""
    market = Market()
    market.run_to_slot(market.genesis.slot_of(ROUND) - market.parameters.windows.match_slots - 1)
    triggered, ordered = market.try_all(market.trigger(), market.ask("elm", 1_000, 120_000))
    assert triggered.ok
    assert ordered.error.startswith("NotNow")
    assert market.phase is Phase.RUNNING


def test_every_round_breaks_its_ties_anew() -> None:
    market = usual_round()
    later = ROUND + 12
    market.first = later
    market.trade(market.ask("elm", 1_000, 120_000))
    first, second = (find_book(market.sight, at) for at in (ROUND, later))
    assert first is not None
    assert second is not None
    assert first.seed != second.seed


def test_ties_are_broken_by_what_nobody_knew_while_orders_were_taken() -> None:
    """The same trigger and the same orders, and another block as they close: another seed."""
    seeds = set()
    for newcomer in (False, True):
        market = Market()
        market.open()
        market.take(market.ask("elm", 1_000, 120_000))
        market.run_to_slot(market.calendar.orders_until(ROUND) - 1)
        market.take(*[market.opt("ivy", takes_part=False)] * newcomer)
        market.run_to(Phase.MATCHING)
        market.take(market.match_call())
        book = find_book(market.sight, ROUND)
        assert book is not None
        seeds.add((market.round.process, book.asks, book.seed))
    assert len({process for process, _, _ in seeds}) == len({asks for _, asks, _ in seeds}) == 1
    assert len(seeds) == 2


def test_a_round_that_is_opened_after_it_is_over_is_metered_and_billed() -> None:
    market = Market()
    market.run_to_slot(market.genesis.slot_of(ROUND + 20))
    assert market.phase is Phase.DUE
    assert not active_rounds(market.sight)
    market.take(market.trigger())
    market.run_to(Phase.RUNNING)
    market.take(market.meter("gum", ROUND, 700), *[market.meter("ivy", ROUND + at, 100) for at in (0, 1)])
    market.settle()
    assert market.earned("gum") == -amount(700, GRID)
    assert (market.bills["ivy"].metered_wh, market.bills["ivy"].missing) == (200, 0)
    assert market.bills["fir"].missing == 1


def test_what_metering_takes_no_reading_of_any_more_is_not_assumed() -> None:
    market = Market()
    market.run_to_slot(market.genesis.slot_of(ROUND) + PERIODS_LATE_MAX)
    market.take(market.trigger())
    market.settle()
    assert {bill.amount for bill in market.bills.values()} == {0}
    assert market.bills["gum"].missing == 1


def test_so_many_late_rounds_are_not_open_at_once_that_the_clock_would_take_long() -> None:
    market = Market()
    most = market.calendar.late_at_once_max
    last = ROUND + most
    market.run_to_slot(market.genesis.slot_of(last + 1))
    triggers = [replace(market.trigger(), arguments={"first_period": first}) for first in range(ROUND, last)]
    market.take(*triggers)
    market.first = Period(last)
    assert market.refused(market.trigger()).startswith("TooManyLate")
    market.first = ROUND
    market.run_to(Phase.ACCOUNTING)
    market.first = Period(last)
    market.take(market.trigger())


def test_a_silent_meter_is_billed_for_the_most_that_its_connection_takes() -> None:
    market = settled(usual_round(), elm=(None, None), gum=(None, None), holly=300, fir=(None, None))
    assert market.bills["elm"].missing == 1
    assert market.earned("elm") == amount(1_000, PRICE) - amount(1_000 + IMPORT_WH, GRID)
    assert market.earned("gum") == -amount(700, PRICE) - amount(IMPORT_WH - 700, GRID)
    assert market.earned("fir") == -amount(IMPORT_WH, GRID)


@pytest.mark.parametrize("shown", [(900, None), (None, 300), (None, None)])
def test_to_withhold_a_reading_of_an_interval_never_pays(shown: tuple[int | None, ...]) -> None:
    """Whichever it is, and of whichever side of the meter the other is."""
    honest, sly = (settled(bought_by_ivy(), elm=-1_000, ivy=seen) for seen in ((900, 300), shown))
    assert sly.earned("ivy") < honest.earned("ivy")
    exporting, hiding = (
        settled(bought_by_ivy(), elm=-1_000, ivy=seen) for seen in ((900, -300), (900, None))
    )
    assert hiding.earned("ivy") < exporting.earned("ivy")


def bought_by_ivy() -> Market:
    market = Market()
    market.trade(market.ask("elm", 1_000, 120_000), market.bid("ivy", 1_000, 220_000))
    return market


def test_who_cannot_pay_the_grid_owes_it_and_the_seller_is_paid() -> None:
    market = usual_round(balance=200_000)
    settled(market, elm=-1_000, gum=5_000, holly=300)
    assert market.earned("elm") == amount(1_000, PRICE)
    assert market.balance_of(address("gum")) == 0
    owed = market.debt("gum", "grid")
    assert owed == amount(700, PRICE) + amount(4_300, GRID) - 200_000
    assert market.bills["gum"].owed == owed


def test_a_bid_that_is_not_covered_is_refused() -> None:
    market = Market(balance=100)
    market.open()
    assert market.refused(market.bid("gum", 700, 220_000)).startswith("InsufficientBalance")


def test_a_grid_at_its_limit_owes_what_it_cannot_pay() -> None:
    market = Market(grid_floor=-30_000)
    market.trade()
    settled(market, elm=-1_000)
    assert market.balance_of(address("grid")) == -30_000
    assert market.debt("grid", "elm") == amount(1_000, FEED_IN) - 30_000
    assert market.bills["elm"].owed == -market.debt("grid", "elm")


def test_what_a_grid_at_its_limit_has_is_shared_by_what_homes_are_due() -> None:
    market = Market(grid_floor=-30_001)
    market.trade()
    settled(market, elm=-1_000, fir=-500, gum=0, holly=-100, ivy=(0, 0))
    due = {"elm": 100_000, "fir": 50_000, "holly": 10_000}
    assert sum(map(market.earned, due)) == 30_001
    for name, whole in due.items():
        assert abs(market.earned(name) - 30_001 * whole / 160_000) < 1
        assert market.debt("grid", name) == whole - market.earned(name)


def test_settled_rounds_are_forgotten_in_time_and_those_that_wait_are_not() -> None:
    market = Market(changes={"windows": replace(WINDOWS, kept_slots=6)})
    market.run_to_slot(market.genesis.slot_of(ROUND))
    before = {first: round_keys(market, first) for first in range(oldest_open(market.sight), ROUND)}
    assert all(keys == {round_key(first)} for first, keys in before.items())
    settle_all(market, before)
    market.chain.make_block()
    assert oldest_open(market.sight) == ROUND
    assert bills_key(ROUND - 1) in round_keys(market, ROUND - 1)
    market.run_to_slot(market.chain.head.slot + 20)
    assert not any(round_keys(market, first) for first in before)
    assert round_keys(market, ROUND) == {round_key(ROUND)}


def round_keys(market: Market, first: int) -> set[str]:
    """Under which of its keys the state has something of a round."""
    keys = (round_key(first), book_key(first), match_key(first), bills_key(first))
    return {key for key in keys if market.sight.get(key) is not None}


def settle_all(market: Market, rounds: Iterable[int]) -> None:
    """Late, one after the other, with nothing metered."""
    usual = market.first
    for first in rounds:
        market.first = Period(first)
        market.take(market.trigger())
        market.settle()
    market.first = usual


def test_the_suggested_price_follows_the_rounds_before() -> None:
    market = usual_round()
    (turnover,) = recent_turnovers(market.sight)
    assert (turnover.offered_wh, turnover.wanted_wh, turnover.traded_wh) == (1_000, 1_000, 1_000)
    market.run_to(Phase.RUNNING)
    market.chain.make_block()
    (due,) = [event for event in market.chain.events if event.name == "trigger_due"]
    scarcity = (FEED_IN + GRID) // 2
    assert due.fields["ask_ukwh"] == (scarcity + PRICE) // 2


def test_a_home_that_moves_in_trades_from_the_next_round_on() -> None:
    market = Market()
    market.run_to(Phase.DUE)
    enroll = Call("grid", "enroll", {"home": asdict(home(LATECOMER))})
    market.take(enroll, market.trigger())
    assert market.refused(market.ask(LATECOMER, 10, 120_000)).startswith("NotConcerned")
    assert market.refused(enroll).startswith("UnfitHome")
    later = ROUND + 2
    market.run_to_slot(market.genesis.slot_of(later) - market.parameters.windows.lead_slots)
    order = market.ask(LATECOMER, 10, 120_000)
    market.take(
        replace(market.trigger(), arguments={"first_period": later}),
        replace(order, arguments={**order.arguments, "first_period": later}),
    )


@pytest.mark.parametrize(
    ("side", "energy_wh", "limit_ukwh", "error"),
    [
        (Side.ASK, 1_251, 120_000, "BeyondConnection"),
        (Side.BID, 2_001, 120_000, "BeyondConnection"),
        (Side.ASK, 10, FEED_IN - 1, "BeyondBand"),
        (Side.BID, 10, GRID + 1, "BeyondBand"),
        (Side.ASK, 0, 120_000, "ArgumentError"),
    ],
)
def test_no_order_is_beyond_its_bounds(side: Side, energy_wh: int, limit_ukwh: int, error: str) -> None:
    market = Market()
    market.open()
    assert market.refused(market.order("elm", side, energy_wh, limit_ukwh)).startswith(error)


def test_replies_are_for_requests_alone() -> None:
    market = Market()
    market.open()
    assert market.refused(market.ask("elm", 10, 120_000, gum=120_000)).startswith("UnfitReplies")


def test_a_matched_round_takes_no_orders_and_is_not_matched_again() -> None:
    market = usual_round()
    assert market.refused(market.ask("elm", 10, 120_000)).startswith("NotNow")
    assert market.refused(market.match_call()).startswith("LinkCount")
    again = replace(market.match_call(), links=(*market.links(to_trigger=True), *market.links()))
    assert market.refused(again).startswith("NotNow")


def test_readings_come_once_and_in_time() -> None:
    market = usual_round()
    market.run_to_slot(market.genesis.slot_of(ROUND))
    reading = market.meter("elm", ROUND, -1_000)
    market.take(reading)
    assert market.refused(reading).startswith("VerifiedTwice")
    market.run_to_slot(market.round.readings_until)
    assert market.phase is Phase.RUNNING
    assert market.refused(market.meter("gum", ROUND, 700)).startswith("NotNow")


def test_a_round_is_settled_when_its_longest_interval_is_over() -> None:
    market = usual_round()
    market.deliver()
    assert market.phase is Phase.RUNNING
    assert market.refused(market.settle_call()).startswith("NotNow")


@pytest.mark.parametrize(
    ("reading", "error"),
    [
        (Reading(imported_wh=EnergyWh(5)), "IncompleteReading"),
        (Reading(imported_wh=EnergyWh(0), exported_wh=EnergyWh(5_001)), "Implausible"),
    ],
)
def test_a_reading_is_complete_and_plausible(reading: Reading, error: str) -> None:
    market = usual_round()
    market.run_to_slot(market.genesis.slot_of(ROUND))
    call = market.meter("elm", ROUND, 0)
    spoiled = replace(call, arguments={**call.arguments, "reading": asdict(reading)})
    assert market.refused(spoiled).startswith(error)
    stranger = replace(call, sender=f"{LATECOMER}-meter")
    assert market.refused(stranger).startswith("NotConcerned")


def test_nobody_settles_with_other_verifications() -> None:
    market = usual_round()
    market.deliver()
    market.run_to(Phase.ACCOUNTING)
    call = market.settle_call()
    other = replace(call, arguments={**call.arguments, "verifications": bytes(32)})
    assert market.refused(other).startswith("WrongVerifications")
    market.take(call)
    assert market.refused(call).startswith("Settled")


def test_a_round_is_opened_by_a_validator_and_once() -> None:
    market = Market()
    market.run_to(Phase.DUE)
    assert market.refused(market.trigger("elm")).startswith("NotAllowed")
    market.take(market.trigger())
    assert market.refused(market.trigger()).startswith("NotNow")


def test_a_link_to_another_round_is_refused() -> None:
    market = Market()
    market.open()
    call = market.match_call()
    other = replace(call, arguments={"first_period": ROUND - 1})
    assert market.refused(other).startswith("WrongProcess")
    unknown = replace(call, arguments={"first_period": ROUND + 90})
    assert market.refused(unknown).startswith("UnknownRound")
    assert market.refused(replace(call, stage=Stage.TRIGGER)).startswith("StageMismatch")


def test_every_phase_is_reached_and_left_by_the_table() -> None:
    entered = set(TRANSITIONS.values())
    assert entered | {Phase.DUE} == set(Phase)
    assert {before for before, _ in TRANSITIONS} == set(Phase) - {Phase.SETTLED}
