"""A: everybody pays and is paid for a round; the mathematics is settlement.py's.

All payments pass through the clearing account. A buyer pays from what its bid put into escrow, then from its
balance; what it cannot pay the grid company advances, and the home owes it. What even the grid cannot
advance, it owes to the homes: an accounting always completes, and no money is made or lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from contracts import tdva
from contracts.account import balances
from contracts.community.homes import Home
from contracts.community.orders import Match
from contracts.community.parameters import Parameters, parameters_of
from contracts.community.process import Happening, move
from contracts.community.records import (
    Phase,
    RoundRecord,
    bills_key,
    encode_bills,
    escrow_name,
    metered_key,
)
from contracts.community.refusals import NotNow
from contracts.community.rounds import (
    check_process,
    find_match,
    get_metered,
    get_round,
    homes_of,
)
from contracts.community.settlement import NOTHING_TRADED, Bill, Position, settle
from contracts.context import Context
from contracts.metering.readings import PERIODS_LATE_MAX
from crypto.address import Address
from crypto.hashing import Digest
from ledger.quantities import Amount, EnergyWh, Period


def account(ctx: Context, first_period: Period, verifications: Digest) -> None:
    """Settle a round. Raises CommunityError or WrongVerifications."""
    record = get_round(ctx, first_period)
    check_process(ctx, record)
    if record.phase is not Phase.ACCOUNTING:
        raise NotNow(first_period, record.phase, "its readings are not all in")
    tdva.check_verifications(ctx, verifications)
    homes = homes_of(ctx, record)
    bills = _pay(ctx, record, _bills(ctx, record, homes))
    for number, _ in homes:
        ctx.delete(metered_key(first_period, number))
    ctx.put(bills_key(first_period), encode_bills(bills))
    grid_amount = -sum(bill.amount for bill in bills)
    ctx.emit("settled", round=first_period, accounting=ctx.tx_id, homes=len(bills), grid_amount=grid_amount)
    move(ctx, record, Happening.ACCOUNTED)


def positions(match: Match) -> dict[Address, Position]:
    """What every home that traded has traded."""
    found: dict[Address, Position] = {}
    for trade in match.trades:
        for home, sign in ((trade.buyer, 1), (trade.seller, -1)):
            before = found.get(home, NOTHING_TRADED)
            bought_wh = EnergyWh(before.bought_wh + sign * trade.energy_wh)
            found[home] = Position(bought_wh, before.nano + sign * trade.nano)
    return found


def _bills(ctx: Context, record: RoundRecord, homes: Iterable[tuple[int, Home]]) -> list[Bill]:
    """A period without a reading counts as one in which the connection took all that it can, unless it is so
    long ago that metering takes no reading of it: that is for the grid company, which could have opened the
    round."""
    traded = positions(find_match(ctx, record.first_period) or Match(()))
    is_metered = record.first_period + PERIODS_LATE_MAX >= ctx.genesis.period(record.readings_until)
    bills = []
    for number, home in homes:
        metered = get_metered(ctx, record.first_period, number)
        missing = home.interval_periods - metered.readings
        assumed_wh = missing * home.unmetered_wh(ctx.genesis.period_s) if is_metered else 0
        position = traded.get(home.address, NOTHING_TRADED)
        bills.append(settle(home.address, position, metered.net_wh + assumed_wh, missing, record.band))
    return bills


def _pay(ctx: Context, record: RoundRecord, bills: list[Bill]) -> tuple[Bill, ...]:
    """Carry out the bills; returned with what is owed of them."""
    parameters = parameters_of(ctx.genesis)
    owed = {bill.home: _collect(ctx, parameters, record, bill) for bill in bills}
    _advance(ctx, parameters, -sum(min(0, bill.amount) for bill in bills))
    owed |= _pay_out(ctx, parameters, [bill for bill in bills if bill.amount < 0])
    rest = balances.balance(ctx, parameters.clearing)
    if rest > 0:
        balances.transfer(ctx, parameters.clearing, parameters.grid, rest)
    done = tuple([replace(bill, owed=Amount(owed[bill.home])) for bill in bills])
    for bill in done:
        ctx.emit("billed", round=record.first_period, **asdict(bill))
    return done


def _collect(ctx: Context, parameters: Parameters, record: RoundRecord, bill: Bill) -> int:
    """Take what a home pays, from its escrow first, and give back the rest of that; what it cannot pay
    becomes its debt, and is returned."""
    escrow, due = escrow_name(record.first_period, bill.home), max(0, bill.amount)
    held = min(balances.locked(ctx, escrow), due)
    if held > 0:
        balances.slash(ctx, escrow, parameters.clearing, Amount(held))
    if balances.locked(ctx, escrow) > 0:
        balances.release(ctx, escrow)
    paid = max(0, min(balances.available(ctx, bill.home), due - held))
    if paid > 0:
        balances.transfer(ctx, bill.home, parameters.clearing, Amount(paid))
    return _owe(ctx, bill.home, parameters.grid, due - held - paid)


def _advance(ctx: Context, parameters: Parameters, amount: int) -> None:
    """The grid company gives what the homes did not pay in of `amount`, as far as it can."""
    short = amount - balances.balance(ctx, parameters.clearing)
    given = min(short, balances.available(ctx, parameters.grid))
    if given > 0:
        balances.transfer(ctx, parameters.grid, parameters.clearing, Amount(given))


def _pay_out(ctx: Context, parameters: Parameters, bills: Sequence[Bill]) -> dict[Address, int]:
    """Pay homes, all the same part of what they are due; what is not there the grid company owes them, which
    is returned, negative."""
    due = -sum(bill.amount for bill in bills)
    there = min(balances.balance(ctx, parameters.clearing), due)
    owed, reached = {}, 0
    for bill in bills:
        # Differences of rounded sums add up to all that is there.
        paid = there * (reached - bill.amount) // due - there * reached // due
        reached -= bill.amount
        if paid > 0:
            balances.transfer(ctx, parameters.clearing, bill.home, Amount(paid))
        owed[bill.home] = -_owe(ctx, parameters.grid, bill.home, -bill.amount - paid)
    return owed


def _owe(ctx: Context, debtor: str, creditor: str, amount: int) -> int:
    """Record a debt, up to all the money there can be; returns how much."""
    amount = min(amount, balances.ISSUED_MAX - balances.debt(ctx, debtor, creditor))
    if amount > 0:
        balances.owe(ctx, debtor, creditor, Amount(amount))
    return amount
