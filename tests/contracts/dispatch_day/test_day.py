"""A whole energy day on measured profiles, in both models: planned, controlled, metered, settled."""

from itertools import pairwise

import pytest

from contracts.dispatch.agents.sources import ParkEnergy
from contracts.dispatch.costs import alone_cost
from contracts.dispatch.model import Site, Tariff
from contracts.dispatch.records import (
    Phase,
    absent_key,
    acknowledged_key,
    anomalies_key,
    bill_key,
    confirmed_key,
    decode_schedule,
    decode_trade,
    result_key,
    schedule_key,
    settlement_key,
    trade_key,
    verifications_key,
)
from contracts.metering.readings import Reading
from contracts.sharing.records import opened_key, round_id
from crypto.address import Address
from ledger import merkle
from ledger.quantities import Period
from ledger.stage import Stage
from studies.energy_source import ProfileSource
from studies.profiles import load_profiles
from tests.contracts.chain import address
from tests.contracts.dispatch_day.market import CLEARING, DAY, END, FIRST, LOSS, PARKS, PROFILES, Market

PERIODS = range(FIRST, END)


@pytest.fixture(scope="module", params=["pooled", "paper"])
def market(request: pytest.FixtureRequest) -> Market:
    """A market after a day that nothing disturbed."""
    ran = Market(request.param)
    ran.run_to(END + 12)
    return ran


def reading(market: Market, meter: str, period: int) -> Reading:
    found = market.sight.reading(address(meter), Period(period))
    assert found is not None
    return found


def test_the_day_is_settled(market: Market) -> None:
    assert market.day.phase is Phase.SETTLED
    assert market.get(settlement_key(DAY))["accounting"]
    assert not market.day.idle_reason
    assert not market.debts()
    assert market.failures() == []


def test_the_plan_is_certified_and_stood_before_the_day(market: Market) -> None:
    (segment,) = market.day.segments
    plan = market.plan(segment.revision)
    assert segment.first_period == plan.first_period == FIRST
    assert plan.is_proven
    assert plan.bound_nano <= plan.cost_nano
    assert plan.cost_nano - plan.bound_nano <= market.parameters.gap.allowed(plan.cost_nano)


def test_every_balance_changes_by_its_bill_and_the_sum_by_nothing(market: Market) -> None:
    before, after = Market(market.model).balances(), market.balances()
    bills = {party: market.get(bill_key(DAY, party)) for party in market.parameters.parties}
    loss = market.get(settlement_key(DAY))["loss"]
    assert sum(after.values()) == sum(before.values())
    for party, bill in bills.items():
        assert before[party] - after[party] == bill["amount"], party
        nano = sum(nano for _, _, nano in bill["lines"])
        assert abs(1_000 * bill["amount"] - nano) <= 500
    assert after[CLEARING] == 0
    assert before[LOSS] - after[LOSS] == loss == -sum(bill["amount"] for bill in bills.values())


def test_collateral_is_in_escrow_from_gate_to_settlement(market: Market) -> None:
    locked = [event for event in market.seen("locked", "account") if str(DAY) in event["escrow"]]
    assert len(locked) == len(PARKS) + 1
    assert all(event["amount"] == market.parameters.collateral for event in locked)
    assert market.chain.get("account", f"escrow/dispatch/{DAY}/{address('ash')}") is None


def test_control_signals_are_issued_acknowledged_and_carried_out(market: Market) -> None:
    schedule = decode_schedule(market.get(schedule_key(DAY, 1)))
    assert schedule.issued < market.chain.genesis.slot_of(FIRST)
    assert len(schedule.power_w) == len(PERIODS)
    assert max(schedule.power_w) > 0 > min(schedule.power_w)
    acknowledged = market.get(acknowledged_key(DAY, 1))
    assert schedule.issued < acknowledged <= schedule.answer_until
    tolerance_w = 4 * market.parameters.tolerance_wh
    for period, told_w in zip(PERIODS, schedule.power_w, strict=True):
        power_w, available_w, status = market.get(result_key(period))
        assert abs(power_w - told_w) <= tolerance_w
        assert (available_w, status) == (market.parameters.storage.power_w, "ok")
    executed = [event for event in market.seen("execute") if event["day"] == DAY]
    assert [event["period"] for event in executed] == [*PERIODS]
    assert tuple(event["power_w"] for event in executed) == schedule.power_w


