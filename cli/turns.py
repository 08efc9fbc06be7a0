"""Who proposed how often, and how often it would be by the weights that were in force."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from cli.describe import Names
from contracts.proposers.parameters import PROPOSERS, read_parameters
from ledger.quantities import Height
from ledger.store import Store

PERCENT = 100

Weights = Mapping[str, int]
"""By address, of all who have a seat."""


@dataclass(frozen=True, slots=True)
class TurnsTaken:
    """One member's part in the blocks of a chain."""

    member: str
    proposals: int
    expected: float
    """The sum, over the heights at which it had a seat, of its share of the weights."""
    share: float
    """Of the proposals, in percent."""
    weight: int
    """At the last height: watt-hours, or 1 where members take turns; 0 without a seat."""


def turns_taken(store: Store) -> list[TurnsTaken]:
    """All who ever had a seat, by name."""
    proposals: Counter[str] = Counter()
    expected: dict[str, float] = {}
    weights: Weights = {}
    for height, weights in weights_by_height(store):
        total = sum(weights.values())
        for address, weight in weights.items():
            expected[address] = expected.get(address, 0) + weight / total
        proposals[store.block(height).header.proposer] += 1
    names, blocks = Names(store.genesis, store.head.state), max(proposals.total(), 1)
    rows = [
        TurnsTaken(
            member=names[address],
            proposals=proposals[address],
            expected=of_weight,
            share=PERCENT * proposals[address] / blocks,
            weight=weights.get(address, 0),
        )
        for address, of_weight in expected.items()
    ]
    return sorted(rows, key=lambda row: row.member)


def weights_by_height(store: Store) -> Iterator[tuple[Height, Weights]]:
    """The weights in force, as the chain's events told; not of the first heights above a snapshot."""
    by_energy = store.genesis.contracts.get(PROPOSERS)
    parameters = read_parameters(by_energy) if by_energy is not None else None
    known: dict[int, Weights] = {} if store.base else {0: {}}
    for height in map(Height, range(store.base + 1, store.head.height + 1)):
        seated = [validator.address for validator in store.committee(height).validators]
        if parameters is None:
            yield height, dict.fromkeys(seated, 1)
            continue
        weighed = known.get(parameters.epoch(height))
        if weighed is not None:
            yield height, {address: weighed.get(address, parameters.floor_wh) for address in seated}
        known.update(weighed_in(store, height))


def weighed_in(store: Store, height: Height) -> Mapping[int, Weights]:
    """The weights that a block told, by the epoch in which they hold."""
    _, told = store.receipts(height)
    fields = [event.fields for event in told if event.contract == PROPOSERS]
    return {cast(int, each["epoch"]): cast(Weights, each["weights"]) for each in fields}
