"""A storage that does what is called of it, for chains on which no real one is metered."""

from typing import cast

from contracts.agent import View
from contracts.capacity.agents.sight import Sight
from contracts.capacity.devices import caps_wh
from contracts.capacity.fulfilment import called_wh
from contracts.capacity.keys import meter_key, sale_key
from contracts.capacity.records import Standing, WindowRecord
from contracts.capacity.windows import find_trade, get_device, rights_of
from contracts.metering.readings import Reading
from crypto.address import Address
from ledger.quantities import EnergyWh, Period


def discharged(view: View, meter: Address, period: Period) -> Reading:
    """What the meter of such a device sees in a period: the calls of all rights on it, up to its power."""
    sight = Sight(view)
    device = cast(int | None, sight.get(meter_key(meter)))
    given_wh = 0
    if device is not None:
        running = [record for record in sight.windows() if record.first_period <= period < record.end]
        given_wh = sum(_called_of(sight, record, device, period) for record in running)
    return Reading(charged_wh=EnergyWh(0), discharged_wh=EnergyWh(given_wh))


def _called_of(sight: Sight, record: WindowRecord, device: int, period: Period) -> int:
    """What is called of a device in one window, up to its power."""
    bid = cast(int | None, sight.get(sale_key(record.number, device)))
    trade = None if bid is None else find_trade(sight, record.number, bid)
    if trade is None:
        return 0
    (cap_wh,) = caps_wh(get_device(sight, device), sight.genesis, period, 1)
    calls = [
        called_wh(sight, record, number, right, period - record.first_period)
        for number, right in rights_of(sight, record.number, trade)
        if right.standing is Standing.MINTED
    ]
    return min(cap_wh, sum(calls))
