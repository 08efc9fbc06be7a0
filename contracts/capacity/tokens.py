"""Rights that change hands before delivery: transferred, sold in one step, and nominated."""

from dataclasses import replace

from contracts.account import balances
from contracts.capacity.fulfilment import most_wh
from contracts.capacity.keys import offer_key, profile_key
from contracts.capacity.process import check_phase
from contracts.capacity.records import Offer, Phase, Right, Standing, WindowRecord, did, encode_record
from contracts.capacity.refusals import BadProfile, NotConcerned, NotForSale, OtherPrice, UnknownRight
from contracts.capacity.windows import find_offer, get_right, get_trade, get_window, put_right, rights_of
from contracts.context import Context
from contracts.membership import members
from crypto.address import Address
from ledger.quantities import Amount


def transfer(ctx: Context, window: int, number: int, to: Address) -> None:
    """Give a right, and the claim on its escrow, to another member. Raises CapacityError or
    UnknownMember."""
    right = _held(ctx, window, number)
    members.member(ctx, to)
    _hand_over(ctx, window, number, right, to)


def offer(ctx: Context, window: int, number: int, amount: Amount, to: Address | None) -> None:
    """Offer a right for sale, to anybody or to one member; the newest offer holds."""
    _held(ctx, window, number)
    if to is not None:
        members.member(ctx, to)
    ctx.put(offer_key(window, number), encode_record(Offer(amount, to)))
    ctx.emit("offered", window=window, right=number, amount=amount, to=to)


def withdraw(ctx: Context, window: int, number: int) -> None:
    """Take an offer back. Raises CapacityError."""
    _held(ctx, window, number)
    if find_offer(ctx, window, number) is None:
        raise NotForSale(window, number)
    ctx.delete(offer_key(window, number))
    ctx.emit("withdrawn", window=window, right=number)


def take(ctx: Context, window: int, number: int, amount: Amount) -> None:
    """Buy a right that is offered: the money and the right change hands in one step, or neither does.

    `amount` is what the sender means to pay: an offer that was changed meanwhile is not taken. Raises
    CapacityError, or InsufficientBalance.
    """
    right = _minted(ctx, window, number)
    offered = find_offer(ctx, window, number)
    if offered is None or right.holder == ctx.sender or offered.to not in (None, ctx.sender):
        raise NotForSale(window, number)
    if offered.amount != amount:
        raise OtherPrice(offered.amount, amount)
    balances.transfer(ctx, ctx.sender, right.holder, amount)
    ctx.emit("sold", window=window, right=number, amount=amount, seller=right.holder, buyer=ctx.sender)
    _hand_over(ctx, window, number, right, ctx.sender)


def nominate(ctx: Context, window: int, number: int, profile: tuple[int, ...]) -> None:
    """Say what is called of a right in each period; the newest nomination holds. Raises CapacityError."""
    right, record = _held(ctx, window, number), get_window(ctx, window)
    if len(profile) != record.periods:
        raise BadProfile(f"it has {len(profile)} periods, and the window {record.periods}")
    if sum(profile) > right.quantity_wh:
        raise BadProfile(f"it calls {sum(profile)} Wh of {right.quantity_wh}")
    sold = list(rights_of(ctx, window, get_trade(ctx, window, right.seller_bid)))
    ctx.charge("item", 2 * record.periods * len(sold))
    for place, (called, most) in enumerate(zip(profile, most_wh(ctx, record, sold)[number], strict=True)):
        if called > most:
            raise BadProfile(f"it calls {called} Wh in period {place}, where its share is {most} Wh")
    ctx.put(profile_key(window, number), profile)
    ctx.emit("nominated", window=window, right=number, profile=profile)


def _minted(ctx: Context, window: int, number: int) -> Right:
    """A token that can change hands now."""
    record, right = get_window(ctx, window), get_right(ctx, window, number)
    if right.standing is not Standing.MINTED:
        raise UnknownRight(window, number)
    _check_before_delivery(record)
    return right


def _check_before_delivery(record: WindowRecord) -> None:
    """From when it is paid a right can be traded, while others may still pay for theirs."""
    if record.phase is not Phase.PAYING:
        check_phase(record, Phase.HOLDING, "rights stay with their holders from the beginning of delivery on")


def _held(ctx: Context, window: int, number: int) -> Right:
    right = _minted(ctx, window, number)
    if right.holder != ctx.sender:
        raise NotConcerned(ctx.sender, f"the holder of the capacity right {window}/{number}")
    return right


def _hand_over(ctx: Context, window: int, number: int, right: Right, to: Address) -> None:
    """What was offered or nominated is the last holder's: who nominates nothing and sells would have sold
    nothing."""
    ctx.delete(offer_key(window, number))
    ctx.delete(profile_key(window, number))
    put_right(ctx, window, number, replace(right, holder=to))
    ctx.emit("transferred", window=window, right=number, before=did(right.holder), holder=did(to))
