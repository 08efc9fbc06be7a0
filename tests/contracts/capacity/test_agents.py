"""Everybody's agents on one chain: windows are opened, traded, delivered and settled by themselves."""

from dataclasses import dataclass, field
from typing import Any

from contracts.agent import Agent, View
from contracts.capacity.agents.clerk import CapacityClerk
from contracts.capacity.agents.envelope import opening, sealing
from contracts.capacity.agents.meter import CapacityMeter
from contracts.capacity.agents.sight import Sight
from contracts.capacity.agents.sources import Ask, Want, WindowPlan
from contracts.capacity.agents.trader import CapacityTrader
from contracts.capacity.bids import Side
from contracts.capacity.clearing import Step
from contracts.capacity.parameters import Deadlines
from contracts.capacity.records import Phase, Right, WindowRecord
from contracts.capacity.windows import count_windows, find_final
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh, Period, PriceUkwh
from tests.contracts.capacity.market import BALANCE, BUYERS, FIRST, PERIODS, SELLERS, USUAL, Market
from tests.contracts.chain import FIRST_PERIOD, FIRST_SLOT, VALIDATORS, key_of
from tests.contracts.hosts import Hosts

DEADLINES = Deadlines(
    seal_slots=5, reveal_slots=5, clear_slots=7, deposit_slots=4, pay_slots=4, reading_slots=3
)
END_SLOT = FIRST_SLOT + FIRST + PERIODS - FIRST_PERIOD


def schedule(_view: View) -> tuple[WindowPlan, ...]:
    return (WindowPlan(Period(FIRST), PERIODS), WindowPlan(Period(FIRST + PERIODS), PERIODS))


def bidding(name: str, bids: Any = USUAL) -> Any:
    """What somebody bids: the usual, and only in windows that begin with the first."""

    def bid(_view: View, record: WindowRecord) -> Ask | Want | None:
        if record.first_period != FIRST:
            return None
        given = bids[name]
        if given.side is Side.SELL:
            return Ask(given.device, given.curve)
        return Want(EnergyWh(given.bound_wh), given.curve)

    return bid


def calling(_view: View, record: WindowRecord, right: Right) -> tuple[EnergyWh, ...]:
    """A quarter in the first period, no more."""
    return (EnergyWh(right.quantity_wh // 4), *[EnergyWh(0)] * (record.periods - 1))


def measure(_view: View, _period: Period) -> Reading:
    return Reading(discharged_wh=EnergyWh(1_250))


@dataclass
class Scene:
    """The market, its agents, and what happened."""

    clerks: tuple[str, ...] = VALIDATORS
    traders: dict[str, Agent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.market = Market(changes={"deadlines": DEADLINES})
        for name in (*SELLERS, *BUYERS):
            self.traders[name] = CapacityTrader(key_of(name), bidding(name), calling)
        agents: list[Agent] = [
            *[CapacityClerk(key_of(name), schedule) for name in self.clerks],
            *self.traders.values(),
            *[CapacityMeter(key_of(name), measure) for name in self.market.meters],
        ]
        self.hosts = Hosts(self.market.chain, agents)

    def run_until_sealed(self) -> None:
        while not count_windows(self.market.view) or self.market.window().sealed < len(self.traders):
            self.hosts.step_slot()

    def run_until(self, phase: Phase) -> None:
        for _ in range(80):
            if count_windows(self.market.view) and self.market.window().phase is phase:
                return
            self.hosts.step_slot()
        raise AssertionError(self.market.window())


def test_a_window_is_opened_traded_delivered_and_settled_by_agents_alone() -> None:
    scene = Scene()
    scene.run_until(Phase.SETTLED)
    market = scene.market
    assert count_windows(market.view) == 2
    assert market.window(1).reason == "nobody sealed a bid"
    finals = [find_final(market.view, 0, number) for number in range(market.window().rights)]
    assert finals
    assert all(token is not None and token.delivered_wh == token.quantity_wh for token in finals)
    assert sum(token.quantity_wh for token in finals if token) == 4_500
    assert market.events("nominated")
    assert market.money() == 6 * BALANCE
    assert not scene.hosts.noted("failed")


def test_one_clerk_is_enough_whichever_it_is() -> None:
    scene = Scene(clerks=VALIDATORS[2:3])
    scene.run_until(Phase.SETTLED)


def test_another_bid_in_the_same_window_is_hidden_by_another_number() -> None:
    market = Market()
    market.take(market.open())
    sight, key = Sight(market.chain.view), key_of("dell")
    bids = [Want(EnergyWh(9), (Step(EnergyWh(wh), PriceUkwh(5)),)) for wh in (8, 9)]
    bids.append(Want(EnergyWh(10), bids[1].steps))
    blindings = {opening(key, market.window(), bid)["blinding"] for bid in bids}
    assert (
        len(blindings) == len({sealing(sight, key, market.window(), bid)["commitment"] for bid in bids}) == 3
    )


def test_a_trader_that_was_restarted_after_sealing_reveals_what_it_sealed() -> None:
    scene = Scene()
    scene.run_until_sealed()
    again = CapacityTrader(key_of("dell"), bidding("dell"))
    scene.hosts.restart(scene.traders["dell"], again)
    scene.run_until(Phase.CLEARING)
    assert scene.market.window().revealed == 6


def test_a_trader_whose_bid_is_another_now_says_so_and_reveals_nothing_wrong() -> None:
    scene = Scene()
    scene.run_until_sealed()
    changed = CapacityTrader(key_of("dell"), bidding("dell", {"dell": USUAL["elm"]}))
    scene.hosts.restart(scene.traders["dell"], changed)
    scene.run_until(Phase.CLEARING)
    assert scene.market.window().revealed == 5
    assert scene.hosts.noted("another than what was sealed")


def test_a_seller_that_dies_after_sealing_does_not_stop_the_rest() -> None:
    scene = Scene()
    scene.run_until_sealed()
    scene.hosts.stop(scene.traders["beech"])
    scene.run_until(Phase.SETTLED)
    assert scene.market.money() == 6 * BALANCE


def test_a_pause_of_the_chain_in_delivery_loses_no_reading() -> None:
    scene = Scene()
    scene.run_until(Phase.DELIVERING)
    scene.hosts.step_slot(scene.market.chain.head.slot + 40)
    scene.run_until(Phase.SETTLED)
    market = scene.market
    finals = [market.final(number) for number in range(market.window().rights)]
    assert finals
    assert all(token.delivered_wh == token.quantity_wh for token in finals)


def test_a_window_is_opened_only_once_and_in_time() -> None:
    scene = Scene()
    scene.hosts.run_to(END_SLOT)
    assert count_windows(scene.market.view) == 2
    opened = [action for _, action in scene.hosts.submissions if action.action == "open"]
    assert len(opened) <= 2 * (len(VALIDATORS) + 1)
