"""A: the last payments of a window, deposits released or slashed, and each right's final token.

Everything follows from the chain, so that anybody may settle, and nobody can settle otherwise; all of it is
in escrow, so an accounting always completes.
"""

from contracts import tdva
from contracts.account import balances
from contracts.capacity.consequences import note_reliability, release_rest
from contracts.capacity.fulfilment import pay_up_to, uncalled_wh
from contracts.capacity.keys import (
    buyer_escrow,
    final_key,
    offer_key,
    price_escrow,
    profile_key,
    right_key,
    seller_escrow,
)
from contracts.capacity.process import Happening, check_phase, move
from contracts.capacity.records import FinalToken, Phase, Right, Standing, WindowRecord, did, encode_record
from contracts.capacity.windows import check_process, get_right, get_window
from contracts.context import Context
from crypto.address import Address
from crypto.hashing import Digest
from ledger.quantities import Amount


def account(ctx: Context, window: int, verifications: Digest) -> None:
    """Settle a window, once. Raises CapacityError or WrongVerifications."""
    record = get_window(ctx, window)
    check_process(ctx, record)
    check_phase(record, Phase.ACCOUNTING, "its readings are not all in")
    tdva.check_verifications(ctx, verifications)
    kept: dict[Address, tuple[int, int]] = {}
    for number in range(record.rights):
        right = get_right(ctx, window, number)
        if right.standing is Standing.MINTED:
            ctx.charge("item", record.periods)
            token = _finish(ctx, record, number, right)
            owed_wh, kept_wh = kept.get(right.obligor, (0, 0))
            kept[right.obligor] = (owed_wh + token.quantity_wh, kept_wh + token.delivered_wh)
    for seller, (owed_wh, kept_wh) in kept.items():
        note_reliability(ctx, seller, owed_wh, kept_wh)
    ctx.emit("settled", window=window, accounting=ctx.tx_id)
    move(ctx, record, Happening.ACCOUNTED)


def _finish(ctx: Context, record: WindowRecord, number: int, right: Right) -> FinalToken:
    """Pay, release, refund, and burn the token for its final one (Ren et al., eqs. 26, 27, 30)."""
    window = record.number
    delivered_wh = right.delivered_wh + uncalled_wh(ctx, record, number, right)
    right = pay_up_to(ctx, window, number, right, min(right.quantity_wh, delivered_wh))
    released = Amount(right.seller_deposit * right.delivered_wh // right.quantity_wh)
    _slash(ctx, seller_escrow(window, number), right.holder, right.seller_deposit - released)
    _slash(ctx, price_escrow(window, number), right.holder, right.price - right.paid)
    release_rest(ctx, seller_escrow(window, number))
    release_rest(ctx, buyer_escrow(window, number))
    token = FinalToken(
        obligor=did(right.obligor),
        buyer=did(right.buyer),
        holder=did(right.holder),
        quantity_wh=right.quantity_wh,
        price_ukwh=right.price_ukwh,
        delivered_wh=right.delivered_wh,
        paid=right.paid,
        refunded=Amount(right.price - right.paid),
        seller_released=released,
        seller_lost=Amount(right.seller_deposit - released),
        buyer_released=right.buyer_deposit,
    )
    ctx.put(final_key(window, number), encode_record(token))
    ctx.delete(right_key(window, number))
    ctx.delete(profile_key(window, number))
    ctx.delete(offer_key(window, number))
    ctx.emit("burned", window=window, right=number, **encode_record(token))
    return token


def _slash(ctx: Context, escrow: str, payee: str, amount: int) -> None:
    if amount > 0:
        balances.slash(ctx, escrow, payee, Amount(amount))
