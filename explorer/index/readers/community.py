"""Rounds of the neighbours' market, each of the intervals that begin with one period."""

from typing import Any, Final, cast

from contracts.metering.readings import Carrier
from explorer.index.readers.market import Market
from explorer.index.readers.reader import Happening, Reader
from explorer.index.rows import Rows

MARKET: Final = Market("community", "Community market", "round")
CARRIER: Final = Carrier.ELECTRICITY.value
SIDES: Final = {"ask": "sell", "bid": "buy"}


def due(rows: Rows, seen: Happening) -> None:
    number, fields = MARKET.round_of(seen), seen.fields
    band = {"lowest_ukwh": fields["feed_in_ukwh"], "highest_ukwh": fields["grid_ukwh"]}
    MARKET.due(rows, number, number, seen.facts.genesis, **band)


def trigger(rows: Rows, seen: Happening) -> None:
    first_period = cast(int, seen.fields["first_period"])
    MARKET.open_process(rows, seen, first_period, first_period)


def ordered(rows: Rows, seen: Happening) -> None:
    fields, home = seen.fields, cast(str, seen.fields["home"])
    values: dict[str, Any] = {
        "carrier": CARRIER,
        "side": SIDES[cast(str, fields["side"])],
        "price_ukwh": fields["limit_ukwh"],
        "quantity_wh": fields["energy_wh"],
    }
    MARKET.put_order(rows, MARKET.round_of(seen), home, party=home, **values)


def withdrawn(rows: Rows, seen: Happening) -> None:
    MARKET.put_order(rows, MARKET.round_of(seen), cast(str, seen.fields["home"]), quantity_wh=0)


def matched(rows: Rows, seen: Happening) -> None:
    fields = seen.fields
    values = {"price_ukwh": fields["price_ukwh"], "traded_wh": fields["traded_wh"]}
    MARKET.put_round(rows, MARKET.round_of(seen), **values)


def billed(rows: Rows, seen: Happening) -> None:
    """A home's bill tells what its order came to."""
    number, home = MARKET.round_of(seen), cast(str, seen.fields["home"])
    traded_wh, nano = cast(int, seen.fields["traded_wh"]), cast(int, seen.fields["traded_nano"])
    MARKET.put_bill(rows, seen, home, "", seen.fields["amount"])
    if traded_wh:
        MARKET.put_order(rows, number, home, party=home, matched_wh=abs(traded_wh))
    MARKET.put_traded(rows, number, home, CARRIER, home, traded_wh, nano)


READER = Reader(
    MARKET.contract,
    events={
        "trigger_due": due,
        "phase": MARKET.phase,
        "ordered": ordered,
        "withdrawn": withdrawn,
        "matched": matched,
        "billed": billed,
    },
    actions={"trigger": trigger},
    begin=MARKET.begin,
)
