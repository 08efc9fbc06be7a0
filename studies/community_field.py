"""The physical truth of a live community: what its synthetic homes consume and generate, and what their
batteries do as their agents tell them.
"""

from functools import lru_cache

import numpy as np

from contracts.agent import View
from contracts.community.agents.sources import Seen
from contracts.community.solving.battery import PERMILLE, Battery, run
from contracts.community.solving.hems import Household, Schedule
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh, Period
from studies.community_data import PERIODS, Day, SyntheticCommunity
from studies.community_simulation import HOME_BATTERY, PERIOD_S

DAYS_BEFORE = 4
"""Days that homes have seen before the chain's first."""

NO_BATTERY = Battery(0, 0, PERMILLE, PERMILLE, 0)
DAYS_KEPT = 8


class CommunityField:
    """All homes; its first day begins with `midnight`."""

    def __init__(self, community: SyntheticCommunity, midnight: Period) -> None:
        self._community = community
        self._midnight = midnight
        self._day = lru_cache(maxsize=DAYS_KEPT)(community.day)
        self._homes: dict[int, FieldHome] = {}

    def home(self, number: int) -> "FieldHome":
        """One home's devices, the same however often it is asked for."""
        if number not in self._homes:
            has_battery = bool(self._community.generates[number])
            self._homes[number] = FieldHome(self, number, HOME_BATTERY if has_battery else NO_BATTERY)
        return self._homes[number]

    def energy(self, number: int, period: int) -> Seen | None:
        """What a home consumes and generates in a period; None before its devices were there."""
        day, place = divmod(period - self._midnight + DAYS_BEFORE * PERIODS, PERIODS)
        if day < 0:
            return None
        seen: Day = self._day(day)
        load_wh, generated_wh = seen.load_wh[number, place], seen.generated_wh[number, place]
        return Seen(EnergyWh(int(load_wh)), EnergyWh(int(generated_wh)))


class FieldHome:
    """A HomeEnergy, and what the home's meter measures."""

    def __init__(self, field: CommunityField, number: int, battery: Battery) -> None:
        self._field, self._number, self._battery = field, number, battery
        self._target_wh: dict[int, int] = {}
        """What the battery is to hold at the end of a period."""
        self._held_mwh = battery.reserve_mwh
        self._next: int | None = None
        """The next period that it passes."""
        self._measured: dict[int, int] = {}
        """Net energy by period; all from the first that was measured on."""

    def household(self, view: View, first_period: Period) -> Household:
        return Household(self._battery)

    def seen(self, view: View, period: Period) -> Seen | None:
        return self._field.energy(self._number, period)

    def held_wh(self, view: View) -> EnergyWh:
        self._pass_until(view.period)
        return EnergyWh(self._held_mwh // PERMILLE)

    def follow(self, first_period: Period, periods: int, schedule: Schedule) -> None:
        for place in range(periods):
            self._target_wh[first_period + place] = schedule.held_wh[place]

    def measure(self, view: View, period: Period) -> Reading | None:
        """+ imported, - exported. Its first period is the first that is measured."""
        if self._next is None:
            self._next = period
        self._pass_until(period + 1)
        net_wh = self._measured.get(period)
        if net_wh is None:
            return None
        return Reading(imported_wh=EnergyWh(max(0, net_wh)), exported_wh=EnergyWh(max(0, -net_wh)))

    def _pass_until(self, end: int) -> None:
        """The battery passes every period once, in order."""
        while self._next is not None and self._next < end:
            energy = self._field.energy(self._number, self._next)
            if energy is not None:
                self._measured[self._next] = self._pass(self._next, energy)
            self._next += 1

    def _pass(self, period: int, energy: Seen) -> int:
        """The battery moves towards its target as far as it can, and without one serves its home."""
        net_wh = energy.load_wh - energy.generated_wh
        wanted_wh = net_wh
        target_wh = self._target_wh.pop(period, None)
        if target_wh is not None:
            missing_mwh = target_wh * PERMILLE - self._held_mwh
            if missing_mwh > 0:
                wanted_wh = -min(missing_mwh // self._battery.charge_permille, energy.generated_wh)
            else:
                wanted_wh = -missing_mwh * self._battery.discharge_permille // PERMILLE**2
        left_wh, held_mwh = run(self._battery, np.array([self._held_mwh]), np.array([wanted_wh]), PERIOD_S)
        self._held_mwh = int(held_mwh[0])
        return int(net_wh - wanted_wh + left_wh[0])
