"""Every period of a home is billed, and once, whoever sleeps and whenever a home moves in."""

from collections import Counter
from dataclasses import asdict
from random import Random

import pytest

from contracts.community.agents.clerk import CommunityClerk
from contracts.community.rounds import calendar_of, find_bills, oldest_open
from crypto.address import Address
from tests.contracts.calls import Call
from tests.contracts.chain import VALIDATORS, address, key_of
from tests.contracts.community.market import HOMES, INTERVALS, LATECOMER, Market, home
from tests.contracts.hosts import Hosts

SLOTS = 30


@pytest.mark.parametrize("seed", range(8))
def test_every_period_of_a_home_is_billed_once(seed: int) -> None:
    chance = Random(seed)
    moves_in = chance.randint(1, SLOTS - 3)
    market = Market()
    hosts = Hosts(market.chain, [])
    first = dict.fromkeys(HOMES, oldest_open(market.sight))
    for slot in range(SLOTS):
        hosts.agents[:] = [CommunityClerk(key_of(chance.choice(VALIDATORS)))] * (chance.random() < 0.3)
        if slot == moves_in:
            market.send(Call("grid", "enroll", {"home": asdict(home(LATECOMER))}))
        hosts.step_slot()
        if slot == moves_in:
            first[LATECOMER] = calendar_of(market.sight).due(market.chain.head.slot) + 1
    hosts.agents[:] = [CommunityClerk(key_of(name)) for name in VALIDATORS]
    end = calendar_of(market.sight).due(market.chain.head.slot)
    while oldest_open(market.sight) < end:
        hosts.step_slot()
    for name, begin in first.items():
        size = INTERVALS.get(name, 1)
        billed = billed_periods(market, address(name), size, end)
        assert billed == Counter(range(-(-begin // size) * size, max(billed) + 1))
        assert max(billed) >= end - size


def billed_periods(market: Market, owner: Address, interval: int, end: int) -> Counter[int]:
    """How often each period before `end` is billed to a home."""
    return Counter(
        period
        for first in range(market.genesis.first_period, end)
        for bill in find_bills(market.sight, first) or ()
        if bill.home == owner
        for period in range(first, first + interval)
    )
