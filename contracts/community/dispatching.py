"""D: a round's orders become trades, which follow from the chain: it does not matter who asks for them."""

from dataclasses import replace

from contracts.community import ordering
from contracts.community.matching import match
from contracts.community.orders import Book, Match, Side
from contracts.community.parameters import parameters_of
from contracts.community.pricing import turnover
from contracts.community.process import Happening, move
from contracts.community.records import (
    RECENT_KEY,
    RoundRecord,
    book_key,
    encode_book,
    encode_match,
    encode_turnovers,
    match_key,
)
from contracts.community.rounds import check_process, get_round, recent_turnovers
from contracts.context import Context
from ledger.quantities import Period

STEPS_AN_ORDER = 20
"""To sort an order, to draw its lot, to match it and to write down its trades takes less."""


def match_round(ctx: Context, first_period: Period) -> None:
    """Match a round, once. Raises CommunityError."""
    record = get_round(ctx, first_period)
    check_process(ctx, record)
    record = move(ctx, replace(record, dispatch=ctx.tx_id), Happening.MATCHED)
    ctx.charge("item", STEPS_AN_ORDER * record.homes)
    book = _take_book(ctx, record)
    done = match(parameters_of(ctx.genesis).mechanism, book)
    ctx.put(book_key(first_period), encode_book(book))
    ctx.put(match_key(first_period), encode_match(done))
    _remember_turnover(ctx, book, done)
    buyers = {trade.buyer for trade in done.trades}
    for bid in book.bids:
        if bid.home not in buyers:
            ordering.release(ctx, record, bid)
    ctx.emit(
        "matched",
        round=first_period,
        asks=len(book.asks),
        bids=len(book.bids),
        trades=len(done.trades),
        traded_wh=done.traded_wh,
        price_ukwh=done.price_ukwh,
    )


def _take_book(ctx: Context, record: RoundRecord) -> Book:
    sides = ordering.take_all(ctx, record)
    return Book(sides[Side.ASK], sides[Side.BID], record.band, record.seed)


def _remember_turnover(ctx: Context, book: Book, done: Match) -> None:
    """For the suggested prices of the rounds to come."""
    newest = turnover(book, done)
    if newest is not None:
        turnovers = (*recent_turnovers(ctx), newest)
        ctx.put(RECENT_KEY, encode_turnovers(turnovers[-parameters_of(ctx.genesis).recent_rounds :]))
