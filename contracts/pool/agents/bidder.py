"""A supplier's or consumer's agent: it signs what its owner wants of each cycle, for the platform to post.

A bid that is not in its cycle, be it that its messages were lost or that the platform would not have it, the
agent puts on the chain itself.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from contracts.agent import Action, SendMessage, Submit, View
from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.admission import check_terms
from contracts.pool.agents.member import PoolMember
from contracts.pool.agents.messages import BID_TOPIC, BidMessage
from contracts.pool.agents.sight import Sight
from contracts.pool.bids import Bid, SignedBid, bid_message, encode_bid
from contracts.pool.errors import PoolError
from contracts.pool.intervals import calendar_of, find_outcome, get_book
from contracts.pool.parameters import POOL
from contracts.pool.records import TRADED, IntervalRecord, Phase
from crypto.keys import PrivateKey
from ledger.quantities import EnergyWh, Period, PriceUkwh


class Terms(NamedTuple):
    """A bid to be."""

    side: Side
    energy_wh: EnergyWh
    limit_ukwh: PriceUkwh


Wish = Callable[[View, Period, int, Carrier], Terms | None]
"""What the owner wants of a carrier in a cycle of an interval, instead of what stands; None: leave it."""


class PoolBidder(PoolMember):
    """The agent of one supplier or consumer, for all carriers."""

    kind = "pool-bidder"

    def __init__(self, key: PrivateKey, wish: Wish) -> None:
        super().__init__(key)
        self._wish = wish
        self._signed: dict[tuple[Period, Carrier], tuple[int, Bid]] = {}
        """By interval and carrier: the newest bid, and for which cycle."""

    def follow(self, sight: Sight, now: int) -> Iterator[Action]:
        records = [record for record in sight.intervals() if record.phase in TRADED]
        periods = [record.period for record in records]
        self._signed = {place: signed for place, signed in self._signed.items() if place[0] in periods}
        for record in records:
            for terms in calendar_of(sight).parameters.carriers:
                yield from self._bid(sight, record, terms.carrier)

    def _bid(self, sight: Sight, record: IntervalRecord, carrier: Carrier) -> Iterator[Action]:
        """With every block of an open cycle, since messages may be lost; on the chain, after a match without
        what was signed for it."""
        left_out = self._take_left_out(sight, record, carrier)
        wanted = self._wanted(sight, record, carrier)
        if wanted is not None:
            yield self._message(sight, record, wanted)
        if left_out is not None and _is_fit(sight, record, wanted or left_out):
            yield Submit(POOL, "post", {"period": record.period, "bid": encode_bid(wanted or left_out)})

    def _wanted(self, sight: Sight, record: IntervalRecord, carrier: Carrier) -> Bid | None:
        """For the cycle that is open."""
        if record.phase is not Phase.BIDDING:
            return None
        cycle = record.cycles - 1
        terms = self._wish(sight.view, record.period, cycle, carrier)
        if terms is None:
            return None
        bid = Bid(self.address, carrier, *terms)
        self._signed[record.period, carrier] = cycle, bid
        return bid

    def _message(self, sight: Sight, record: IntervalRecord, bid: Bid) -> SendMessage:
        """The same signature every time."""
        cycle = record.cycles - 1
        signature = self._key.sign(bid_message(sight.genesis.hash, record.period, cycle, bid))
        message = BidMessage(record.period, cycle, SignedBid(bid, signature))
        return SendMessage(calendar_of(sight).parameters.platform, BID_TOPIC, message.encode())

    def _take_left_out(self, sight: Sight, record: IntervalRecord, carrier: Carrier) -> Bid | None:
        """What was signed for a cycle that is matched, and is not in it; told once."""
        matched = record.cycles - (record.phase is Phase.BIDDING)
        cycle, bid = self._signed.get((record.period, carrier), (matched, None))
        if bid is None or cycle >= matched:
            return None
        del self._signed[record.period, carrier]
        return None if _was_taken(sight, record.period, cycle, bid) else bid


def _was_taken(sight: Sight, period: Period, cycle: int, bid: Bid) -> bool:
    """Whether a bid is in its cycle, which was matched."""
    outcome = find_outcome(sight, period, cycle, bid.carrier)
    offers = () if outcome is None else (*outcome.before.asks, *outcome.before.bids)
    return any(offer.address == bid.address and offer.since == cycle for offer in offers)


def _is_fit(sight: Sight, record: IntervalRecord, bid: Bid) -> bool:
    try:
        check_terms(sight, record, get_book(sight, record.period, bid.carrier), bid)
    except PoolError:
        return False
    return True
