"""A home's agent: it forecasts, schedules, and orders what is left, round by round (CE-SDT, 2 and 3).

It keeps no secret and no record: what was seen its devices know, and what it ordered stands on the chain.
"""

from collections.abc import Iterator
from typing import Final

from contracts.agent import Action, Compute, Computed, Note, Submit
from contracts.community.agents.bidding import Terms, bid
from contracts.community.agents.member import CommunityMember
from contracts.community.agents.sight import Sight
from contracts.community.agents.sources import HomeEnergy
from contracts.community.homes import Home
from contracts.community.matching import Mechanism
from contracts.community.orders import Side
from contracts.community.parameters import COMMUNITY
from contracts.community.records import Phase, RoundRecord
from contracts.community.rounds import (
    active_rounds,
    calendar_of,
    find_number,
    find_order,
    find_round,
    get_home,
    get_round,
    has_opted_out,
)
from contracts.community.solving.battery import Battery
from contracts.community.solving.forecast import forecast
from contracts.community.solving.hems import Outlook, Schedule, schedule
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import EnergyWh, Period

DAYS_LOOKED_BACK: Final = 3
"""Of which the mean is what a home expects."""


class CommunityHome(CommunityMember):
    """The agent of one home; `eagerness_permille` is how much it gives away of its room to bargain."""

    kind = "community-home"

    def __init__(self, key: PrivateKey, energy: HomeEnergy, eagerness_permille: int = 500) -> None:
        super().__init__(key)
        self._energy = energy
        self._eagerness_permille = eagerness_permille
        self._sight: Sight | None = None
        self._expected_wh: dict[Period, int] = {}
        """By round that is under way: what its interval will take (+) or give (-)."""
        self._planned_wh: dict[Period, EnergyWh] = {}
        """What the battery is scheduled to hold at the end of periods."""
        self._is_scheduling = False
        """One at a time, or a slow machine would make schedules for rounds that are long closed."""

    def follow(self, sight: Sight) -> Iterator[Action]:
        self._sight = sight
        number = find_number(sight, self.address)
        if number is None or has_opted_out(sight, number):
            return
        home = get_home(sight, number)
        ahead = [first for first in active_rounds(sight) if first > sight.view.period]
        known = {first: self._expected_wh[first] for first in ahead if first in self._expected_wh}
        self._expected_wh = known
        for first_period in filter(home.takes_part, ahead):
            record = get_round(sight, first_period)
            if number < record.homes and find_order(sight, first_period, number) is None:
                yield from self._schedule_or_order(sight, record, home)

    def take(self, computed: Computed) -> Iterator[Action]:
        """A schedule is made: order at once what it leaves."""
        first_period, done = Period(int(computed.tag)), computed.result
        self._is_scheduling = False
        if self._sight is None or not isinstance(done, Schedule):
            yield Note("warning", "no schedule was found", {"round": first_period, "error": computed.error})
            return
        number, record = find_number(self._sight, self.address), find_round(self._sight, first_period)
        if number is None or record is None:
            return
        home, period_s = get_home(self._sight, number), self._sight.genesis.period_s
        self._energy.follow(first_period, home.interval_periods, done)
        for place, held_wh in enumerate(done.held_wh[: home.interval_periods]):
            self._planned_wh[Period(first_period + place)] = EnergyWh(held_wh)
        expected_wh = sum(done.net_wh[: home.interval_periods])
        within_wh = min(max(expected_wh, -home.export_wh_max(period_s)), home.import_wh_max(period_s))
        self._expected_wh[first_period] = within_wh
        yield from self._order(self._sight, record)

    def _schedule_or_order(self, sight: Sight, record: RoundRecord, home: Home) -> Iterator[Action]:
        if record.first_period in self._expected_wh:
            yield from self._order(sight, record)
        elif record.phase in (Phase.ORDERING, Phase.OFFERING):
            yield from self._schedule(sight, record, home)

    def _schedule(self, sight: Sight, record: RoundRecord, home: Home) -> Iterator[Action]:
        if self._is_scheduling or not self._errands.is_due(sight.slot, "schedule", record.first_period):
            return
        household = self._energy.household(sight.view, record.first_period)
        outlook = self._outlook(sight, record, home, household.battery)
        if outlook is None:
            fields: dict[str, Value] = {"round": record.first_period}
            yield Note("info", "too little was seen to forecast, and the grid serves this round", fields)
            return
        self._is_scheduling = True
        yield Compute(str(record.first_period), schedule, (household, outlook))

    def _order(self, sight: Sight, record: RoundRecord) -> Iterator[Action]:
        expected_wh = self._expected_wh[record.first_period]
        terms = bid(expected_wh, record.suggestion, record.band, self._eagerness_permille)
        if terms is None or record.phase is not _phase_of(sight, terms):
            return
        if self._errands.is_due(sight.slot, "order", record.first_period):
            arguments: dict[str, Value] = {
                "first_period": record.first_period,
                "side": terms.side.value,
                "energy_wh": terms.energy_wh,
                "limit_ukwh": terms.limit_ukwh,
                "replies": (),
            }
            yield Submit(COMMUNITY, "order", arguments)

    def _outlook(self, sight: Sight, record: RoundRecord, home: Home, battery: Battery) -> Outlook | None:
        """A day from the round on: this interval at the suggested prices, what follows at the grid's. None
        if there is a time of day of which nothing was seen."""
        calendar, day = calendar_of(sight), sight.genesis.periods_per_day
        expected = self._expect(sight, record.first_period, day)
        if expected is None:
            return None
        bands = [calendar.band(record.first_period + place) for place in range(day)]
        first = home.interval_periods
        buy = [record.suggestion.bid_ukwh] * first + [band.grid_ukwh for band in bands[first:]]
        sell = [band.feed_in_ukwh for band in bands]
        sell[:first] = [min(record.suggestion.ask_ukwh, record.suggestion.bid_ukwh)] * first
        held_wh = self._held_before(sight, record.first_period, battery)
        return Outlook(sight.genesis.period_s, *expected, tuple(buy), tuple(sell), held_wh, 0)

    def _held_before(self, sight: Sight, first_period: Period, battery: Battery) -> int:
        """What the battery will hold as a round begins: what is scheduled for the rounds before it, or they
        would all sell the same energy; moved by as much as it now differs from its schedule."""
        now, held_wh = sight.view.period, self._energy.held_wh(sight.view)
        self._planned_wh = {at: planned for at, planned in self._planned_wh.items() if at >= now - 1}
        before = max((at for at in self._planned_wh if at < first_period), default=None)
        if before is None:
            return held_wh
        lost_wh = self._planned_wh.get(Period(now - 1), held_wh) - held_wh
        return min(max(self._planned_wh[before] - lost_wh, battery.reserve_wh), battery.energy_wh)

    def _expect(
        self, sight: Sight, first_period: Period, day: int
    ) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """(load, generation) by period of the day that begins with the round."""
        days = [
            [self._energy.seen(sight.view, Period(first_period + place - back * day)) for place in range(day)]
            for back in range(1, DAYS_LOOKED_BACK + 1)
        ]
        load = forecast([[seen.load_wh if seen else None for seen in row] for row in days])
        generated = forecast([[seen.generated_wh if seen else None for seen in row] for row in days])
        if None in load or None in generated:
            return None
        return tuple([one or 0 for one in load]), tuple([one or 0 for one in generated])


def _phase_of(sight: Sight, terms: Terms) -> Phase:
    """When such an order is taken: asks among requests are offers."""
    is_offer = terms.side is Side.ASK and calendar_of(sight).parameters.mechanism is Mechanism.REQUESTS
    return Phase.OFFERING if is_offer else Phase.ORDERING
