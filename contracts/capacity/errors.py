"""Why the market of capacity rights refuses: the base of all its errors."""

from contracts.errors import ContractError


class CapacityError(ContractError):
    """Base of this folder's errors."""
