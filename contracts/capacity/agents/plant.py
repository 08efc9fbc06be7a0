"""A storage that does what is called of it, for chains on which no real one is metered."""

from contracts.agent import View
from contracts.capacity.agents.sight import Sight
from contracts.capacity.fulfilment import called_wh, find_sold
from contracts.capacity.records import Standing, WindowRecord
from contracts.metering.readings import Reading
from crypto.address import Address
from ledger.quantities import EnergyWh, Period


def discharged(view: View, meter: Address, period: Period) -> Reading:
    """What the meter of such a device sees in a period: the calls of all rights on it."""
    sight = Sight(view)
    running = [record for record in sight.windows() if record.first_period <= period < record.end]
    given_wh = sum(_called_of(sight, record, meter, period) for record in running)
    return Reading(charged_wh=EnergyWh(0), discharged_wh=EnergyWh(given_wh))


def _called_of(sight: Sight, record: WindowRecord, meter: Address, period: Period) -> int:
    """What is called of a device in one window."""
    sold = find_sold(sight, record, meter)
    if not sold:
        return 0
    calls = called_wh(sight, record, sold)
    minted = [number for number, right in sold if right.standing is Standing.MINTED]
    return sum(calls[number][period - record.first_period] for number in minted)
