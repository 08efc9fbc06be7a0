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
from contracts.pool.posting import get_posted
from contracts.pool.records import IntervalRecord, Phase
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
        records = list(sight.intervals())
        periods = [record.period for record in records]
        self._signed = {place: signed for place, signed in self._signed.items() if place[0] in periods}
        for record in records:
            for terms in calendar_of(sight).parameters.carriers:
                if record.phase is Phase.BIDDING:
                    yield from self._bid(sight, record, terms.carrier)
                elif record.phase is Phase.MATCHED:
                    yield from self._insist(sight, record, terms.carrier)

    def _bid(self, sight: Sight, record: IntervalRecord, carrier: Carrier) -> Iterator[Action]:
        """With every block of an open cycle, since messages may be lost; the same signature every time."""
        cycle = record.cycles - 1
        wanted = self._wish(sight.view, record.period, cycle, carrier)
        if wanted is None:
            return
        bid = Bid(self.address, carrier, *wanted)
        self._signed[record.period, carrier] = cycle, bid
        signature = self._key.sign(bid_message(sight.genesis.hash, record.period, cycle, bid))
        message = BidMessage(record.period, cycle, SignedBid(bid, signature))
        yield SendMessage(calendar_of(sight).parameters.platform, BID_TOPIC, message.encode())

    def _insist(self, sight: Sight, record: IntervalRecord, carrier: Carrier) -> Iterator[Action]:
        """Have the next cycle take what was signed for the one that was matched last, and is not in it."""
        cycle, bid = self._signed.get((record.period, carrier), (None, None))
        is_last = record.cycles == calendar_of(sight).parameters.cycles
        if bid is None or cycle != record.cycles - 1 or is_last or bid in get_posted(sight, record.period):
            return
        if _was_taken(sight, record, bid) or not _is_fit(sight, record, bid):
            return
        if self._errands.is_due(sight.slot, "post", record.period, carrier.value):
            yield Submit(POOL, "post", {"period": record.period, "bid": encode_bid(bid)})


def _was_taken(sight: Sight, record: IntervalRecord, bid: Bid) -> bool:
    """Whether a bid was in the cycle that was matched last."""
    cycle = record.cycles - 1
    outcome = find_outcome(sight, record.period, cycle, bid.carrier)
    offers = () if outcome is None else (*outcome.before.asks, *outcome.before.bids)
    return any(offer.address == bid.address and offer.since == cycle for offer in offers)


def _is_fit(sight: Sight, record: IntervalRecord, bid: Bid) -> bool:
    try:
        check_terms(sight, record, get_book(sight, record.period, bid.carrier), bid)
    except PoolError:
        return False
    return True
