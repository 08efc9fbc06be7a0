"""The table of a day's process, the market's parameters, and that what is refused changes nothing."""

from dataclasses import asdict, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.dispatch.accounting import STEPS_A_READING
from contracts.dispatch.agents.plant import follow
from contracts.dispatch.contract import Dispatch
from contracts.dispatch.control import command
from contracts.dispatch.errors import ProblemError
from contracts.dispatch.model import Tariff
from contracts.dispatch.parameters import read_parameters
from contracts.dispatch.process import TRANSITIONS, Happening
from contracts.dispatch.records import Phase
from contracts.dispatch.refusals import UnfitParameters
from contracts.errors import ArgumentError
from contracts.membership.contract import Membership
from ledger.genesis import Limits
from ledger.quantities import PowerW, TxId
from tests.contracts.chain import address, new_chain
from tests.contracts.dispatch_day.market import END, FIRST, STORAGE, market_at, parameters_for
from tests.contracts.rejections import check_random_call


def test_every_phase_is_reached_and_only_the_last_two_are_ends() -> None:
    reached = {Phase.DUE} | set(TRANSITIONS.values())
    assert reached == set(Phase)
    ends = {phase for phase in Phase if not any(before is phase for before, _ in TRANSITIONS)}
    assert ends == {Phase.SETTLED, Phase.LAPSED}


def test_a_trigger_never_leads_back_before_the_gate() -> None:
    after_gate = {Phase.CLOSED, Phase.RUNNING}
    for phase in after_gate:
        assert TRANSITIONS[phase, Happening.TRIGGERED] is phase


def test_parameters_survive_the_genesis() -> None:
    parameters = parameters_for("pooled")
    assert read_parameters(asdict(parameters)) == parameters


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": "free"}, "model"),
        ({"gate_period": 80}, "gate_period"),
        ({"initial_charge_wh": 2_000_000}, "initial_charge_wh"),
        ({"storage_meter": address("ash-meter")}, "parks"),
        ({"provider": address("grid")}, "parks"),
        ({"loss": "dispatch/clearing"}, "loss"),
        ({"forecast_wh_max": 10**10}, "forecast_wh_max"),
        ({"tariff": Tariff((1, 2), (1,))}, "tariff"),
    ],
)
def test_unfit_parameters_are_refused_by_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(UnfitParameters) as refused:
        replace(parameters_for("pooled"), **changes)
    assert refused.value.field == field


def test_a_genesis_with_a_typo_or_too_few_prices_is_refused() -> None:
    good = asdict(parameters_for("pooled"))
    with pytest.raises(ArgumentError, match=r"dispatch\.gate_perod"):
        read_parameters({**good, "gate_perod": 3})
    with pytest.raises(ArgumentError, match=r"dispatch\.windows\.deal_slots"):
        read_parameters({**good, "windows": {**good["windows"], "deal_slots": 0}})
    storage = {**good["storage"], "charge_efficiency": {"numerator": 21, "denominator": 20}}
    with pytest.raises(ProblemError, match="efficiency"):
        read_parameters({**good, "storage": storage})
    few = {**good, "tariff": {"buy_ukwh": (1,) * 24, "sell_ukwh": (1,) * 24}}
    with pytest.raises(UnfitParameters, match="96 periods"):
        new_chain([Membership(), Dispatch()], {"dispatch": few})


def test_a_market_whose_days_no_block_could_settle_is_refused() -> None:
    good = {"dispatch": asdict(parameters_for("pooled"))}
    needed = STEPS_A_READING * 5 * 96
    with pytest.raises(UnfitParameters, match=f"{needed} steps"):
        new_chain([Membership(), Dispatch()], good, limits=Limits(block_steps=4 * needed - 4))


def test_settling_takes_no_more_steps_than_a_genesis_is_checked_for() -> None:
    receipts = [receipt for block in market_at(END + 12).chain.blocks for receipt in block.receipts]
    (settled,) = [r for r in receipts if "settled" in [event.name for event in r.events]]
    assert settled.steps <= STEPS_A_READING * 5 * 96


def test_control_commands_follow_the_sign_of_the_power() -> None:
    assert [command(PowerW(power_w)) for power_w in (400_000, 0, -250_000)] == ["charge", "idle", "discharge"]


@given(charge=st.integers(0, 1_000_000 * 380), told_wh=st.integers(-300_000, 300_000))
def test_the_simulated_battery_keeps_its_power_and_never_moves_further_out_of_bounds(
    charge: int, told_wh: int
) -> None:
    flow = follow(STORAGE, charge, told_wh, 900)
    assert abs(flow.net_wh) <= min(abs(told_wh), 100_000)
    assert flow.net_wh * told_wh >= 0
    assert flow.charge == charge + 361 * flow.charged_wh - 400 * flow.discharged_wh
    assert min(charge, STORAGE.lowest) <= flow.charge <= max(charge, STORAGE.highest)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_refused_changes_nothing(data: st.DataObject) -> None:
    market = market_at(FIRST + 20)
    identifiers = [TxId(market.day.process or b""), TxId(market.day.standing or b""), TxId(bytes(32))]
    check_random_call(data, market.chain, ["dispatch"], identifiers)
