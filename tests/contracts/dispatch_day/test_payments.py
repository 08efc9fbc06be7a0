"""A settlement is paid whatever the parties have: nothing is made or lost, and what is not paid is owed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.account import balances
from contracts.context import Context, Journal
from contracts.dispatch.payments import lock_collateral, pay
from contracts.dispatch.records import bill_key
from contracts.dispatch.settlement import Bill, Line, Settlement
from ledger.application import Context as BlockContext
from ledger.quantities import Amount, Height
from tests.contracts.chain import address
from tests.contracts.dispatch_day.market import CLEARING, DAY, LOSS, PARKS, Market

MARKET = Market(balance=0, loss_floor=-5_000)
PARTIES = MARKET.parameters.parties
AMOUNTS = st.integers(-3_000_000_000, 3_000_000_000)


def context() -> Context:
    chain = MARKET.chain
    journal = Journal(chain.head.state, chain.genesis.steps)
    block = BlockContext(chain.genesis, Height(1), chain.slot, chain.head.hash, 1)
    return Context("dispatch", block, journal)


def worth(ctx: Context, party: str) -> int:
    """What a party has, and is owed less what it owes."""
    held = balances.balance(ctx, party) + balances.locked(ctx, f"dispatch/{DAY}/{party}")
    return held + balances.debt(ctx, LOSS, party) - balances.debt(ctx, party, LOSS)


@settings(max_examples=150, deadline=None)
@given(
    funds=st.lists(st.integers(0, 4_000_000_000), min_size=4, max_size=4),
    nanos=st.lists(st.integers(-(10**13), 10**13), min_size=5, max_size=5),
)
def test_every_party_pays_or_owes_its_bill_and_the_sum_stays(funds: list[int], nanos: list[int]) -> None:
    ctx = context()
    for party, amount in zip(PARTIES, funds, strict=False):
        if amount:
            balances.issue(ctx, party, Amount(amount))
    accounts = (*PARTIES, CLEARING, LOSS)
    before = {party: worth(ctx, party) for party in PARTIES}
    issued = balances.issued(ctx)
    lock_collateral(ctx, MARKET.parameters, DAY)
    bills = [Bill(party, (Line("energy", 0, nano),)) for party, nano in zip(PARTIES, nanos, strict=True)]
    pay(ctx, MARKET.parameters, DAY, Settlement(tuple(bills[:3]), bills[3], bills[4]))
    for party, bill in zip(PARTIES, bills, strict=True):
        assert before[party] - worth(ctx, party) == bill.amount
        assert balances.locked(ctx, f"dispatch/{DAY}/{party}") == 0
        assert balances.balance(ctx, party) >= balances.floor(ctx, party)
        kept = ctx.get(bill_key(DAY, party))
        assert kept["amount"] == bill.amount
    assert sum(balances.balance(ctx, account) for account in accounts) == issued == balances.issued(ctx)
    assert balances.balance(ctx, CLEARING) == 0
    assert balances.balance(ctx, LOSS) >= -5_000


def test_collateral_is_what_a_party_has_if_that_is_less() -> None:
    ctx = context()
    balances.issue(ctx, address("ash"), Amount(7))
    lock_collateral(ctx, MARKET.parameters, DAY)
    assert balances.locked(ctx, f"dispatch/{DAY}/{address('ash')}") == 7
    short = [event.fields for event in ctx.journal.events if event.name == "collateral_short"]
    assert {fields["party"] for fields in short} == {address(name) for name in (*PARKS, "storage")}
