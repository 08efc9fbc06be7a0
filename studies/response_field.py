"""A response case played as if it happened: what the ENO forecasts, and what the meters then see.

Units follow their set points on the chain by themselves; the voltages are those of the power flow that
comes of it. The case's day is played again and again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np

from contracts.agent import View
from contracts.metering.readings import Reading
from contracts.response.agents.sight import Sight
from contracts.response.agents.sources import Measure, OperatingPoint
from contracts.response.events import find_dispatch
from contracts.response.network import NPU
from contracts.response.quotes import Quote
from contracts.response.records import EventRecord
from contracts.response.settlement import energy_wh
from contracts.response.solving.flow import power_flow
from ledger.quantities import EnergyWh, Period
from studies.response_case import CaseResource, ResponseCase

WEATHER: Final = "clear"
PERMILLE: Final = 1_000


@dataclass(frozen=True, slots=True)
class ResponseField:
    """The network, its units and its meters, on a chain's clock."""

    case: ResponseCase
    first_period: Period
    """The chain's period in which the case's first quarter hour happens."""
    given_permille: Mapping[str, int] = field(default_factory=dict)
    """By participant: how much of its response its unit gives; all of it if nothing is said."""

    def outlook(self, _view: View, period: Period) -> OperatingPoint:
        """The forecast, which is exact."""
        return self.case.day[self._quarter(period)]

    def offer(self, _view: View, record: EventRecord, resource: int) -> Quote | None:
        """What the resource's owner asks."""
        quarters = [self._quarter(Period(period)) for period in range(record.first_period, record.end)]
        return self.case.offer(resource, record.sign, quarters)

    def measure(self, resource: int) -> Measure:
        """What the meter of a resource sees of its connection, and of the voltage there."""
        return partial(self._measure, resource)

    def _measure(self, resource: int, view: View, period: Period) -> Reading:
        change_w = self._change_w(view, period)
        quarter = self._quarter(period)
        injection_w = self.case.day[quarter].baseline_w[resource] + change_w[resource]
        injection_wh = energy_wh(injection_w, view.genesis.period_s)
        return Reading(
            imported_wh=EnergyWh(max(0, -injection_wh)),
            exported_wh=EnergyWh(max(0, injection_wh)),
            voltage_mv=self.voltage_mv(quarter, change_w, self.case.resources[resource].bus),
            reactive_varh=0,
            weather=WEATHER,
        )

    def voltage_mv(self, quarter: int, change_w: tuple[int, ...], bus: int) -> int:
        """Phase to neutral, when each resource is moved by its signed change."""
        network = self.case.network
        flow = power_flow(network, [self.case.injections(quarter, change_w)])
        return round(float(np.hypot(*flow.voltages_npu[0][bus])) * network.nominal_mv / NPU)

    def _change_w(self, view: View, period: Period) -> tuple[int, ...]:
        """By resource: how its unit moves its injection, by the set points on the chain."""
        sight = Sight(view)
        for record in sight.events():
            dispatch = find_dispatch(sight, record.number)
            if dispatch is not None and record.first_period <= period < record.end:
                rows = zip(self.case.resources, dispatch.allocation_w, strict=True)
                return tuple(record.sign * self._given_w(resource, told_w) for resource, told_w in rows)
        return (0,) * len(self.case.resources)

    def _given_w(self, resource: CaseResource, told_w: int) -> int:
        return told_w * self.given_permille.get(resource.participant, PERMILLE) // PERMILLE

    def _quarter(self, period: Period) -> int:
        return (period - self.first_period) % len(self.case.day)
