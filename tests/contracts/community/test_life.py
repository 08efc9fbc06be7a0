"""A round from its trigger to its settlement."""

from dataclasses import asdict, replace

from contracts.community.orders import Side
from contracts.community.process import TRANSITIONS
from contracts.community.records import Phase
from contracts.community.rounds import (
    active_rounds,
    find_book,
    find_order,
    recent_turnovers,
)
from ledger.quantities import amount
from ledger.tdva import get_process
from tests.contracts.calls import Call
from tests.contracts.chain import address
from tests.contracts.community.market import FEED_IN, GRID, HOMES, LATECOMER, REQUESTS, ROUND, Market, home
from tests.contracts.community.rounds import PRICE, settled, usual_round


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


def test_every_phase_is_reached_and_left_by_the_table() -> None:
    entered = set(TRANSITIONS.values())
    assert entered | {Phase.DUE} == set(Phase)
    assert {before for before, _ in TRANSITIONS} == set(Phase) - {Phase.SETTLED}
