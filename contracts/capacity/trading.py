"""D: the clearing of a window, on the chain and exact; then deposits, payment, and the minting of rights."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.account import balances
from contracts.capacity import clearing
from contracts.capacity.bids import Side
from contracts.capacity.book import Book, Rows, book_of
from contracts.capacity.clearing import Cleared, check_kkt, lot
from contracts.capacity.consequences import note_reliability, release_bonds
from contracts.capacity.keys import (
    bond_escrow,
    buyer_escrow,
    clearing_key,
    price_escrow,
    seller_escrow,
    trade_key,
)
from contracts.capacity.parameters import parameters_of
from contracts.capacity.process import Happening, begin_holding, begin_paying, check_phase, lapse, move
from contracts.capacity.records import (
    Phase,
    Right,
    SealedBid,
    Standing,
    Trade,
    WindowRecord,
    did,
    encode_record,
)
from contracts.capacity.refusals import DoneBefore, NothingTraded
from contracts.capacity.rights import alpha_permille, deposit, join
from contracts.capacity.windows import (
    check_process,
    find_seat,
    find_trade,
    get_sealed,
    get_window,
    put_right,
    put_window,
    reliability,
    rights_of,
)
from contracts.context import Context
from ledger.quantities import Amount, EnergyWh, PriceUkwh, amount


def clear(ctx: Context, window: int) -> None:
    """Clear a window's revealed bids at one price. Raises CapacityError."""
    record = get_window(ctx, window)
    check_process(ctx, record)
    check_phase(record, Phase.CLEARING, "it is cleared once, when reveals are over")
    record = replace(record, dispatch=ctx.tx_id)
    book = book_of(ctx, record)
    ctx.charge("item", sum(map(clearing.work, book.curves)))
    cleared = book.clear()
    if cleared is None:
        release_bonds(ctx, record)
        lapse(ctx, record, "no ask meets a bid")
        return
    check_kkt(*book.curves, cleared)
    kept = encode_record(book.record(cleared))
    ctx.put(clearing_key(window), kept)
    ctx.emit("cleared", window=window, **kept)
    rights = _keep_rights(ctx, record, book, cleared)
    spans = _spans(rights)
    for bid, wh in book.quantities(cleared):
        _keep_trade(ctx, window, bid, wh, spans.get(bid))
    move(ctx, replace(record, rights=len(rights), outstanding=len(spans)), Happening.CLEARED)


def put_down(ctx: Context, window: int) -> None:
    """The sender's deposits on all its rights; its bond comes back, a buyer's but for the floor. Raises
    CapacityError, or InsufficientBalance."""
    record = get_window(ctx, window)
    check_phase(record, Phase.DEPOSITING, "no deposits are taken")
    bid, trade = _traded(ctx, window)
    if trade.is_deposited:
        raise DoneBefore(f"{ctx.sender} has put down its deposits for window {window}")
    # The bond first: it may be what the deposits are made of.
    balances.release(ctx, bond_escrow(window, bid))
    is_seller = get_sealed(ctx, window, bid).side is Side.SELL
    for number, right in rights_of(ctx, window, trade):
        due = right.seller_deposit if is_seller else right.buyer_deposit
        escrow = seller_escrow(window, number) if is_seller else buyer_escrow(window, number)
        if due > 0:
            balances.lock(ctx, escrow, ctx.sender, due)
    if not is_seller:
        balances.lock(ctx, bond_escrow(window, bid), ctx.sender, parameters_of(ctx.genesis).bond_floor)
    ctx.put(trade_key(window, bid), encode_record(replace(trade, is_deposited=True)))
    ctx.emit("deposited", window=window, address=ctx.sender)
    record = replace(record, outstanding=record.outstanding - 1)
    put_window(ctx, record)
    if record.outstanding == 0:
        begin_paying(ctx, record)


def pay(ctx: Context, window: int) -> None:
    """The price of all the sender's rights goes into escrow, and the rights are minted; the rest of its bond
    comes back. Raises CapacityError, or InsufficientBalance."""
    record = get_window(ctx, window)
    check_phase(record, Phase.PAYING, "no payment is awaited")
    bid, trade = _traded(ctx, window)
    agreed = [row for row in rights_of(ctx, window, trade) if row[1].standing is Standing.AGREED]
    if get_sealed(ctx, window, bid).side is Side.SELL:
        raise NothingTraded(ctx.sender, window)
    if trade.is_paid:
        raise DoneBefore(f"{ctx.sender} has paid for window {window}")
    if not agreed:
        raise NothingTraded(ctx.sender, window)
    balances.release(ctx, bond_escrow(window, bid))
    for number, right in agreed:
        _mint(ctx, window, number, right)
    bought = sum(right.quantity_wh for _, right in agreed)
    note_reliability(ctx, ctx.sender, bought, bought)
    ctx.put(trade_key(window, bid), encode_record(replace(trade, is_paid=True)))
    record = replace(record, outstanding=record.outstanding - 1, minted=record.minted + len(agreed))
    put_window(ctx, record)
    if record.outstanding == 0:
        begin_holding(ctx, record)


