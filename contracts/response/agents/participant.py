"""An owner of resources: seals quotes, answers the optimisation, hosts buses in the check, reveals.

Its curve is its own until it reveals: to the ENO's agent it says only which power it would give at the price
that it is told. What it sealed it can make again after a restart: the offer is asked for again, and the salt
is derived from its key. Its units execute by themselves: what to is said by the chain, in every period.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from contracts.agent import Action, Note, Submit
from contracts.response.agents.member import ResponseMember, by_topic
from contracts.response.agents.messages import (
    AgreedMessage,
    AskMessage,
    HostMessage,
    IterateMessage,
    NeighbourMessage,
)
from contracts.response.agents.sight import Sight
from contracts.response.agents.sources import Offer
from contracts.response.agents.stake import Stake
from contracts.response.events import get_forecast, get_resources
from contracts.response.parameters import RESPONSE
from contracts.response.quotes import Quote, seal
from contracts.response.records import EventRecord, Phase, quote_key, sealed_key
from crypto.address import Address
from crypto.hashing import Digest
from crypto.keys import PrivateKey
from ledger.codec import Value, encode

REVEAL_SLOTS_MAX: Final = 3
"""So shortly before it is too late, and in the second half of a shorter time, quotes are revealed without
waiting for the ENO's word."""

TALKING: Final = (Phase.AGREEING, Phase.DISPATCHING)

Arguments = Mapping[str, Value]


class ResponseParticipant(ResponseMember):
    """The agent of one owner; what its resources ask for comes from `offer`."""

    kind = "response-participant"
    hears = by_topic(IterateMessage, AgreedMessage, HostMessage, AskMessage, NeighbourMessage)

    def __init__(self, key: PrivateKey, offer: Offer) -> None:
        super().__init__(key)
        self._offer = offer
        self._stakes: dict[int, Stake] = {}
        """By event that is talked about."""

    def follow(self, sight: Sight, now: int) -> Iterator[Action]:
        records = {record.number: record for record in sight.events()}
        for event in [event for event in self._stakes if event not in records]:
            del self._stakes[event]
        for record in records.values():
            if record.phase is Phase.QUOTING:
                yield from self._seal(sight, record)
            elif record.phase in TALKING:
                if record.number not in self._stakes:
                    yield from self._take_up(sight, record)
                if record.phase is Phase.AGREEING:
                    yield from self._reveal(sight, record)

    def heeds(self, sight: Sight, sender: Address, topic: str) -> bool:
        """Of the ENO everything, of owners what their buses say."""
        return topic == NeighbourMessage.TOPIC or sender == sight.calendar.parameters.eno

    def hear(self, sight: Sight, sender: Address, message: Any, now: int) -> Iterator[Action]:
        stake = self._stakes.get(message.event)
        if stake is None:
            return
        match message:
            case NeighbourMessage():
                yield from stake.listen(sender, message)
            case IterateMessage():
                yield from stake.answer(message)
            case AgreedMessage():
                stake.is_agreed = True
                yield from self._reveal(sight, stake.record)
            case HostMessage():
                yield from stake.host(message)
            case AskMessage():
                yield from stake.repeat(message)

    def _seal(self, sight: Sight, record: EventRecord) -> Iterator[Action]:
        for number in self._own(sight, record):
            if sight.get(sealed_key(record.number, number)) is not None:
                continue
            quote = self._offer(sight.view, record, number)
            if quote is not None and self._errands.is_due(sight.view.slot, "seal", record.number, number):
                named: Arguments = {"event": record.number, "resource": number}
                commitment = self._seal_of(sight, record, number, quote)
                yield Submit(RESPONSE, "seal", {**named, "commitment": commitment})

    def _reveal(self, sight: Sight, record: EventRecord) -> Iterator[Action]:
        """When the ENO says so, or when it becomes late."""
        stake = self._stakes[record.number]
        agree_slots = sight.calendar.parameters.windows.agree_slots
        if not stake.is_agreed and sight.slots_left(record) > min(REVEAL_SLOTS_MAX, agree_slots // 2):
            return
        for number, quote in stake.quotes.items():
            if sight.get(quote_key(record.number, number)) is not None:
                continue
            if self._errands.is_due(sight.view.slot, "reveal", record.number, number):
                named: Arguments = {"event": record.number, "resource": number}
                opened: Arguments = {"quote": asdict(quote), "salt": self._salt(record, number)}
                yield Submit(RESPONSE, "reveal", {**named, **opened})

    def _take_up(self, sight: Sight, record: EventRecord) -> Iterator[Action]:
        """An event that is talked about from now on: make again what was sealed."""
        quotes = {}
        for number in self._own(sight, record):
            sealed = sight.get(sealed_key(record.number, number))
            quote = self._offer(sight.view, record, number) if sealed is not None else None
            if quote is not None and self._seal_of(sight, record, number, quote) == sealed:
                quotes[number] = quote
            elif sealed is not None:
                yield Note("warning", "the offer is another than what was sealed", {"event": record.number})
        self._stakes[record.number] = Stake(
            record,
            self.address,
            sight.calendar.parameters,
            sight.genesis.period_s,
            get_forecast(sight, record.number),
            get_resources(sight, record.resources),
            quotes,
        )

    def _own(self, sight: Sight, record: EventRecord) -> Iterator[int]:
        """The numbers of its resources that can give what the event asks for."""
        duration_s = record.periods * sight.genesis.period_s
        for number, resource in enumerate(get_resources(sight, record.resources)):
            if resource.address == self.address and resource.capacity_w(record.sign, duration_s):
                yield number

    def _seal_of(self, sight: Sight, record: EventRecord, number: int, quote: Quote) -> Digest:
        salt = self._salt(record, number)
        return seal(sight.genesis.hash, record.process, self.address, quote, salt)

    def _salt(self, record: EventRecord, number: int) -> bytes:
        return self._key.derive("response/salt", encode((record.process, number)))
