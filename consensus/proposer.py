"""Whose turn it is to propose; a ledger.committee.ProposerChoice."""

from ledger.committee import Committee
from ledger.quantities import Height, Round


def rotation(committee: Committee, height: Height, round: Round) -> int:
    """The committee in member order, one further at every height and every round."""
    return (height + round) % len(committee)