def _mint(ctx: Context, window: int, number: int, right: Right) -> None:
    """The token of a right whose deposits and price are in escrow (Ren et al., eq. 25)."""
    if right.price > 0:
        balances.lock(ctx, price_escrow(window, number), right.buyer, right.price)
    put_right(ctx, window, number, replace(right, standing=Standing.MINTED))
    ctx.emit(
        "minted",
        window=window,
        right=number,
        obligor=did(right.obligor),
        holder=did(right.holder),
        quantity_wh=right.quantity_wh,
        price_ukwh=right.price_ukwh,
        price=right.price,
        seller_deposit=right.seller_deposit,
        buyer_deposit=right.buyer_deposit,
    )


def _traded(ctx: Context, window: int) -> tuple[int, Trade]:
    """The sender's bid and what it came to. Raises NothingTraded."""
    bid = find_seat(ctx, window, ctx.sender)
    trade = None if bid is None else find_trade(ctx, window, bid)
    if bid is None or trade is None:
        raise NothingTraded(ctx.sender, window)
    return bid, trade


def _keep_rights(ctx: Context, record: WindowRecord, book: Book, cleared: Cleared) -> list[Right]:
    """Who owes whom: sellers and buyers in the seed's order, joined from the first on."""
    sellers = _drawn(book.seed, book.asks, cleared.sold)
    buyers = _drawn(book.seed, book.bids, cleared.bought)
    rights: list[Right] = []
    for match in join([wh for _, _, wh in sellers], [wh for _, _, wh in buyers]):
        seller, buyer = sellers[match.seller], buyers[match.buyer]
        right = _right(ctx, seller, buyer, match.quantity_wh, cleared.price_ukwh)
        put_right(ctx, record.number, len(rights), right)
        rights.append(right)
    return rights


def _drawn(seed: bytes, rows: Rows, traded: Sequence[int]) -> list[tuple[int, SealedBid, int]]:
    """Who trades, and what, in the seed's order."""
    trading = [(bid, sealed, wh) for (bid, sealed, _), wh in zip(rows, traded, strict=True) if wh > 0]
    return sorted(trading, key=lambda row: lot(seed, row[1].address))


def _right(
    ctx: Context,
    seller: tuple[int, SealedBid, int],
    buyer: tuple[int, SealedBid, int],
    quantity_wh: EnergyWh,
    price_ukwh: PriceUkwh,
) -> Right:
    parameters = parameters_of(ctx.genesis)
    bounds = (parameters.deposit_permille_least, parameters.deposit_permille_most)
    (seller_bid, sold, _), (buyer_bid, bought, _) = seller, buyer
    alphas = [
        alpha_permille(*bounds, *reliability(ctx, address)) for address in (sold.address, bought.address)
    ]
    if sold.device is None:
        raise RuntimeError(f"bid {seller_bid} sells from no device")
    return Right(
        standing=Standing.AGREED,
        obligor=sold.address,
        buyer=bought.address,
        holder=bought.address,
        seller_bid=seller_bid,
        buyer_bid=buyer_bid,
        device=sold.device,
        quantity_wh=quantity_wh,
        price_ukwh=price_ukwh,
        price=amount(quantity_wh, price_ukwh),
        seller_deposit=deposit(alphas[0], quantity_wh, price_ukwh),
        buyer_deposit=deposit(alphas[1], quantity_wh, price_ukwh),
        delivered_wh=EnergyWh(0),
        paid=Amount(0),
    )


def _spans(rights: Sequence[Right]) -> dict[int, tuple[int, int]]:
    """By bid that trades: its first right, and how many it has: they follow each other."""
    spans: dict[int, tuple[int, int]] = {}
    for number, right in enumerate(rights):
        for bid in (right.seller_bid, right.buyer_bid):
            first, count = spans.get(bid, (number, 0))
            spans[bid] = (first, count + 1)
    return spans


def _keep_trade(ctx: Context, window: int, bid: int, traded_wh: int, span: tuple[int, int] | None) -> None:
    """Write down what a bid came to, or give back the bond of one that trades nothing."""
    if span is None:
        balances.release(ctx, bond_escrow(window, bid))
        return
    first, count = span
    ctx.put(trade_key(window, bid), encode_record(Trade(EnergyWh(traded_wh), first, count)))
    ctx.emit("notified", window=window, bid=bid, quantity_wh=traded_wh, first_right=first, rights=count)
