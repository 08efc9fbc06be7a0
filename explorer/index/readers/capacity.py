"""Windows of the market of storage capacity: sealed bids, one price, and rights.

In `series`: `reserved/<meter>` has what rights may call of a storage in the whole window that a period is
in, as soon as they are minted; `delivered_wh`, beside the meter's own, what they were given in a period.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, cast

from contracts.capacity.parameters import parameters_of
from explorer.index import tables
from explorer.index.readers.market import Market, step_name
from explorer.index.readers.reader import Happening, Reader
from explorer.index.readers.storages import put_storage, reserved_subject
from explorer.index.rows import Rows
from ledger.genesis import Genesis

MARKET: Final = Market("capacity", "Storage capacity", "window")
RESERVED: Final = "reserved_wh"
DELIVERED: Final = "delivered_wh"
DID: Final = "did:gridquorum:"


def begin(rows: Rows, genesis: Genesis) -> None:
    MARKET.begin(rows, genesis)
    for number, device in enumerate(parameters_of(genesis).devices):
        _put_device(rows, number, asdict(device))


def certified(rows: Rows, seen: Happening) -> None:
    """A device was added, or certified anew."""
    if seen.entry is not None:
        device = cast(Mapping[str, Any], seen.entry.arguments["device"])
        _put_device(rows, cast(int, seen.fields["device"]), device)


def opened(rows: Rows, seen: Happening) -> None:
    number, first_period = MARKET.round_of(seen), cast(int, seen.fields["first_period"])
    MARKET.open_process(rows, seen, number, first_period)
    MARKET.put_round(rows, number, phase="sealing", periods=seen.fields["periods"])


def sealed(rows: Rows, seen: Happening) -> None:
    """Who bids on which side is known at once; how much for how much is not."""
    fields, bid, window = seen.fields, cast(int, seen.fields["bid"]), MARKET.round_of(seen)
    values: dict[str, Any] = {"party": fields["address"], "side": fields["side"]}
    MARKET.put_order(rows, window, step_name(bid, 0), quantity_wh=fields["bound_wh"], **values)
    device = rows.find(tables.descriptions, subject=_device(fields["device"]))
    if device is not None:
        key = {"contract": MARKET.contract, "round": window, "party": fields["address"]}
        rows.put(tables.market_sellers, **key, meter=device["value"])


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
    """A right that is paid for: from now on it reserves what it is about."""
    fields, window, right = seen.fields, MARKET.round_of(seen), str(seen.fields["right"])
    sides = {
        "seller": cast(str, fields["obligor"]).removeprefix(DID),
        "buyer": cast(str, fields["holder"]).removeprefix(DID),
    }
    terms = {"price_ukwh": fields["price_ukwh"], "quantity_wh": fields["quantity_wh"]}
    MARKET.put_trade(rows, window, right, **sides, **terms)
    _reserve(rows, window, sides["seller"], cast(int, fields["quantity_wh"]))


def voided(rows: Rows, seen: Happening) -> None:
    """A right came to nothing. One that was never minted reserved nothing."""
    window, right = MARKET.round_of(seen), str(seen.fields["right"])
    trade = MARKET.find_trade(rows, window, right)
    if trade is not None:
        MARKET.put_trade(rows, window, right, quantity_wh=0)
        _reserve(rows, window, trade["seller"], -trade["quantity_wh"])


def burned(rows: Rows, seen: Happening) -> None:
    """A right that is over: its holder has paid for what was delivered."""
    holder, right = cast(str, seen.fields["holder"]).removeprefix(DID), str(seen.fields["right"])
    MARKET.put_bill(rows, seen, holder, right, seen.fields["paid"])


def delivered(rows: Rows, seen: Happening) -> None:
    """What a right called of a device in a period, whose meter says so."""
    if seen.entry is None:
        return
    meter, called_wh = seen.entry.transaction.sender, cast(int, seen.fields["delivered_wh"])
    rows.add_points(meter, cast(int, seen.fields["period"]), {DELIVERED: called_wh})


def _reserve(rows: Rows, window: int, seller: str, quantity_wh: int) -> None:
    key = {"contract": MARKET.contract, "round": window}
    sold, known = (
        rows.find(tables.market_sellers, **key, party=seller),
        rows.find(tables.market_rounds, **key),
    )
    if sold is None or known is None:
        return
    for period in range(known["period"], known["period"] + known["periods"]):
        rows.add_points(reserved_subject(sold["meter"]), period, {RESERVED: quantity_wh})


def _put_device(rows: Rows, number: int, device: Mapping[str, Any]) -> None:
    rows.put(tables.descriptions, subject=_device(number), value=device["meter"])
    power_w, energy_wh = max(device["export_w"]), device["energy_wh"]
    put_storage(rows, device["meter"], power_w=power_w, energy_wh=energy_wh)


def _device(number: object) -> str:
    return f"{MARKET.contract}/{number}"


READER = Reader(
    MARKET.contract,
    events={
        "certified": certified,
        "opened": opened,
        "phase": MARKET.phase,
        "sealed": sealed,
        "revealed": revealed,
        "cleared": cleared,
        "notified": notified,
        "minted": minted,
        "voided": voided,
        "burned": burned,
        "delivered": delivered,
    },
    begin=begin,
)
