"""Whatever is sent in whatever phase is taken, or refused by name with nothing changed; nothing raises."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.capacity.parameters import CAPACITY
from contracts.capacity.records import Phase
from ledger.quantities import TxId
from tests.contracts.capacity.market import Market
from tests.contracts.rejections import check_random_call

PHASES = [phase for phase in Phase if phase not in (Phase.LAPSED,)]


@cache
def market_in(phase: Phase) -> Market:
    """The usual window, in a phase; nobody goes on with it."""
    market = Market()
    if phase is Phase.SEALING:
        market.take(market.open())
    elif phase is Phase.REVEALING:
        market.to_revealing()
    elif phase is Phase.CLEARING:
        market.to_clearing()
    elif phase is Phase.DEPOSITING:
        market.to_depositing()
    elif phase is Phase.PAYING:
        market.to_paying()
    else:
        market.to_holding()
        if phase is Phase.SETTLED:
            market.finish({"ash": [625] * 4, "beech": [500] * 4})
    market.run_until(phase)
    return market


@pytest.mark.parametrize("phase", PHASES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_random_calls_are_refused_by_name_or_taken(phase: Phase, data: st.DataObject) -> None:
    market = market_in(phase)
    record = market.window()
    known = [record.process, *market.standing(), TxId(bytes(32))]
    check_random_call(data, market.chain, [CAPACITY], known)
