"""What it costs not to reveal, not to put down deposits, or not to pay: bonds and deposits change hands, and
rights become void. The chain does this itself, when a deadline passes.

Whoever lost by a failure gets the share of the bond, or the deposit; but the bond's floor goes to `forfeits`,
which does not bid: or to fail a trade with an address of one's own would cost nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from contracts.account import balances
from contracts.capacity.bids import Side
from contracts.capacity.keys import bond_escrow, buyer_escrow, price_escrow, reliability_key, seller_escrow
from contracts.capacity.parameters import parameters_of
from contracts.capacity.records import Right, Standing, Trade, WindowRecord
from contracts.capacity.rights import scaled
from contracts.capacity.windows import (
    find_opened,
    find_trade,
    get_right,
    get_sealed,
    put_right,
    reliability,
    rights_of,
)
from contracts.context import Context
from ledger.quantities import Amount

RELIABILITY_WH_MAX: Final = 2**53
"""Of what somebody owed, all in all; beyond, the past counts half."""


def forfeit_unrevealed(ctx: Context, record: WindowRecord) -> None:
    """Whoever has not revealed loses the bond."""
    for bid in range(record.sealed):
        if find_opened(ctx, record.number, bid) is None:
            sealed = get_sealed(ctx, record.number, bid)
            _forfeit(ctx, record, bid, sealed.bond)
            ctx.emit("forfeited", window=record.number, address=sealed.address, bond=sealed.bond)


def release_bonds(ctx: Context, record: WindowRecord) -> None:
    """Whoever has a bond in the window still has it back."""
    for bid in range(record.sealed):
        release_rest(ctx, bond_escrow(record.number, bid))


def give_back(ctx: Context, record: WindowRecord) -> None:
    """The window comes to nothing, and nobody is to blame: all who put something up have it back, and the
    holders of its tokens what was paid for them."""
    release_bonds(ctx, record)
    for number in range(record.rights):
        right = get_right(ctx, record.number, number)
        if right.standing is Standing.MINTED and right.price > 0:
            balances.slash(ctx, price_escrow(record.number, number), right.holder, right.price)
        if right.standing is not Standing.VOID:
            _void(ctx, record, number, right, culprit="")


def release_rest(ctx: Context, escrow: str) -> None:
    """Give back what is left of an escrow, if anything is."""
    if balances.locked(ctx, escrow) > 0:
        balances.release(ctx, escrow)


def void_undeposited(ctx: Context, record: WindowRecord) -> None:
    """Whoever put down no deposit loses the bond, its share to those it traded with, and its rights are
    void."""
    trades = [find_trade(ctx, record.number, bid) for bid in range(record.sealed)]
    for bid, trade in enumerate(trades):
        if trade is not None and not trade.is_deposited:
            _lose_bond(ctx, record, bid, trade, trades)


def void_unpaid(ctx: Context, record: WindowRecord) -> None:
    """A buyer that did not pay loses the floor of its bond, its deposits to its sellers, and its rights are
    void."""
    for bid in range(record.sealed):
        trade = find_trade(ctx, record.number, bid)
        if trade is None or not trade.is_deposited or trade.is_paid:
            continue
        sealed = get_sealed(ctx, record.number, bid)
        if sealed.side is Side.SELL:
            continue
        unpaid = [row for row in rights_of(ctx, record.number, trade) if row[1].standing is Standing.AGREED]
        if unpaid:
            _forfeit(ctx, record, bid, parameters_of(ctx.genesis).bond_floor)
        for number, right in unpaid:
            escrow = buyer_escrow(record.number, number)
            if right.buyer_deposit > 0:
                balances.slash(ctx, escrow, right.obligor, right.buyer_deposit)
            _void(ctx, record, number, right, sealed.address)
        note_reliability(ctx, sealed.address, sum(right.quantity_wh for _, right in unpaid), 0)


def note_reliability(ctx: Context, address: str, owed_wh: int, kept_wh: int) -> None:
    """Count what somebody owed and kept, which its next deposit rests on."""
    if owed_wh == 0:
        return
    owed, kept = reliability(ctx, address)
    owed, kept = owed + owed_wh, kept + kept_wh
    if owed > RELIABILITY_WH_MAX:
        owed, kept = owed // 2, kept // 2
    ctx.put(reliability_key(address), (owed, kept))


def _lose_bond(
    ctx: Context, record: WindowRecord, bid: int, trade: Trade, trades: Sequence[Trade | None]
) -> None:
    sealed, rights = get_sealed(ctx, record.number, bid), list(rights_of(ctx, record.number, trade))
    floor = parameters_of(ctx.genesis).bond_floor
    _forfeit(ctx, record, bid, floor)
    parts = scaled([right.quantity_wh for _, right in rights], sealed.bond - floor, trade.quantity_wh)
    for (number, right), part in zip(rights, parts, strict=True):
        payee = _loser(ctx, right, sealed.side, trades)
        if part > 0:
            balances.slash(ctx, bond_escrow(record.number, bid), payee, Amount(part))
        if right.standing is Standing.AGREED:
            _void(ctx, record, number, right, sealed.address)
    note_reliability(ctx, sealed.address, trade.quantity_wh, 0)


def _forfeit(ctx: Context, record: WindowRecord, bid: int, amount: Amount) -> None:
    balances.slash(ctx, bond_escrow(record.number, bid), parameters_of(ctx.genesis).forfeits, amount)


def _loser(ctx: Context, right: Right, culprit: Side, trades: Sequence[Trade | None]) -> str:
    """Who loses the right through no fault of its own; nobody, if the other failed as well."""
    bid, address = (
        (right.buyer_bid, right.buyer) if culprit is Side.SELL else (right.seller_bid, right.obligor)
    )
    trade = trades[bid]
    is_faultless = trade is not None and trade.is_deposited
    return address if is_faultless else parameters_of(ctx.genesis).forfeits


def _void(ctx: Context, record: WindowRecord, number: int, right: Right, culprit: str) -> None:
    """End a right, and give back what is left of its deposits."""
    release_rest(ctx, seller_escrow(record.number, number))
    release_rest(ctx, buyer_escrow(record.number, number))
    put_right(ctx, record.number, number, replace(right, standing=Standing.VOID))
    ctx.emit("voided", window=record.number, right=number, culprit=culprit)
