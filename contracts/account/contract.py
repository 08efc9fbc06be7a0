"""The account contract: what members themselves do with their money."""

from collections.abc import Mapping
from typing import Annotated, cast

from contracts.account import balances
from contracts.account.errors import NotIssuer, UnknownAccount
from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.errors import ArgumentError
from contracts.membership import members
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import Amount

Payment = Annotated[Amount, Range(1, balances.ISSUED_MAX)]
MEMO_CHARACTERS_MAX = 200


class Account(Contract):
    """Parameters of the genesis: `issuers` (addresses), `balances` (account to what it starts with), `floors`
    (account to the negative amount that it may go down to); every named account is in one of the last two."""

    name = "account"

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        ctx.put("issuers", parameters.get("issuers", ()))
        for account, amount in sorted(_amounts(parameters, "floors").items()):
            ctx.put(f"floor/{account}", amount)
        for account, amount in sorted(_amounts(parameters, "balances").items()):
            if amount != 0:
                balances.issue(ctx, account, Amount(amount))

    @action(roles=None)
    def transfer(
        self, ctx: Context, to: Address, amount: Payment, memo: Annotated[str, Length(0, MEMO_CHARACTERS_MAX)]
    ) -> None:
        """Pay another member."""
        _check_member(ctx, to)
        balances.transfer(ctx, ctx.sender, to, amount)
        ctx.emit("paid", payer=ctx.sender, payee=to, amount=amount, memo=memo)

    @action(roles=None)
    def issue(self, ctx: Context, to: Address, amount: Payment) -> None:
        """Make money for a member."""
        if ctx.sender not in cast(tuple[str, ...], ctx.get("issuers")):
            raise NotIssuer(ctx.sender)
        _check_member(ctx, to)
        balances.issue(ctx, to, amount)

    @action(roles=None)
    def repay(self, ctx: Context, creditor: Annotated[str, Length(1, 64)], amount: Payment) -> None:
        """Pay a debt that a settlement recorded, or a part of it."""
        balances.repay(ctx, ctx.sender, creditor, amount)


def _check_member(ctx: Context, address: Address) -> None:
    if not members.is_member(ctx, address):
        raise UnknownAccount(address)


def _amounts(parameters: Mapping[str, Value], name: str) -> Mapping[str, int]:
    """Account to amount: of balances none below zero, of floors none above; bounded in sum."""
    sign = -1 if name == "floors" else 1
    amounts = cast(Mapping[str, int], parameters.get(name, {}))
    for account, amount in amounts.items():
        if sign * amount < 0:
            raise ArgumentError(f"{name}.{account}", f"is {amount}, on the wrong side of zero")
    # What one may owe, another may have, on top of all that was issued: together half of the codec's range.
    total = sum(map(abs, amounts.values()))
    if total > balances.ISSUED_MAX:
        raise ArgumentError(name, f"add up to {total}, more than {balances.ISSUED_MAX}")
    return amounts
