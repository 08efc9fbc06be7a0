"""How a day's settlement is paid, whatever happens.

All payments pass through the clearing account. A party pays from its collateral, then from its balance; what
it cannot pay the loss account advances, and the party owes it. What even that cannot advance, the loss
account owes to the creditors: an accounting always completes, and no money is made or lost.
"""

from contracts.account import balances
from contracts.context import Context
from contracts.dispatch.parameters import Parameters
from contracts.dispatch.records import bill_key
from contracts.dispatch.settlement import Bill, Settlement
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import Amount, Day


def lock_collateral(ctx: Context, parameters: Parameters, day: Day) -> None:
    """At gate closure: put into escrow what each party has of its collateral; the grid gives none."""
    for party in parameters.parties[:-1]:
        amount = Amount(min(parameters.collateral, balances.available(ctx, party)))
        if amount > 0:
            balances.lock(ctx, _escrow(day, party), party, amount)
        if amount < parameters.collateral:
            ctx.emit("collateral_short", day=day, party=party, short=parameters.collateral - amount)


def pay(ctx: Context, parameters: Parameters, day: Day, settlement: Settlement) -> None:
    """Carry out a settlement, give back what is left of the collateral, and keep everybody's bill."""
    bills = (*settlement.parks, settlement.storage, settlement.grid)
    parties = list(zip(parameters.parties, bills, strict=True))
    short = {
        party: _collect(ctx, parameters, day, party, bill.amount)
        for party, bill in parties
        if bill.amount > 0
    }
    _advance(ctx, parameters, sum(short.values()) + max(0, settlement.loss))
    for party, bill in parties:
        if bill.amount < 0:
            short[party] = _pay_out(ctx, parameters, party, Amount(-bill.amount))
        _keep_bill(ctx, day, party, bill, short.get(party, 0))
        if balances.locked(ctx, _escrow(day, party)) > 0:
            balances.release(ctx, _escrow(day, party))
    rest = balances.balance(ctx, parameters.clearing)
    if rest > 0:
        balances.transfer(ctx, parameters.clearing, parameters.loss, rest)


def _collect(ctx: Context, parameters: Parameters, day: Day, party: Address, amount: Amount) -> int:
    """Take what a party owes, from its collateral first; what it cannot pay becomes its debt and is
    returned."""
    escrow = _escrow(day, party)
    held = min(balances.locked(ctx, escrow), amount)
    if held > 0:
        balances.slash(ctx, escrow, parameters.clearing, Amount(held))
    paid = max(0, min(balances.available(ctx, party), amount - held))
    if paid > 0:
        balances.transfer(ctx, party, parameters.clearing, Amount(paid))
    short = amount - held - paid
    if short > 0:
        balances.owe(ctx, party, parameters.loss, Amount(short))
    return short


def _advance(ctx: Context, parameters: Parameters, amount: int) -> None:
    """The loss account gives what the parties did not, as far as it can."""
    given = min(amount, balances.available(ctx, parameters.loss))
    if given > 0:
        balances.transfer(ctx, parameters.loss, parameters.clearing, Amount(given))


def _pay_out(ctx: Context, parameters: Parameters, party: Address, amount: Amount) -> int:
    """Pay a party what it is owed; what is not there the loss account owes it, which is returned,
    negative."""
    paid = min(balances.balance(ctx, parameters.clearing), amount)
    if paid > 0:
        balances.transfer(ctx, parameters.clearing, party, Amount(paid))
    if amount > paid:
        balances.owe(ctx, parameters.loss, party, Amount(amount - paid))
    return paid - amount


def _keep_bill(ctx: Context, day: Day, party: Address, bill: Bill, short: int) -> None:
    """`owed` is what the party still owes (+) or is still owed (-)."""
    lines: Value = tuple((line.item, line.energy_wh, line.nano) for line in bill.lines)
    record: dict[str, Value] = {"role": bill.party, "lines": lines, "amount": bill.amount, "owed": short}
    ctx.put(bill_key(day, party), record)
    ctx.emit("billed", day=day, party=party, **record)


def _escrow(day: Day, party: Address) -> str:
    return f"dispatch/{day}/{party}"
