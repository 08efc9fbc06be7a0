"""Windows of the market of storage capacity: sealed bids, one price, and rights."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from explorer.index.readers.market import Market, step_name
from explorer.index.readers.reader import Happening, Reader
from explorer.index.rows import Rows

MARKET: Final = Market("capacity", "Storage capacity", "window")
RESERVED: Final = "reserved_wh"
"""Beside a meter's own quantities: what capacity rights had of its device."""
DID: Final = "did:gridquorum:"


def opened(rows: Rows, seen: Happening) -> None:
    number, first_period = MARKET.round_of(seen), cast(int, seen.fields["first_period"])
    MARKET.open_process(rows, seen, number, first_period)
    MARKET.put_round(rows, number, phase="sealing")


def sealed(rows: Rows, seen: Happening) -> None:
    """Who bids on which side is known at once; how much for how much is not."""
    fields, bid = seen.fields, cast(int, seen.fields["bid"])
    values: dict[str, Any] = {"party": fields["address"], "side": fields["side"]}
    MARKET.put_order(rows, MARKET.round_of(seen), step_name(bid, 0), quantity_wh=fields["bound_wh"], **values)


def revealed(rows: Rows, seen: Happening) -> None:
    """The steps are in the transaction that revealed them."""
    number, bid = MARKET.round_of(seen), cast(int, seen.fields["bid"])
    known = MARKET.find_order(rows, number, step_name(bid, 0))
    if seen.entry is None or known is None:
        return
    steps = cast(Sequence[Mapping[str, Any]], seen.entry.arguments["steps"])
    for place, step in enumerate(steps):
        values = {"price_ukwh": step["price_ukwh"], "quantity_wh": step["quantity_wh"], "matched_wh": 0}
        item = step_name(bid, place)
        MARKET.put_order(rows, number, item, party=known["party"], side=known["side"], **values)


def cleared(rows: Rows, seen: Happening) -> None:
    names = ("price_ukwh", "lowest_ukwh", "highest_ukwh", "traded_wh")
    MARKET.put_round(rows, MARKET.round_of(seen), **{name: seen.fields[name] for name in names})


def notified(rows: Rows, seen: Happening) -> None:
    """What a bid came to."""
    bid, quantity_wh = cast(int, seen.fields["bid"]), cast(int, seen.fields["quantity_wh"])
    MARKET.fill_steps(rows, MARKET.round_of(seen), bid, quantity_wh)


def minted(rows: Rows, seen: Happening) -> None:
    """A right that is paid for."""
    fields = seen.fields
    sides = {
        "seller": cast(str, fields["obligor"]).removeprefix(DID),
        "buyer": cast(str, fields["holder"]).removeprefix(DID),
    }
    terms = {"price_ukwh": fields["price_ukwh"], "quantity_wh": fields["quantity_wh"]}
    MARKET.put_trade(rows, MARKET.round_of(seen), str(fields["right"]), **sides, **terms)


def burned(rows: Rows, seen: Happening) -> None:
    """A right that is over: its holder has paid for what was delivered."""
    holder, right = cast(str, seen.fields["holder"]).removeprefix(DID), str(seen.fields["right"])
    MARKET.put_bill(rows, seen, holder, right, seen.fields["paid"])


def delivered(rows: Rows, seen: Happening) -> None:
    """What a right called of a device in a period, whose meter says so."""
    if seen.entry is None:
        return
    meter, called_wh = seen.entry.transaction.sender, cast(int, seen.fields["delivered_wh"])
    rows.add_points(meter, cast(int, seen.fields["period"]), {RESERVED: called_wh})


READER = Reader(
    MARKET.contract,
    events={
        "opened": opened,
        "phase": MARKET.phase,
        "sealed": sealed,
        "revealed": revealed,
        "cleared": cleared,
        "notified": notified,
        "minted": minted,
        "burned": burned,
        "delivered": delivered,
    },
    begin=MARKET.begin,
)
