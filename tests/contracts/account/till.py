"""A contract that moves money as markets do: escrow, slashing, debts."""

from typing import Annotated

from contracts.account import balances
from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.contract import Contract, action
from crypto.address import Address
from ledger.quantities import Amount

Name = Annotated[str, Length(1, 8)]
Sum = Annotated[Amount, Range(1, 2**62)]


class Till(Contract):
    name = "till"

    @action(roles=None)
    def lock(self, ctx: Context, escrow: Name, amount: Sum) -> None:
        balances.lock(ctx, escrow, ctx.sender, amount)

    @action(roles=None)
    def release(self, ctx: Context, escrow: Name) -> None:
        balances.release(ctx, escrow)

    @action(roles=None)
    def slash(self, ctx: Context, escrow: Name, to: Address, amount: Sum) -> None:
        balances.slash(ctx, escrow, to, amount)

    @action(roles=None)
    def owe(self, ctx: Context, creditor: Address, amount: Sum) -> None:
        balances.owe(ctx, ctx.sender, creditor, amount)

    @action(roles=None)
    def clear(self, ctx: Context, to: Address, amount: Sum) -> None:
        """Pay from the market's account, which may go below zero; of odd amounts, fail afterwards."""
        balances.transfer(ctx, "clearing", to, amount)
        if amount % 2:
            balances.transfer(ctx, to, "clearing", Amount(2**62))
