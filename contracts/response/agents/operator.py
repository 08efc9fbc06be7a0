"""The ENO's agent: asks for a response, coordinates the optimum and its check, dispatches, settles.

It keeps nothing: after a restart it goes on from what the chain says (planning.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from contracts.agent import Action, Computed, Submit
from contracts.response.accounting import outcomes
from contracts.response.agents.checking import Case
from contracts.response.agents.member import ResponseMember, by_topic
from contracts.response.agents.messages import (
    AnswerMessage,
    NeighbourMessage,
    PresentMessage,
    VoltageMessage,
)
from contracts.response.agents.planning import JUDGE, SOLVE, Found, Impossible, Planning
from contracts.response.agents.sight import Sight
from contracts.response.agents.sources import Instruct, Outlook, no_instruction
from contracts.response.agents.watching import CHOOSE, Watch
from contracts.response.events import get_forecast, get_resources
from contracts.response.parameters import RESPONSE
from contracts.response.records import EventRecord, Phase, confirmation_message, sealed_key
from crypto.address import Address
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.stage import Stage

REASON_MAX: Final = 200
PLANNED: Final = (Phase.AGREEING, Phase.DISPATCHING)


class ResponseOperator(ResponseMember):
    """The agent of the energy network operator; what it expects comes from `outlook`."""

    kind = "response-operator"
    hears = by_topic(AnswerMessage, NeighbourMessage, PresentMessage, VoltageMessage)

    def __init__(self, key: PrivateKey, outlook: Outlook, instruct: Instruct = no_instruction) -> None:
        super().__init__(key)
        self._watch = Watch(outlook, instruct)
        self._plannings: dict[int, Planning] = {}

    def follow(self, sight: Sight, now: int) -> Iterator[Action]:
        records = {record.number: record for record in sight.events()}
        for event in [event for event in self._plannings if event not in records]:
            del self._plannings[event]
        for record in records.values():
            if record.phase in PLANNED:
                yield from self._plan(sight, record, now)
            elif record.phase is Phase.ACCOUNTING:
                yield from self._settle(sight, record)
        yield from self._watch.follow(sight, self._errands)

    def hear(self, sight: Sight, sender: Address, message: Any, now: int) -> Iterator[Action]:
        planning = self._plannings.get(message.event)
        if planning is not None:
            yield from planning.hear(sight, sender, message, now)

    def wake(self, sight: Sight, timer: str, now: int) -> Iterator[Action]:
        for planning in [each for each in self._plannings.values() if each.timer == timer]:
            yield from planning.wake(sight, now)

    def take(self, sight: Sight, computed: Computed, now: int) -> Iterator[Action]:
        what, *numbers = computed.tag.split(" ")
        if what == CHOOSE:
            yield from self._watch.take(sight, computed, self._errands)
        elif what in (SOLVE, JUDGE):
            event, run = map(int, numbers)
            planning = self._plannings.get(event)
            if planning is not None:
                yield from planning.take(sight, computed, run, now)
                yield from self._submit(sight, planning)

    def _plan(self, sight: Sight, record: EventRecord, now: int) -> Iterator[Action]:
        planning = self._plannings.get(record.number)
        if planning is None:
            planning = self._plannings[record.number] = self._take_up(sight, record)
        yield from planning.follow(sight, record, now)
        yield from self._submit(sight, planning)

    def _take_up(self, sight: Sight, record: EventRecord) -> Planning:
        resources = get_resources(sight, record.resources)
        owners = {
            number: resource.address
            for number, resource in enumerate(resources)
            if sight.get(sealed_key(record.number, number)) is not None
        }
        network, forecast = sight.calendar.parameters.network, get_forecast(sight, record.number)
        return Planning(Case(record, network, forecast, resources), self.address, owners)

    def _submit(self, sight: Sight, planning: Planning) -> Iterator[Action]:
        """D, once it is found that there is one, or that there is none."""
        record = planning.case.record
        match planning.outcome:
            case Found() as found if self._errands.is_due(sight.view.slot, "dispatch", record.number):
                arguments = self._dispatch(sight, planning, found)
                yield Submit(RESPONSE, "dispatch", arguments, Stage.DISPATCH, (record.process,))
            case Impossible(certificate, reason):
                if self._errands.is_due(sight.view.slot, "declare_infeasible", record.number):
                    arguments = {
                        "event": record.number,
                        "cuts": tuple(map(asdict, planning.cuts)),
                        "certificate": None if certificate is None else asdict(certificate),
                        "reason": reason[:REASON_MAX],
                    }
                    links = (record.process,)
                    yield Submit(RESPONSE, "declare_infeasible", arguments, Stage.DISPATCH, links)

    def _dispatch(self, sight: Sight, planning: Planning, found: Found) -> Mapping[str, Value]:
        record, answer = planning.case.record, found.answer
        message = confirmation_message(
            sight.genesis.hash,
            record.process,
            answer.allocation,
            planning.cuts,
            answer.certificate,
            found.voltages,
        )
        return {
            "event": record.number,
            "allocation_w": answer.allocation,
            "cuts": tuple(map(asdict, planning.cuts)),
            "certificate": asdict(answer.certificate),
            "voltages": found.voltages,
            "convergence": asdict(planning.tally.record()),
            "confirmation": self._key.sign(message),
        }

    def _settle(self, sight: Sight, record: EventRecord) -> Iterator[Action]:
        if record.dispatch is None or not self._errands.is_due(sight.view.slot, "settle", record.number):
            return
        payments = tuple(0 if outcome is None else outcome.payment for outcome in outcomes(sight, record))
        arguments: dict[str, Value] = {
            "event": record.number,
            "payments": payments,
            "verifications": record.verifications,
        }
        yield Submit(RESPONSE, "settle", arguments, Stage.ACCOUNTING, (record.dispatch,))
