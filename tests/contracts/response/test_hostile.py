"""Members who use their right to send transactions against the market: what they reach, and what they cannot
stop."""

from dataclasses import asdict, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.account.balances import ISSUED_MAX
from contracts.context import state_key
from contracts.membership import members
from contracts.metering.readings import ENERGY_WH_MAX, Reading
from contracts.response.events import find_bill
from contracts.response.quotes import Segment
from contracts.response.records import Phase
from ledger.codec import encode
from ledger.quantities import TxId
from ledger.stage import Stage
from tests.contracts.calls import Call
from tests.contracts.chain import address, key_of
from tests.contracts.rejections import check_random_call
from tests.contracts.response.market import METERS, OWNERS, Market, advance, market_in, quote_of
from tests.contracts.strategies import Known, arguments_for

UNDER_WAY = [
    Phase.QUOTING,
    Phase.AGREEING,
    Phase.DISPATCHING,
    Phase.SCHEDULED,
    Phase.RUNNING,
    Phase.METERING,
    Phase.ACCOUNTING,
]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_refused_changes_nothing(data: st.DataObject) -> None:
    market = market_in(data.draw(st.sampled_from(UNDER_WAY)))
    identifiers = [
        market.event.process,
        *(found for found in [market.event.dispatch] if found),
        TxId(bytes(32)),
    ]
    check_random_call(data, market.chain, ["response"], identifiers)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_whatever_members_send_the_hooks_of_the_slots_after_run(data: st.DataObject) -> None:
    """An exception in a hook would stop the chain for good."""
    market = market_in(data.draw(st.sampled_from(UNDER_WAY)))
    for _ in range(data.draw(st.integers(1, 6))):
        send_anything(data, market)
    market.chain.make_block()
    market.chain.make_block(market.chain.slot + data.draw(st.sampled_from([0, 3, 200])))
    market.chain.make_block(market.chain.slot + 200)
    assert market.money() == market.eno_balance + len(OWNERS) * market.owner_balance


def send_anything(data: st.DataObject, market: Market) -> None:
    """A transaction of somebody who may send it, about what there is."""
    actions = [(name, action) for name, of in market.chain.runtime.actions.items() for action in of.values()]
    contract, action = data.draw(st.sampled_from(actions))
    allowed = [name for name, roles in market.roles.items() if not action.roles or {*roles} & {*action.roles}]
    record = market.event
    identifiers = [found for found in (record.process, record.dispatch) if found]
    addresses = [key_of(name).address for name in market.roles]
    arguments = data.draw(arguments_for(action, Known(addresses, identifiers)))
    now = market.sight.view.period
    plausible = {
        "event": st.integers(0, 1),
        "period": st.integers(now - 4, now + 1),
        "periods": st.integers(1, 4),
        "first_period": st.integers(now, now + 60),
        "target_w": st.sampled_from([-50_000, -1, 10_000]),
    }
    arguments |= {name: data.draw(plausible[name]) for name in sorted(plausible.keys() & arguments.keys())}
    links = () if action.stage in (None, Stage.TRIGGER) else (data.draw(st.sampled_from(identifiers)),)
    sender = data.draw(st.sampled_from(allowed))
    market.chain.send(sender, contract, action.name, arguments, action.stage, links)


def test_no_sum_of_debts_can_outgrow_what_the_chain_can_write() -> None:
    """Whoever cannot pay anyway quotes so that each event leaves it the greatest penalty there is."""
    market = Market({"short_permille": 10_000}, owner_balance=0)
    market.chain.make_block()
    debts = market.chain.head.state.update(
        {
            b"account/debt/%b/%b" % (address("owner5").encode(), address("eno").encode()): encode(
                ISSUED_MAX - 5
            )
        }
    )
    market.chain.head = replace(market.chain.head, state=debts)
    market.take(market.trigger())
    dear = replace(quote_of(5, -1), segments=(Segment(0, 49_999, 0), Segment(49_999, 50_000, 10**6)))
    market.take(market.seal(5, dear))
    market.run_to(Phase.AGREEING)
    market.take(market.reveal(5, dear))
    while market.phase is not Phase.RUNNING:
        advance(market)
    market.run_to(Phase.ACCOUNTING)
    market.take(market.settle())
    found = find_bill(market.sight, 0, 5)
    assert found is not None
    assert found.payment < -5
    assert found.owed == 5
    assert market.debt_of("owner5") == ISSUED_MAX


def test_what_a_meter_tells_metering_without_verifying_it_is_not_paid_for() -> None:
    market = market_in(Phase.RUNNING)
    period = market.event.first_period
    market.chain.make_block()
    market.take(market.meter(0, period, 0))
    much = {"period": period, "reading": asdict(Reading(imported_wh=ENERGY_WH_MAX))}  # type: ignore[arg-type]
    assert market.chain.call(METERS[0], "metering", "correct", {**much, "reason": "for the money"}).ok
    market.run_to(Phase.ACCOUNTING)
    market.take(market.settle())
    found = find_bill(market.sight, 0, 0)
    assert found is not None
    assert found.delivered_wh == 0


def test_the_greatest_readings_that_can_be_settle() -> None:
    market = market_in(Phase.RUNNING)
    period = market.event.first_period
    market.chain.make_block()
    for number, field in enumerate(("imported_wh", "exported_wh")):
        reading = {**asdict(Reading()), "imported_wh": 0, "exported_wh": 0, field: ENERGY_WH_MAX}
        market.take(market.meter(number, period, reading=reading))
    market.run_to(Phase.ACCOUNTING)
    market.take(market.settle())
    bill = find_bill(market.sight, 0, 0)
    assert bill is not None
    assert bill.over_wh > ENERGY_WH_MAX // 2


@pytest.mark.parametrize("phase", UNDER_WAY)
def test_a_committee_that_was_gone_for_days_finds_every_event_over_or_to_be_settled(phase: Phase) -> None:
    market = market_in(phase)
    market.chain.make_block(market.chain.slot + 900)
    assert market.phase in (Phase.LAPSED, Phase.ACCOUNTING)
    if market.phase is Phase.ACCOUNTING:
        market.take(market.settle())
    assert market.money() == market.eno_balance + len(OWNERS) * market.owner_balance
    assert market.escrow(0) == 0


def test_nobody_can_copy_anothers_seal() -> None:
    """It is bound to its owner: whoever copies it can never reveal it."""
    market = market_in(Phase.QUOTING)
    original = market.seal(0)
    market.take_all([original, market.seal(1, commitment=original.arguments["commitment"])])
    market.run_to(Phase.AGREEING)
    stolen = Call("owner1", "reveal", {**market.reveal(0).arguments, "resource": 1})
    receipt = market.chain.call("owner1", "response", "reveal", stolen.arguments)
    assert receipt.error.startswith("ChangedQuote: ")


def test_whoever_has_the_key_of_an_operator_that_was_revoked_confirms_nothing() -> None:
    """The operator itself can send nothing any more; an owner could, for the thief."""
    market = market_in(Phase.DISPATCHING)
    stolen = replace(market.dispatch(), sender="owner0")
    head = market.chain.head
    operator = members.find_in(head.state, address("eno"))
    assert operator is not None
    record = encode(members.encode_member(replace(operator, is_revoked=True)))
    key = state_key("membership", members.member_key(address("eno")))
    market.chain.head = replace(head, state=head.state.update({key: record}))
    receipt = market.chain.call(
        "owner0", "response", "dispatch", stolen.arguments, stolen.stage, stolen.links
    )
    assert receipt.error.startswith("NotConfirmed: ")
    market.chain.head = head
    market.take(stolen)
