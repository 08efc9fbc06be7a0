"""Money, as every contract moves it: balances, escrows and debts.

Every movement is one amount from one named account to another, so that balances and escrows always add up to
what was issued. An account is a member's address, or a name that the genesis gives to a purpose of the market
(such as its clearing account). Functions take any contract's context; amounts are positive, and what raises
AccountError has moved nothing.
"""

from typing import cast

from contracts.account.errors import (
    EscrowExists,
    EscrowTooSmall,
    InsufficientBalance,
    IssueLimit,
    NoDebt,
    NoEscrow,
)
from contracts.context import Context
from ledger.quantities import Amount

ISSUED_MAX = 2**62
"""Bounds what is issued, and what floors let accounts owe besides, so that no balance passes twice this:
every one stays within the codec's integers."""


def balance(ctx: Context, account: str) -> Amount:
    """What `account` has; negative only down to its floor."""
    return _amount(ctx.scope("account"), f"balance/{account}")


def floor(ctx: Context, account: str) -> Amount:
    """How far `account` may fall: zero, or the negative amount that the genesis gives it."""
    return _amount(ctx.scope("account"), f"floor/{account}")


def issued(ctx: Context) -> Amount:
    """All the money there is: the sum of the balances and escrows."""
    return _amount(ctx.scope("account"), "issued")


def available(ctx: Context, account: str) -> Amount:
    """What `account` can give before it reaches its floor."""
    return Amount(balance(ctx, account) - floor(ctx, account))


def issue(ctx: Context, account: str, amount: Amount) -> None:
    """Make money. The caller has checked who asks. Raises IssueLimit."""
    _check_positive(amount)
    total = issued(ctx)
    if total + amount > ISSUED_MAX:
        raise IssueLimit(total, amount, ISSUED_MAX)
    ctx.scope("account").put("issued", total + amount)
    _credit(ctx, account, amount)
    ctx.scope("account").emit("issued", account=account, amount=amount)


def transfer(ctx: Context, payer: str, payee: str, amount: Amount) -> None:
    """Move `amount` from `payer` to `payee`. Raises InsufficientBalance."""
    _debit(ctx, payer, amount)
    _credit(ctx, payee, amount)
    ctx.scope("account").emit("transferred", payer=payer, payee=payee, amount=amount)


def lock(ctx: Context, escrow: str, owner: str, amount: Amount) -> None:
    """Hold `amount` of `owner` under the name `escrow`. Raises EscrowExists, InsufficientBalance."""
    account = ctx.scope("account")
    if account.get(f"escrow/{escrow}") is not None:
        raise EscrowExists(escrow)
    _debit(ctx, owner, amount)
    account.put(f"escrow/{escrow}", (owner, amount))
    account.emit("locked", escrow=escrow, owner=owner, amount=amount)


def locked(ctx: Context, escrow: str) -> Amount:
    """What is held under `escrow`: zero if there is none."""
    value = ctx.scope("account").get(f"escrow/{escrow}")
    return Amount(0) if value is None else cast(tuple[str, Amount], value)[1]


def release(ctx: Context, escrow: str) -> Amount:
    """Give the rest of an escrow back to its owner; returns how much that was. Raises NoEscrow."""
    owner, held = _escrow(ctx, escrow)
    _take(ctx, escrow, owner, held, held)
    _credit(ctx, owner, held)
    ctx.scope("account").emit("released", escrow=escrow, owner=owner, amount=held)
    return held


def slash(ctx: Context, escrow: str, payee: str, amount: Amount) -> None:
    """Give `amount` of an escrow to somebody else than its owner. Raises NoEscrow, EscrowTooSmall."""
    _check_positive(amount)
    owner, held = _escrow(ctx, escrow)
    if amount > held:
        raise EscrowTooSmall(escrow, held, amount)
    _take(ctx, escrow, owner, held, amount)
    _credit(ctx, payee, amount)
    ctx.scope("account").emit("slashed", escrow=escrow, owner=owner, payee=payee, amount=amount)


def debt(ctx: Context, debtor: str, creditor: str) -> Amount:
    """What `debtor` owes `creditor`."""
    return _amount(ctx.scope("account"), f"debt/{debtor}/{creditor}")


def owe(ctx: Context, debtor: str, creditor: str, amount: Amount) -> None:
    """Record that `debtor` owes `creditor` so much more. No money moves."""
    _check_positive(amount)
    total = debt(ctx, debtor, creditor) + amount
    ctx.scope("account").put(f"debt/{debtor}/{creditor}", total)
    ctx.scope("account").emit("owed", debtor=debtor, creditor=creditor, amount=amount, total=total)


def repay(ctx: Context, debtor: str, creditor: str, amount: Amount) -> None:
    """Pay a debt, or a part of it. Raises NoDebt, InsufficientBalance."""
    owed = debt(ctx, debtor, creditor)
    if amount > owed:
        raise NoDebt(debtor, creditor, owed, amount)
    transfer(ctx, debtor, creditor, amount)
    _keep(ctx.scope("account"), f"debt/{debtor}/{creditor}", owed - amount)
    ctx.scope("account").emit("repaid", debtor=debtor, creditor=creditor, amount=amount, total=owed - amount)


def _debit(ctx: Context, account: str, amount: Amount) -> None:
    _check_positive(amount)
    held, least = balance(ctx, account), floor(ctx, account)
    if held - amount < least:
        raise InsufficientBalance(account, held, least, amount)
    _keep(ctx.scope("account"), f"balance/{account}", held - amount)


def _credit(ctx: Context, account: str, amount: Amount) -> None:
    _keep(ctx.scope("account"), f"balance/{account}", balance(ctx, account) + amount)


def _escrow(ctx: Context, escrow: str) -> tuple[str, Amount]:
    value = ctx.scope("account").get(f"escrow/{escrow}")
    if value is None:
        raise NoEscrow(escrow)
    return cast(tuple[str, Amount], value)


def _take(ctx: Context, escrow: str, owner: str, held: Amount, amount: Amount) -> None:
    account = ctx.scope("account")
    if amount == held:
        account.delete(f"escrow/{escrow}")
    else:
        account.put(f"escrow/{escrow}", (owner, held - amount))


def _amount(account: Context, key: str) -> Amount:
    return Amount(cast(int, account.get(key) or 0))


def _keep(account: Context, key: str, amount: int) -> None:
    # Zero is nothing, so that an emptied account leaves no trace in the state.
    if amount == 0:
        account.delete(key)
    else:
        account.put(key, amount)


def _check_positive(amount: int) -> None:
    # Contracts compute the amounts they move; one below one is their fault, not the sender's.
    if amount < 1:
        raise ValueError(f"only a positive amount can move, not {amount}")