def test_purchase_and_sale_contracts_are_made_and_confirmed_by_both_parties(market: Market) -> None:
    count = len(PARKS) + 1 if market.model == "pooled" else 2 * len(PARKS) + 1
    trades = [decode_trade(market.get(trade_key(DAY, 1, number))) for number in range(count)]
    assert market.get(trade_key(DAY, 1, count)) is None
    for trade in trades:
        for party in (trade.buyer, trade.seller):
            assert market.get(confirmed_key(DAY, 1, party)) is not None
        if not trade.commitment:
            assert len(trade.purchase_wh) == len(trade.sale_wh) == len(PERIODS)
            nano = sum(map(int.__mul__, trade.purchase_wh, trade.purchase_ukwh))
            nano -= sum(map(int.__mul__, trade.sale_wh, trade.sale_ukwh))
            assert abs(1_000 * trade.cost - nano) <= 500
    assert not market.seen("unanswered")


def test_every_meter_verified_every_period_and_the_accounting_names_them_all(market: Market) -> None:
    verified = [
        transaction.tx_id
        for block in market.chain.blocks
        for transaction, receipt in zip(block.transactions, block.receipts, strict=True)
        if transaction.stage is Stage.VERIFICATION
        and receipt.ok
        and transaction.arguments["period"] in PERIODS
    ]
    assert len(verified) == len(market.parameters.meters) * len(PERIODS)
    assert market.get(verifications_key(DAY)) == merkle.root(verified)
    assert all(market.get(absent_key(period)) is None for period in PERIODS)
    assert all(market.get(anomalies_key(period)) is None for period in PERIODS)


def test_energy_balances_in_every_period(market: Market) -> None:
    for period in PERIODS:
        flows = 0
        for park in PARKS:
            seen = reading(market, f"{park}-meter", period)
            assert (seen.generated_wh or 0) + (seen.imported_wh or 0) == (seen.consumed_wh or 0) + (
                seen.exported_wh or 0
            )
            flows += (seen.imported_wh or 0) - (seen.exported_wh or 0)
        storage, bus = reading(market, "storage-meter", period), reading(market, "bus-meter", period)
        flows += (storage.charged_wh or 0) - (storage.discharged_wh or 0)
        assert flows == (bus.imported_wh or 0) - (bus.exported_wh or 0)


def test_the_storage_stays_in_bounds_and_ends_as_it_began(market: Market) -> None:
    charges = [reading(market, "storage-meter", period).state_of_charge_wh or 0 for period in PERIODS]
    assert min(charges) >= 100_000 - 1
    assert max(charges) <= 900_000
    if market.model == "pooled":
        assert abs(charges[-1] - market.parameters.initial_charge_wh) <= 2


def test_only_what_was_agreed_was_opened(market: Market) -> None:
    process = market.day.process
    assert process is not None
    identifier = round_id(process, 0)
    opened_each = [market.chain.get("sharing", opened_key(identifier, address(park))) for park in PARKS]
    opened_sum = market.chain.get("sharing", opened_key(identifier))
    if market.model == "pooled":
        assert opened_sum is not None
        assert opened_each == [None] * len(PARKS)
    else:
        assert opened_sum is None
        assert None not in opened_each


def test_phases_follow_each_other(market: Market) -> None:
    moves = [event for event in market.seen("phase") if event["day"] == DAY]
    assert all(one["after"] == other["before"] for one, other in pairwise(moves))
    assert [moves[0]["before"], *(move["after"] for move in moves)] == [
        "due", "forecasting", "planning", "closed", "running", "metering", "declaring", "settled",
    ]  # fmt: skip


def test_the_next_day_is_planned_meanwhile(market: Market) -> None:
    assert [event["day"] for event in market.seen("plan_stands")] == [DAY, DAY + 1]


def test_replayed_from_genesis_the_state_is_the_same(market: Market) -> None:
    assert market.chain.replay().state.root == market.chain.head.state.root


def test_whoever_meets_its_forecast_pays_no_more_than_alone() -> None:
    profiles = load_profiles()

    class AsForecast(ProfileSource):
        def metered(self, park: Address, period: Period) -> ParkEnergy | None:
            return self.forecast(park, period, 0)

    market = Market("pooled", AsForecast(profiles, PROFILES))
    market.run_to(END + 12)
    tariff: Tariff = market.parameters.tariff
    for park, profile in PARKS.items():
        curve = profiles.park(profile).forecast
        site = Site(curve.net_wh, curve.renewable_wh, 1_500_000 // 4, 1_500_000 // 4, 0, 0)
        bill = market.get(bill_key(DAY, address(park)))
        assert 1_000 * bill["amount"] <= alone_cost(site, tariff) + 500
