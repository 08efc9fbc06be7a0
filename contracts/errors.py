"""Why a contract refuses a transaction.

Only these errors and ledger.tdva's LinkError fail a transaction; any other exception is a fault of ours.
"""

from collections.abc import Sequence

from crypto.address import Address


class ContractError(Exception):
    """Base of every reason for a contract to refuse: the transaction leaves its receipt and nothing else.

    Each contract derives its own from it; the message is a sentence that its sender can act on, and the
    evidence stands in attributes.
    """


class UnknownContract(ContractError):
    """The genesis names a contract that this software does not have."""

    def __init__(self, contract: str, known: Sequence[str]) -> None:
        super().__init__(
            f"genesis, contracts.{contract}: there is no such contract; known: {', '.join(known)}"
        )
        self.contract = contract
        self.known = tuple(known)


class UnknownAction(ContractError):
    """No such contract, or no such action of it."""

    def __init__(self, contract: str, action: str) -> None:
        super().__init__(f"there is no action {contract}.{action}")
        self.contract = contract
        self.action = action


class StageMismatch(ContractError):
    """The transaction names another TDVA stage than the action belongs to."""

    def __init__(self, action: str, expected: str | None, got: str | None) -> None:
        super().__init__(
            f"{action} belongs to stage {expected or 'none'}, and the transaction says {got or 'none'}"
        )
        self.action = action
        self.expected = expected
        self.got = got


class NotAllowed(ContractError):
    """The sender has none of the roles that may do this."""

    def __init__(self, sender: Address, action: str, roles: Sequence[str]) -> None:
        super().__init__(f"{sender} may not {action}; it takes the role {' or '.join(roles) or 'of nobody'}")
        self.sender = sender
        self.action = action
        self.roles = tuple(roles)


class CertificateRevoked(ContractError):
    """The sender's certificate is revoked: it keeps its seat until it is replaced, and nothing else."""

    def __init__(self, sender: Address) -> None:
        super().__init__(
            f"the certificate of {sender} is revoked; until it is replaced it governs, and no more"
        )
        self.sender = sender


class ArgumentError(ContractError):
    """An argument is missing, unknown, of the wrong type, or outside its bounds."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"argument {field}: {reason}")
        self.field = field
        self.reason = reason


class StepsExceeded(ContractError):
    """The transaction would take more steps than one may."""

    def __init__(self, steps: int, limit: int) -> None:
        super().__init__(f"it takes at least {steps} steps, and {limit} is the limit")
        self.steps = steps
        self.limit = limit
