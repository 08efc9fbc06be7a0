"""Why money does not move."""

from contracts.errors import ContractError
from ledger.quantities import Amount


class AccountError(ContractError):
    """Base of the errors about money."""


class InsufficientBalance(AccountError):
    """An account would fall below its floor, which is zero unless the genesis says otherwise."""

    def __init__(self, account: str, balance: Amount, floor: Amount, amount: Amount) -> None:
        super().__init__(f"{account} has {balance} and may not go below {floor}: it cannot give {amount}")
        self.account = account
        self.balance = balance
        self.floor = floor
        self.amount = amount


class UnknownAccount(AccountError):
    """Nobody is known under this name, so that money sent there would be lost."""

    def __init__(self, account: str) -> None:
        super().__init__(f"{account} is neither a member nor an account that the genesis names")
        self.account = account


class NotIssuer(AccountError):
    """Money is made by the issuers that the genesis names, and by nobody else."""

    def __init__(self, sender: str) -> None:
        super().__init__(f"{sender} is not one of the issuers named in the genesis")
        self.sender = sender


class IssueLimit(AccountError):
    """More money than amounts can hold."""

    def __init__(self, issued: Amount, amount: Amount, limit: int) -> None:
        super().__init__(f"{issued} was issued, and {amount} more would pass the limit of {limit}")
        self.issued = issued
        self.amount = amount
        self.limit = limit


class NoEscrow(AccountError):
    """No money is held under this name."""

    def __init__(self, escrow: str) -> None:
        super().__init__(f"there is no escrow {escrow}")
        self.escrow = escrow


class EscrowExists(AccountError):
    """Money is held under this name already."""

    def __init__(self, escrow: str) -> None:
        super().__init__(f"there is an escrow {escrow} already")
        self.escrow = escrow


class EscrowTooSmall(AccountError):
    """More was asked of an escrow than it holds."""

    def __init__(self, escrow: str, held: Amount, amount: Amount) -> None:
        super().__init__(f"escrow {escrow} holds {held}, less than {amount}")
        self.escrow = escrow
        self.held = held
        self.amount = amount


class NoDebt(AccountError):
    """Nothing, or less than was offered, is owed."""

    def __init__(self, debtor: str, creditor: str, owed: Amount, amount: Amount) -> None:
        super().__init__(f"{debtor} owes {creditor} {owed}, and cannot repay {amount}")
        self.debtor = debtor
        self.creditor = creditor
        self.owed = owed
        self.amount = amount
