"""Why demand response refuses: the base of all its errors."""

from contracts.errors import ContractError


class ResponseError(ContractError):
    """Base of this folder's errors."""
