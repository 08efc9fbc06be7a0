"""An event in each of its phases, for tests that change nothing of it."""

import pytest

from contracts.response.records import Phase
from tests.contracts.response.market import (
    OWNERS,
    Market,
    market_in,
)


@pytest.fixture(scope="module")
def idle() -> Market:
    market = Market()
    for _ in range(3):
        market.chain.make_block()
    return market


@pytest.fixture(scope="module")
def quoting() -> Market:
    return market_in(Phase.QUOTING)


@pytest.fixture(scope="module")
def agreeing() -> Market:
    return market_in(Phase.AGREEING)


@pytest.fixture(scope="module")
def dispatching() -> Market:
    return market_in(Phase.DISPATCHING)


@pytest.fixture(scope="module")
def metering() -> Market:
    """Before the readings of the last period; the others came."""
    market = market_in(Phase.RUNNING)
    first = market.event.first_period
    market.chain.make_block()
    market.take_all(market.meter(number, first) for number in range(len(OWNERS)))
    return market


@pytest.fixture(scope="module")
def accounting() -> Market:
    return market_in(Phase.ACCOUNTING)
