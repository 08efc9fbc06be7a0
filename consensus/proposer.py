"""Whose turn it is to propose; a ledger.application.ProposerOrder."""

from ledger.committee import Committee
from ledger.overlay import Reader
from ledger.quantities import Height


def rotation(_state: Reader, committee: Committee, height: Height) -> tuple[int, ...]:
    """The committee in member order, one further at every height."""
    members = len(committee)
    return tuple([(height + ahead) % members for ahead in range(members)])
