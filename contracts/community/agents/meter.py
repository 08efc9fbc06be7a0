"""A home's meter: one reading of every period of a round that runs, while it is taken."""

from collections.abc import Iterator
from dataclasses import asdict

from contracts.agent import Action, Submit
from contracts.community.agents.member import CommunityMember
from contracts.community.agents.sight import Sight
from contracts.community.agents.sources import Measure
from contracts.community.parameters import COMMUNITY
from contracts.community.records import Phase, RoundRecord
from contracts.community.rounds import find_metering_home
from contracts.metering.readings import reading_key
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import Period
from ledger.stage import Stage


class CommunityMeter(CommunityMember):
    """The agent of one meter; what it sees comes from `measure`."""

    kind = "community-meter"

    def __init__(self, key: PrivateKey, measure: Measure) -> None:
        super().__init__(key)
        self._measure = measure

    def follow(self, sight: Sight) -> Iterator[Action]:
        found = find_metering_home(sight, self.address)
        if found is None:
            return
        number, home = found
        for record in sight.rounds():
            first = record.first_period
            if record.phase is Phase.RUNNING and number < record.homes and home.takes_part(first):
                for period in range(first, min(first + home.interval_periods, sight.view.period)):
                    yield from self._read(sight, record, Period(period))

    def _read(self, sight: Sight, record: RoundRecord, period: Period) -> Iterator[Action]:
        if record.standing is None or _is_settling_in(sight, record):
            return
        if sight.view.get("metering", reading_key(self.address, period)) is not None:
            return
        reading = self._measure(sight.view, period)
        if reading is None or not self._errands.is_due(sight.slot, "meter", period):
            return
        # In the state a missing field is left out; a transaction says of each that it is missing.
        arguments: dict[str, Value] = {"period": period, "reading": asdict(reading)}
        yield Submit(COMMUNITY, "meter", arguments, Stage.VERIFICATION, (record.standing,))


def _is_settling_in(sight: Sight, record: RoundRecord) -> bool:
    """Whether what verifications link changes with the next slot."""
    return record.dispatch is not None and sight.slot == record.since
