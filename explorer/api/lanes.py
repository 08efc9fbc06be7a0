"""The transactions of a process with their arguments, which are read from the chain."""

import json
from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby
from typing import Any, Final

from explorer.api.documents import plain
from explorer.api.models.lists import Step
from explorer.index.queries.transactions import Transaction as Indexed
from ledger.stored import StoredChain
from ledger.transaction import Transaction

ARGUMENTS_CHARS_MAX: Final = 4_096
"""Of JSON, of one transaction; what is more is left to /transactions/{tx_id}."""


def steps(chain: StoredChain, lanes: Mapping[str, Sequence[Indexed]]) -> dict[str, list[Step]]:
    """The lanes as they are shown; blocks are read once, one by one. Raises NotStored or StoreCorrupt."""
    items = sorted((item for lane in lanes.values() for item in lane), key=_height)
    shown: dict[bytes, Step] = {}
    for height, of_block in groupby(items, key=_height):
        raws = chain.block(height).transactions
        for item in of_block:
            transaction = Transaction.decode(raws[item.position], chain.genesis.limits)
            shown[item.tx_id] = step(item, transaction)
    return {stage: [shown[item.tx_id] for item in lane] for stage, lane in lanes.items()}


def step(item: Indexed, transaction: Transaction) -> Step:
    """A transaction of a process."""
    arguments, elided = _small(plain(transaction.arguments))
    return Step(
        tx_id=item.tx_id.hex(),
        height=item.height,
        position=item.position,
        time_ms=item.time_ms,
        action=item.action,
        sender=item.sender,
        ok=item.ok,
        error=item.error,
        links=[link.hex() for link in transaction.links],
        arguments=arguments,
        elided=elided,
    )


def _height(item: Indexed) -> int:
    return item.height


def _small(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The arguments that there is room for, the smallest first, and the names of the others."""
    sizes = {name: len(json.dumps(value)) for name, value in arguments.items()}
    by_size = sorted(sizes, key=sizes.__getitem__)
    fitting = sum(end <= ARGUMENTS_CHARS_MAX for end in accumulate(sizes[name] for name in by_size))
    large = by_size[fitting:]
    return {name: value for name, value in arguments.items() if name not in large}, large
