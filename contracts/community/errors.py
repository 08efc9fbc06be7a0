"""Base of this folder's errors; why an action is refused: refusals.py."""

from contracts.errors import ContractError


class CommunityError(ContractError):
    """Base of everything that the community market refuses."""
