"""The agents of capacity rights that a node can host: clerk, trader by standing bids, and a played meter."""

from functools import partial
from pathlib import Path
from typing import Final

from cli.agent_settings import check_settings, take_count
from cli.standing_bids import read_bids
from contracts.agent import View
from contracts.capacity.agents.clerk import CapacityClerk
from contracts.capacity.agents.meter import CapacityMeter
from contracts.capacity.agents.plant import discharged
from contracts.capacity.agents.sources import WindowPlan
from contracts.capacity.agents.trader import CapacityTrader
from contracts.capacity.devices import PERIODS_MAX
from ledger.quantities import Period
from node.agents import AgentKinds, Profession

AHEAD_PERIODS_MAX: Final = 10_000


def make_clerk(profession: Profession) -> CapacityClerk:
    """Settings: `periods` of a window, and how many `ahead_periods` its opening may be of its first."""
    check_settings("capacity-clerk", profession, "periods", "ahead_periods")
    periods = take_count("capacity-clerk", profession, "periods", PERIODS_MAX)
    ahead = take_count("capacity-clerk", profession, "ahead_periods", AHEAD_PERIODS_MAX)
    return CapacityClerk(profession.key, partial(back_to_back, periods, ahead))


def make_trader(profession: Profession) -> CapacityTrader:
    """Setting: `bids`, a file of standing bids."""
    check_settings("capacity-trader", profession, "bids")
    bids = read_bids(profession.folder / Path(str(profession.settings["bids"])))
    return CapacityTrader(profession.key, bids.bid)


def make_meter(profession: Profession) -> CapacityMeter:
    """The meter of a device that does what is called of it."""
    check_settings("capacity-meter", profession)
    address = profession.key.address
    return CapacityMeter(profession.key, lambda view, period: discharged(view, address, period))


CAPACITY_KINDS: Final[AgentKinds] = {
    "capacity-clerk": make_clerk,
    "capacity-trader": make_trader,
    "capacity-meter": make_meter,
}


def back_to_back(periods: int, ahead: int, view: View) -> tuple[WindowPlan, ...]:
    """Windows of so many periods, one after the other, as far as `ahead`; a day begins with one."""
    first = view.period - view.period % view.genesis.periods_per_day
    last = view.period + ahead
    begins = range(first, last + 1, periods)
    return tuple([WindowPlan(Period(begin), periods) for begin in begins if begin > view.period])
