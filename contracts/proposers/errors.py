"""What can be wrong about the parameters of proof of energy."""

from contracts.errors import ContractError


class UnfitProposers(ContractError):
    """A parameter of the genesis that does not fit the others, or the chain."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"genesis, contracts.proposers.{field}: {reason}")
        self.field = field
        self.reason = reason
