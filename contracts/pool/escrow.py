"""What bidders and storages have in escrow for an interval of a carrier: what it can cost them."""

from contracts.account import balances
from contracts.context import Context
from contracts.pool.agreements import Kind
from contracts.pool.intervals import Seat, find_standing
from contracts.pool.records import IntervalRecord, escrow_name
from contracts.pool.settlement import NANO_PER_AMOUNT
from ledger.quantities import Amount, EnergyWh, PriceUkwh


def hold(ctx: Context, escrow: str, owner: str, needed: int) -> bool:
    """Have just this in escrow; whether it could be had, or everything stays as it is."""
    held = balances.locked(ctx, escrow)
    if needed - held > balances.available(ctx, owner):
        return False
    if needed != held and held > 0:
        balances.release(ctx, escrow)
    if needed != held and needed > 0:
        balances.lock(ctx, escrow, owner, Amount(needed))
    return True


def payable_wh(ctx: Context, record: IntervalRecord, seat: Seat, price_ukwh: PriceUkwh) -> EnergyWh:
    """How much of the pool a storage can pay for, within its contract of payment."""
    payment = find_standing(ctx, Kind.PAYMENT, seat.party, None)
    if payment is None:
        return EnergyWh(0)
    held = balances.locked(ctx, escrow_name(record.period, seat.carrier.value, seat.party))
    most = min(payment.limit - held, balances.available(ctx, seat.party))
    return EnergyWh(max(0, most) * NANO_PER_AMOUNT // max(1, price_ukwh))


def hold_more(ctx: Context, record: IntervalRecord, seat: Seat, nano: int) -> None:
    """Put so much more into escrow, rounded up; payable_wh has told that it is there."""
    escrow = escrow_name(record.period, seat.carrier.value, seat.party)
    more = -(-nano // NANO_PER_AMOUNT)
    if not hold(ctx, escrow, seat.party, balances.locked(ctx, escrow) + more):
        raise RuntimeError(f"{seat.party} cannot have {more} in escrow")
