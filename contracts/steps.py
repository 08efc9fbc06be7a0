"""The work that contracts do, by kind, and what it costs: steps, each about a microsecond of one core.

The genesis fixes the table; contracts charge before they work, so that the budget stops what is too much.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger.genesis import Limits

TRANSACTIONS_A_BLOCK_MIN: Final = 4
"""One transaction may take this part of a block's steps at most, so that nobody fills a block with one."""

DEFAULT_STEPS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "transaction": 150,  # decoding, signature, sequence, receipt
        "read": 5,  # a value of the state, decoded
        "write": 50,  # a value of the state, encoded, stored and hashed into the tree
        "kilobyte": 20,  # each full kilobyte of a transaction or of a value read or written
        "event": 10,
        "item": 1,  # one turn of a loop over arguments or records
        "point": 150,  # a curve point decoded or added
        "multiply": 1_200,  # a scalar times a curve point
        "term": 130,  # one term of a vector commitment, beyond the one multiplication that it takes besides
        "decrypt": 100,  # one ECIES ciphertext
    }
)


def transaction_steps_max(limits: Limits) -> int:
    """What one transaction may take of a block."""
    return limits.block_steps // TRANSACTIONS_A_BLOCK_MIN
