"""What the chain does in every slot: as much as is under way, however many homes or forgotten rounds."""

from dataclasses import asdict, replace

import pytest

from contracts.community.contract import Community
from contracts.community.parameters import COMMUNITY
from contracts.context import Context, Journal
from ledger.application import Context as BlockContext
from ledger.quantities import Height, Slot
from tests.contracts.calls import Call
from tests.contracts.community.market import HOMES, LATECOMER, ROUND, Market, home

USUAL = tuple(home(name) for name in HOMES[:4])
"""With intervals of one period."""


def steps(market: Market) -> int:
    """That the next slot's hook takes."""
    head = market.chain.head
    slot = Slot(head.slot + 1)
    block = BlockContext(market.genesis, Height(head.height + 1), slot, head.hash, 1)
    journal = Journal(head.state, market.genesis.steps)
    Community().on_slot(Context(COMMUNITY, block, journal), slot)
    return journal.steps


@pytest.mark.parametrize("slots", [20, 40])
def test_it_does_not_grow_with_homes_nor_with_rounds_that_nobody_opens(slots: int) -> None:
    few, many = (Market(changes={"homes": homes}) for homes in (USUAL[:1], USUAL))
    usual = Market(changes={"homes": USUAL})
    for market, at in ((few, slots), (many, slots), (usual, 2)):
        market.run_to_slot(market.genesis.first_slot + at)
    assert steps(few) == steps(many) == steps(usual)


def test_a_home_that_moves_in_may_bring_an_interval_of_its_own() -> None:
    market = Market(changes={"homes": USUAL})
    market.take(Call("grid", "enroll", {"home": asdict(replace(home(LATECOMER), interval_periods=4))}))
    market.run_to_slot(market.genesis.slot_of(ROUND))
    assert ROUND % 4 == 0
    assert market.round.end == ROUND + 4
