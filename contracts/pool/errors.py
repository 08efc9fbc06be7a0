"""Base of this folder's errors; why an action is refused: refusals.py."""

from contracts.errors import ContractError


class PoolError(ContractError):
    """Base of everything that the pool market refuses."""
