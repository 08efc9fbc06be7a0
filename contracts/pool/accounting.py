"""A: everybody pays and is paid for an interval; the mathematics is settlement.py's.

All payments pass through the clearing account. What somebody cannot pay, escrow included, the platform
advances, and is owed. What even the platform cannot advance, it owes: an accounting always completes, and no
money is made or lost. Debts to the platform are paid as soon as there is money. The platform's own bills are
part of what all the others leave to it.
"""

from dataclasses import asdict, replace
from typing import cast

from contracts import tdva
from contracts.account import balances
from contracts.context import Context
from contracts.pool.intervals import (
    calendar_of,
    check_process,
    get_interval,
    get_position,
    get_seat,
    unsettled_intervals,
)
from contracts.pool.parameters import Parameters, parameters_of
from contracts.pool.process import Happening, move
from contracts.pool.records import (
    UNSETTLED_KEY,
    IntervalRecord,
    Phase,
    bills_key,
    encode_bills,
    escrow_name,
    metered_key,
    position_key,
)
from contracts.pool.refusals import NotNow
from contracts.pool.settlement import Bill, settle, settle_silent
from crypto.hashing import Digest
from ledger.quantities import Amount, EnergyWh, Period


def account(ctx: Context, period: Period, verifications: Digest) -> None:
    """Settle an interval. Raises PoolError or WrongVerifications."""
    record = get_interval(ctx, period)
    check_process(ctx, record)
    if record.phase is not Phase.ACCOUNTING:
        raise NotNow(period, record.phase, "its readings are not all in")
    tdva.check_verifications(ctx, verifications)
    bills = _pay(ctx, record, [_bill(ctx, record, number) for number in range(record.seats)])
    ctx.put(bills_key(period), encode_bills(bills))
    ctx.put(UNSETTLED_KEY, tuple(other for other in unsettled_intervals(ctx) if other != period))
    platform = parameters_of(ctx.genesis).platform
    income = sum(bill.amount for bill in bills if bill.address != platform)
    ctx.emit("settled", period=period, accounting=ctx.tx_id, seats=len(bills), platform_amount=-income)
    move(ctx, record, Happening.ACCOUNTED)


def _bill(ctx: Context, record: IntervalRecord, number: int) -> Bill:
    """Of a seat, whose records are forgotten."""
    seat = get_seat(ctx, number)
    terms = parameters_of(ctx.genesis).terms(seat.carrier)
    if terms is None:
        raise RuntimeError(f"seat {number} is of {seat.carrier}, which is not traded here")
    position = get_position(ctx, record.period, seat.carrier, seat.party)
    metered_wh = cast(EnergyWh | None, ctx.get(metered_key(record.period, number)))
    ctx.delete(position_key(record.period, seat.carrier.value, seat.party))
    ctx.delete(metered_key(record.period, number))
    if metered_wh is None:
        most_wh = calendar_of(ctx).reading_wh_max(seat.power_w)
        return settle_silent(seat.party, seat.carrier, position, most_wh, terms.band)
    return settle(seat.party, seat.carrier, position, metered_wh, terms.band)


def _pay(ctx: Context, record: IntervalRecord, bills: list[Bill]) -> tuple[Bill, ...]:
    """Carry out the bills; returned with what is owed of them."""
    parameters = parameters_of(ctx.genesis)
    others = [bill for bill in bills if bill.address != parameters.platform]
    owed = {_key(bill): _collect(ctx, parameters, record, bill) for bill in bills}
    _advance(ctx, parameters, -sum(min(0, bill.amount) for bill in others))
    owed |= {_key(bill): _pay_out(ctx, parameters, bill) for bill in others if bill.amount < 0}
    rest = balances.balance(ctx, parameters.clearing)
    if rest > 0:
        balances.transfer(ctx, parameters.clearing, parameters.platform, rest)
    for bill in others:
        _repay(ctx, bill.address, parameters.platform)
    done = tuple([replace(bill, owed=Amount(owed[_key(bill)])) for bill in bills])
    for bill in done:
        ctx.emit("billed", period=record.period, **asdict(bill) | {"carrier": bill.carrier.value})
    return done


def _key(bill: Bill) -> tuple[str, str]:
    """What tells a bill from the others of its interval."""
    return bill.address, bill.carrier.value


def _collect(ctx: Context, parameters: Parameters, record: IntervalRecord, bill: Bill) -> int:
    """Give back the escrow, and take what is to be paid; what cannot be becomes a debt, and is returned."""
    escrow = escrow_name(record.period, bill.carrier.value, bill.address)
    if balances.locked(ctx, escrow) > 0:
        balances.release(ctx, escrow)
    due = 0 if bill.address == parameters.platform else max(0, bill.amount)
    paid = min(balances.available(ctx, bill.address), due)
    if paid > 0:
        balances.transfer(ctx, bill.address, parameters.clearing, Amount(paid))
    return _owe(ctx, bill.address, parameters.platform, due - paid)


def _advance(ctx: Context, parameters: Parameters, amount: int) -> None:
    """The platform gives what the others did not pay in of `amount`, as far as it can."""
    short = amount - balances.balance(ctx, parameters.clearing)
    given = min(short, balances.available(ctx, parameters.platform))
    if given > 0:
        balances.transfer(ctx, parameters.platform, parameters.clearing, Amount(given))


def _pay_out(ctx: Context, parameters: Parameters, bill: Bill) -> int:
    """Pay somebody; what is not there the platform owes, which is returned, negative."""
    paid = min(balances.balance(ctx, parameters.clearing), -bill.amount)
    if paid > 0:
        balances.transfer(ctx, parameters.clearing, bill.address, Amount(paid))
    return -_owe(ctx, parameters.platform, bill.address, -bill.amount - paid)


def _repay(ctx: Context, debtor: str, creditor: str) -> None:
    """Whoever has money, of this carrier's or another's escrow or income, first pays what it owes."""
    paid = min(balances.debt(ctx, debtor, creditor), balances.available(ctx, debtor))
    if paid > 0:
        balances.repay(ctx, debtor, creditor, Amount(paid))


def _owe(ctx: Context, debtor: str, creditor: str, amount: int) -> int:
    """Record a debt, up to all the money there can be; returns how much."""
    amount = min(amount, balances.ISSUED_MAX - balances.debt(ctx, debtor, creditor))
    if amount > 0:
        balances.owe(ctx, debtor, creditor, Amount(amount))
    return amount
