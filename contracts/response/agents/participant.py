"""An owner of resources: seals quotes, answers the optimisation, hosts buses in the check, reveals.

Its curve is its own until it reveals: to the ENO's agent it says only which power it would give at the price
that it is told. What it sealed it can make again after a restart: the offer is asked for again, and the salt
is derived from its key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from contracts.agent import Action, Note, Submit, View
from contracts.response.agents.member import ResponseMember
from contracts.response.agents.sight import Sight
from contracts.response.agents.sources import Offer
from contracts.response.events import get_resources
from contracts.response.parameters import RESPONSE
from contracts.response.quotes import Quote, seal
from contracts.response.records import EventRecord, Phase, quote_key, sealed_key
from crypto.hashing import Digest
from crypto.keys import PrivateKey
from ledger.codec import Value, encode

Arguments = Mapping[str, Value]

REVEAL_SLOTS = 3
"""So shortly before it is too late, quotes are revealed without waiting for the ENO's word."""


class ResponseParticipant(ResponseMember):
    """The agent of one owner; what its resources ask for comes from `offer`."""

    kind = "response-participant"

    def __init__(self, key: PrivateKey, offer: Offer) -> None:
        super().__init__(key)
        self._offer = offer
        self._agreed: set[int] = set()
        """Events of which the ENO said that all is agreed."""

    def follow(self, view: View, now: int) -> Iterator[Action]:
        sight = Sight(view)
        for record in sight.events():
            if record.phase is Phase.QUOTING:
                yield from self._seal(sight, record)
            elif record.phase is Phase.AGREEING:
                yield from self._reveal(sight, record)

    def _seal(self, sight: Sight, record: EventRecord) -> Iterator[Action]:
        for number in self._own(sight, record):
            quote = self._offer(sight.view, record, number)
            if quote is None or sight.get(sealed_key(record.number, number)) is not None:
                continue
            if self._errands.is_due(sight.view.slot, "seal", record.number, number):
                named: Arguments = {"event": record.number, "resource": number}
                commitment = self._seal_of(sight, record, number, quote)
                yield Submit(RESPONSE, "seal", {**named, "commitment": commitment})

    def _reveal(self, sight: Sight, record: EventRecord) -> Iterator[Action]:
        if record.number not in self._agreed and sight.slots_left(record) > REVEAL_SLOTS:
            return
        for number in self._own(sight, record):
            sealed = sight.get(sealed_key(record.number, number))
            if sealed is None or sight.get(quote_key(record.number, number)) is not None:
                continue
            quote = self._offer(sight.view, record, number)
            if quote is None or self._seal_of(sight, record, number, quote) != sealed:
                yield Note("warning", "the offer is another than what was sealed", {"event": record.number})
            elif self._errands.is_due(sight.view.slot, "reveal", record.number, number):
                named: Arguments = {"event": record.number, "resource": number}
                opened: Arguments = {"quote": asdict(quote), "salt": self._salt(record, number)}
                yield Submit(RESPONSE, "reveal", {**named, **opened})

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
