"""A park microgrid: deals its forecasts, confirms its contracts, and declares after the day."""

from collections.abc import Iterator

from contracts.agent import Action, Note, Submit
from contracts.dispatch.accounting import declaring_until
from contracts.dispatch.agents.participant import Participant
from contracts.dispatch.agents.sight import Sight, confirmations
from contracts.dispatch.agents.sources import ForecastSource, ParkEnergy
from contracts.dispatch.days import find_attempt
from contracts.dispatch.parameters import DISPATCH
from contracts.dispatch.records import DayRecord, Phase, declared_key, decode_weights, weights_key
from contracts.sharing.dealing import deal_arguments, declare
from contracts.sharing.records import (
    SHARING,
    Progress,
    Round,
    decode_progress,
    decode_round,
    progress_key,
    round_id,
    round_key,
)
from contracts.sharing.records import Phase as SharingPhase
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import Period


class Park(Participant):
    """The agent of one park. Its forecasts leave it in shares alone."""

    kind = "park"

    def __init__(self, key: PrivateKey, forecasts: ForecastSource) -> None:
        super().__init__(key)
        self._forecasts = forecasts

    def follow(self, sight: Sight) -> Iterator[Action]:
        for record in sight.days():
            yield from self._deal(sight, record)
            if record.phase is Phase.DECLARING:
                yield from self._declare(sight, record)
        yield from confirmations(sight, self._errands, self.address)

    def _deal(self, sight: Sight, record: DayRecord) -> Iterator[Action]:
        """Deal in a round that asks for it. A forecast with a missing period is not dealt at all."""
        found = _asked_round(sight, record)
        if found is None:
            return
        opened, progress = found
        is_asked = self.address in opened.dealers and self.address not in (*progress.standing, *progress.out)
        if not is_asked or sight.view.slot >= opened.deal_until:
            return
        if not self._errands.is_due(sight.view.slot, "deal", record.day, opened.number):
            return
        values = self._curve(sight, record, opened.number)
        missing = [index for index, value in enumerate(values) if value is None]
        if missing:
            period = sight.calendar.first(record.day) + missing[0] % sight.genesis.periods_per_day
            yield Note(
                "error", "the forecast lacks a period and is not dealt", {"day": record.day, "period": period}
            )
            return
        whole = [value for value in values if value is not None]
        yield Submit(SHARING, "deal", deal_arguments(self._key, sight.genesis.hash, opened, whole))

    def _declare(self, sight: Sight, record: DayRecord) -> Iterator[Action]:
        if record.process is None or sight.view.slot >= declaring_until(sight.calendar, record):
            return
        for row in decode_weights(sight.get(weights_key(record.day))):
            identifier = round_id(record.process, row.round)
            progress = decode_progress(sight.view.get(SHARING, progress_key(identifier)))
            is_done = sight.get(declared_key(record.day, row.round, self.address)) is not None
            if self.address not in progress.standing or is_done:
                continue
            if not self._errands.is_due(sight.view.slot, "declare", record.day, row.round):
                continue
            opened = decode_round(sight.view.get(SHARING, round_key(identifier)))
            values = [value or 0 for value in self._curve(sight, record, row.round)]
            nano, proof = declare(self._key, sight.genesis.hash, opened, values, row.weights)
            arguments: dict[str, Value] = {
                "day": record.day,
                "number": row.round,
                "nano": nano,
                "proof": proof,
            }
            yield Submit(DISPATCH, "declare", arguments)

    def _curve(self, sight: Sight, record: DayRecord, number: int) -> list[int | None]:
        """What is dealt: net loads, or in the paper's model loads and then renewables; None where one is
        missing."""
        periods = range(sight.calendar.first(record.day), sight.calendar.end(record.day))
        energies = [self._forecasts.forecast(self.address, Period(period), number) for period in periods]
        if sight.calendar.parameters.model == "pooled":
            return [*map(_net, energies)]
        return [*map(_load, energies), *map(_renewable, energies)]


def _net(energy: ParkEnergy | None) -> int | None:
    return None if energy is None else energy.load_wh - energy.renewable_wh


def _load(energy: ParkEnergy | None) -> int | None:
    return None if energy is None else energy.load_wh


def _renewable(energy: ParkEnergy | None) -> int | None:
    return None if energy is None else energy.renewable_wh


def _asked_round(sight: Sight, record: DayRecord) -> tuple[Round, Progress] | None:
    """The round of a day in which forecasts are being dealt; None if there is none."""
    attempt = find_attempt(sight, record.day)
    if record.process is None or attempt is None or attempt.has_problem:
        return None
    identifier = round_id(record.process, attempt.round)
    progress = decode_progress(sight.view.get(SHARING, progress_key(identifier)))
    if progress.phase is not SharingPhase.DEALING:
        return None
    return decode_round(sight.view.get(SHARING, round_key(identifier))), progress
