"""The agents of the pool market that a node can host: the platform, a bidder by its file, a played meter."""

from pathlib import Path
from typing import Final

from cli.agent_settings import check_settings, take_count
from cli.pool.bids import read_pool_bids
from contracts.agent import View
from contracts.metering.readings import Reading
from contracts.pool.agents.bidder import PoolBidder
from contracts.pool.agents.meter import PoolMeter
from contracts.pool.agents.platform import PoolPlatform
from contracts.pool.agents.sight import Sight
from contracts.pool.intervals import find_metering_seat, get_position, get_seat
from crypto.address import Address
from ledger.quantities import EnergyWh, Period
from node.agents import AgentKinds, Profession

CYCLE_MS_MAX: Final = 3_600_000


def make_platform(profession: Profession) -> PoolPlatform:
    """Setting: `cycle_ms`, how long bids are collected for a cycle; 30000 in the paper."""
    check_settings("pool-platform", profession, "cycle_ms")
    cycle_ms = take_count("pool-platform", profession, "cycle_ms", CYCLE_MS_MAX)
    return PoolPlatform(profession.key, cycle_ms)


def make_bidder(profession: Profession) -> PoolBidder:
    """Setting: `bids`, a file of standing bids."""
    check_settings("pool-bidder", profession, "bids")
    bids = read_pool_bids(profession.folder / Path(str(profession.settings["bids"])))
    return PoolBidder(profession.key, bids.wish)


def make_meter(profession: Profession) -> PoolMeter:
    """The meter of somebody who gives and takes just what it traded."""
    check_settings("pool-meter", profession)
    address = profession.key.address
    return PoolMeter(profession.key, lambda view, period: traded(view, address, period))


POOL_KINDS: Final[AgentKinds] = {
    "pool-platform": make_platform,
    "pool-bidder": make_bidder,
    "pool-meter": make_meter,
}


def traded(view: View, meter: Address, period: Period) -> Reading | None:
    """What a meter sees if everything went as it was traded; None if it is no seat's."""
    sight = Sight(view)
    number = find_metering_seat(sight, meter)
    if number is None:
        return None
    seat = get_seat(sight, number)
    position = get_position(sight, period, seat.carrier, seat.party)
    net_wh = position.bought_wh - position.sold_wh
    return Reading(imported_wh=EnergyWh(max(0, net_wh)), exported_wh=EnergyWh(max(0, -net_wh)))
