"""Orders: what homes ask and bid for in a round, as long as it takes them."""

from contracts.account import balances
from contracts.community.homes import Home
from contracts.community.matching import Mechanism
from contracts.community.orders import Order, Side
from contracts.community.parameters import parameters_of
from contracts.community.records import (
    Phase,
    Placed,
    RoundRecord,
    encode_placed,
    escrow_name,
    order_key,
)
from contracts.community.refusals import (
    BeyondBand,
    BeyondConnection,
    NotConcerned,
    NothingOrdered,
    NotNow,
    OptedOut,
    UnfitReplies,
)
from contracts.community.rounds import (
    find_number,
    find_order,
    get_home,
    get_number,
    get_round,
    has_opted_out,
)
from contracts.community.settlement import NANO_PER_AMOUNT
from contracts.context import Context
from ledger.quantities import Amount, Period


def place(ctx: Context, first_period: Period, side: Side, order: Order) -> None:
    """The sender's order for a round, in place of the one it had. A bid's whole cost is put into escrow, so
    that no neighbour depends on the buyer's purse.

    Raises CommunityError, or InsufficientBalance.
    """
    record = get_round(ctx, first_period)
    number = get_number(ctx, ctx.sender)
    home = get_home(ctx, number)
    if number >= record.homes or not home.takes_part(first_period):
        raise NotConcerned(ctx.sender, f"a home of which an interval begins with period {first_period}")
    if has_opted_out(ctx, number):
        raise OptedOut(ctx.sender)
    _check_window(ctx, record, side)
    _check_terms(ctx, record, home, side, order)
    _check_replies(ctx, record, side, order)
    _drop(ctx, record, number)
    if side is Side.BID:
        _reserve(ctx, record, order)
    ctx.put(order_key(first_period, number), encode_placed(Placed(side, order)))
    ctx.emit(
        "ordered",
        round=first_period,
        home=order.home,
        side=side.value,
        energy_wh=order.energy_wh,
        limit_ukwh=order.limit_ukwh,
        replies=tuple([(reply.request, reply.price_ukwh) for reply in order.replies]),
    )


def withdraw(ctx: Context, first_period: Period) -> None:
    """Take back the sender's order. Raises CommunityError."""
    record = get_round(ctx, first_period)
    number = get_number(ctx, ctx.sender)
    if find_order(ctx, first_period, number) is None:
        raise NothingOrdered(first_period)
    _drop(ctx, record, number)
    ctx.emit("withdrawn", round=first_period, home=ctx.sender)


def _check_window(ctx: Context, record: RoundRecord, side: Side) -> None:
    """Asks among requests are offers, which have a window of their own."""
    is_offer = side is Side.ASK and parameters_of(ctx.genesis).mechanism is Mechanism.REQUESTS
    expected = Phase.OFFERING if is_offer else Phase.ORDERING
    if record.phase is not expected:
        raise NotNow(record.first_period, record.phase, f"no {side.value} is taken or withdrawn")


def _check_terms(ctx: Context, record: RoundRecord, home: Home, side: Side, order: Order) -> None:
    """That the home's connection can carry it, and that no price is worse for anybody than the grid's."""
    period_s = ctx.genesis.period_s
    most_wh = home.export_wh_max(period_s) if side is Side.ASK else home.import_wh_max(period_s)
    if order.energy_wh > most_wh:
        raise BeyondConnection(order.energy_wh, most_wh)
    for price in (order.limit_ukwh, *(reply.price_ukwh for reply in order.replies)):
        if record.band.nearest(price) != price:
            raise BeyondBand(price, record.band.feed_in_ukwh, record.band.grid_ukwh)


def _check_replies(ctx: Context, record: RoundRecord, side: Side, order: Order) -> None:
    if not order.replies:
        return
    if side is Side.BID or parameters_of(ctx.genesis).mechanism is not Mechanism.REQUESTS:
        raise UnfitReplies("only offers reply to requests")
    requests = [reply.request for reply in order.replies]
    if len({*requests}) != len(requests):
        raise UnfitReplies("a request is answered twice")
    for request in requests:
        number = find_number(ctx, request)
        placed = None if number is None else find_order(ctx, record.first_period, number)
        if placed is None or placed.side is not Side.BID:
            raise UnfitReplies(f"{request} has not requested anything")


def _drop(ctx: Context, record: RoundRecord, number: int) -> None:
    """Forget a home's order, if it has one, and give back what it put into escrow. Raises NotNow where
    others may rely on it by now."""
    placed = find_order(ctx, record.first_period, number)
    if placed is None:
        return
    _check_window(ctx, record, placed.side)
    ctx.delete(order_key(record.first_period, number))
    if placed.side is Side.BID:
        release(ctx, record, placed.order)


def take_all(ctx: Context, record: RoundRecord) -> dict[Side, tuple[Order, ...]]:
    """All orders that stand in a round, which stand no more."""
    sides: dict[Side, list[Order]] = {side: [] for side in Side}
    for number in range(record.homes):
        placed = find_order(ctx, record.first_period, number)
        if placed is not None:
            ctx.delete(order_key(record.first_period, number))
            sides[placed.side].append(placed.order)
    return {side: tuple(orders) for side, orders in sides.items()}


def release(ctx: Context, record: RoundRecord, bid: Order) -> None:
    """Give back what is left of a bid's escrow."""
    escrow = escrow_name(record.first_period, bid.home)
    if balances.locked(ctx, escrow) > 0:
        balances.release(ctx, escrow)


def _reserve(ctx: Context, record: RoundRecord, bid: Order) -> None:
    """Put into escrow what a bid can cost."""
    cost = Amount(-(-bid.energy_wh * bid.limit_ukwh // NANO_PER_AMOUNT))
    if cost > 0:
        balances.lock(ctx, escrow_name(record.first_period, bid.home), bid.home, cost)
