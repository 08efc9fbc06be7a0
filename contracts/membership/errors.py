"""What can be wrong about a member."""

from contracts.errors import ContractError


class UnknownMember(ContractError):
    """No member has this address."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is not a member")
        self.address = address


class UnfitKey(ContractError):
    """An encryption key that is not a point of P-256, or that signs too."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"that encryption key cannot be taken: {reason}")
        self.reason = reason
