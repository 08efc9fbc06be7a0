"""A simulated plant for demonstrations: parks that follow a profile, and a battery that does as told.

What it says of a period depends on the chain and the profile alone, so that a restarted plant goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from contracts.agent import View
from contracts.dispatch.agents.sight import Sight
from contracts.dispatch.agents.sources import EnergySource, Operation
from contracts.dispatch.control import park_signals
from contracts.dispatch.days import SECONDS_PER_HOUR, find_day, find_plan, told_wh
from contracts.dispatch.parameters import Parameters, ParkSite
from contracts.dispatch.records import CHARGE_KEY
from contracts.dispatch.storage import Storage
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh, Period, PowerW

STATUS_OK = "ok"
FLOWS_KEPT = 96
"""Periods whose flows are remembered for those who ask late."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What a battery did in one period."""

    charged_wh: int
    discharged_wh: int
    charge: int
    """Its state of charge at the end, in charge units."""

    @property
    def net_wh(self) -> int:
        return self.charged_wh - self.discharged_wh


def follow(storage: Storage, charge: int, told_wh: int, period_s: int) -> Flow:
    """What a battery does that is told to take `told_wh` (negative: give), within its power and its
    bounds."""
    power_wh = storage.power_w * period_s // SECONDS_PER_HOUR
    if told_wh >= 0:
        room_wh = max(0, storage.highest - charge) // storage.gain
        charged_wh = min(told_wh, power_wh, room_wh)
        return Flow(charged_wh, 0, charge + storage.gain * charged_wh)
    held_wh = max(0, charge - storage.lowest) // storage.draw
    discharged_wh = min(-told_wh, power_wh, held_wh)
    return Flow(0, discharged_wh, charge - storage.draw * discharged_wh)


class Plant:
    """Parks, a battery and the bus between them. Meters and the controller ask it for periods that are
    over."""

    def __init__(self, parameters: Parameters, source: EnergySource) -> None:
        self._parameters = parameters
        self._source = source
        self._flows: dict[Period, Flow] = {}

    def park(self, park: ParkSite, view: View, period: Period) -> Reading | None:
        """What a park's meter saw: its load, and what its sources gave after curtailment."""
        energy = self._source.metered(park.address, period)
        if energy is None:
            return None
        generated_wh = max(0, energy.renewable_wh - self._curtailed_wh(park, view, period))
        net_wh = energy.load_wh - generated_wh
        return Reading(
            generated_wh=EnergyWh(generated_wh),
            consumed_wh=energy.load_wh,
            imported_wh=EnergyWh(max(0, net_wh)),
            exported_wh=EnergyWh(max(0, -net_wh)),
        )

    def storage(self, view: View, period: Period) -> Reading | None:
        """What the storage's meter saw."""
        flow = self._flow(view, period)
        if flow is None:
            return None
        return Reading(
            charged_wh=EnergyWh(flow.charged_wh),
            discharged_wh=EnergyWh(flow.discharged_wh),
            state_of_charge_wh=EnergyWh(flow.charge // self._parameters.storage.units_per_wh),
            status=STATUS_OK,
        )

    def bus(self, view: View, period: Period) -> Reading | None:
        """What the meter of the bus's connection saw: None as long as another is silent."""
        parks = [self.park(park, view, period) for park in self._parameters.parks]
        flow = self._flow(view, period)
        if flow is None:
            return None
        net_wh = flow.net_wh
        for reading in parks:
            if reading is None:
                return None
            net_wh += (reading.imported_wh or 0) - (reading.exported_wh or 0)
        return Reading(imported_wh=EnergyWh(max(0, net_wh)), exported_wh=EnergyWh(max(0, -net_wh)))

    def operate(self, view: View, period: Period) -> Operation | None:
        """What the storage's controller reports."""
        flow = self._flow(view, period)
        if flow is None:
            return None
        power_w = flow.net_wh * SECONDS_PER_HOUR // view.genesis.period_s
        return Operation(PowerW(power_w), PowerW(self._parameters.storage.power_w), STATUS_OK)

    def _flow(self, view: View, period: Period) -> Flow | None:
        """What the battery did: told by the chain, from where the period before left it.

        None if, after a restart, nothing tells any more in which state it then was.
        """
        if period not in self._flows:
            known = max((p for p in self._flows if p < period), default=None)
            if known is None:
                passing, charge = self._metered_charge(view)
            else:
                passing, charge = Period(known + 1), self._flows[known].charge
            if period < passing:
                return None
            while passing <= period:
                told = told_wh(Sight(view), passing)
                flow = follow(self._parameters.storage, charge, told, view.genesis.period_s)
                self._flows[passing], passing, charge = flow, Period(passing + 1), flow.charge
            for forgotten in [p for p in self._flows if p < period - FLOWS_KEPT]:
                del self._flows[forgotten]
        return self._flows[period]

    def _metered_charge(self, view: View) -> tuple[Period, int]:
        """The newest state of charge on the chain, and the period that began with it."""
        period, charge_wh = cast(tuple[Period, int], Sight(view).get(CHARGE_KEY))
        return period, self._parameters.storage.units_per_wh * charge_wh

    def _curtailed_wh(self, park: ParkSite, view: View, period: Period) -> int:
        """What the plan in force tells the park's sources to leave."""
        sight = Sight(view)
        record = find_day(sight, view.genesis.day(period))
        segment = record.segment_of(period) if record else None
        plan = find_plan(sight, record.day, segment.revision) if record and segment else None
        if plan is None:
            return 0
        signals: Sequence[tuple[str, int]] = park_signals(self._parameters, plan, period - plan.first_period)
        return dict(signals)[park.address]
