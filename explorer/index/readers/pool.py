"""Intervals of the market of many carriers, each of one period."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from contracts.pool.agreements import Kind, Standing
from contracts.pool.parameters import parameters_of
from explorer.index import tables
from explorer.index.readers.market import Market
from explorer.index.readers.reader import Happening, Reader
from explorer.index.readers.storages import mark_storage
from explorer.index.rows import Rows
from ledger.genesis import Genesis

MARKET: Final = Market("pool", "Pool of carriers", "period")
SIDES: Final = {"ask": "sell", "bid": "buy"}


def begin(rows: Rows, genesis: Genesis) -> None:
    MARKET.begin(rows, genesis)
    for agreement in parameters_of(genesis).agreements:
        if agreement.kind is Kind.STORAGE:
            mark_storage(rows, str(agreement.meter))


def agreed(rows: Rows, seen: Happening) -> None:
    """What was agreed on with a party, or ended."""
    fields = seen.fields
    if fields["kind"] == Kind.STORAGE and fields["standing"] == Standing.STANDS:
        mark_storage(rows, cast(str, fields["meter"]))


def due(rows: Rows, seen: Happening) -> None:
    period = MARKET.round_of(seen)
    MARKET.due(rows, period, period, seen.facts.genesis)


def opened(rows: Rows, seen: Happening) -> None:
    """The first of an interval's cycles opens its process."""
    if seen.fields["cycle"] == 0:
        MARKET.open_process(rows, seen, MARKET.round_of(seen), MARKET.round_of(seen))


def matched(rows: Rows, seen: Happening) -> None:
    """The bids that the platform posted; a bidder's newest for a carrier counts."""
    for signed in cast(Sequence[Mapping[str, Any]], seen.fields["bids"]):
        _put_bid(rows, MARKET.round_of(seen), signed["bid"])


def posted(rows: Rows, seen: Happening) -> None:
    _put_bid(rows, MARKET.round_of(seen), cast(Mapping[str, Any], seen.fields["bid"]))


def billed(rows: Rows, seen: Happening) -> None:
    """A bill tells what a party's offers of a carrier came to."""
    fields, period = seen.fields, MARKET.round_of(seen)
    party, carrier = cast(str, fields["address"]), cast(str, fields["carrier"])
    MARKET.put_bill(rows, seen, party, carrier, fields["amount"])
    traded_wh, nano = cast(int, fields["traded_wh"]), cast(int, fields["traded_nano"])
    item = f"{carrier}/{party}"
    if traded_wh and MARKET.find_order(rows, period, item) is not None:
        MARKET.put_order(rows, period, item, matched_wh=abs(traded_wh))
    MARKET.put_traded(rows, period, item, carrier, party, traded_wh, nano)
    if traded_wh < 0:
        rows.add(tables.market_rounds, contract=MARKET.contract, round=period, traded_wh=-traded_wh)


def _put_bid(rows: Rows, period: int, bid: Mapping[str, Any]) -> None:
    MARKET.put_order(
        rows,
        period,
        f"{bid['carrier']}/{bid['address']}",
        carrier=bid["carrier"],
        party=bid["address"],
        side=SIDES[bid["side"]],
        price_ukwh=bid["limit_ukwh"],
        quantity_wh=bid["energy_wh"],
    )


READER = Reader(
    MARKET.contract,
    events={"agreement": agreed, "trigger_due": due, "phase": MARKET.phase, "billed": billed},
    actions={"open": opened, "match": matched, "post": posted},
    begin=begin,
)
