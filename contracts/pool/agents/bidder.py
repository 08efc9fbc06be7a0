"""A supplier's or consumer's agent: it signs what its owner wants of each cycle, for the platform to post."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from contracts.agent import Action, SendMessage, View
from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.agents.member import PoolMember
from contracts.pool.agents.messages import BID_TOPIC, BidMessage
from contracts.pool.agents.sight import Sight
from contracts.pool.bids import Bid, SignedBid, bid_message
from contracts.pool.intervals import calendar_of
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

    def follow(self, sight: Sight, now: int) -> Iterator[Action]:
        for record in sight.intervals():
            if record.phase is Phase.BIDDING:
                for terms in calendar_of(sight).parameters.carriers:
                    yield from self._bid(sight, record, terms.carrier)

    def _bid(self, sight: Sight, record: IntervalRecord, carrier: Carrier) -> Iterator[Action]:
        """With every block of an open cycle, since messages may be lost; the same signature every time."""
        cycle = record.cycles - 1
        wanted = self._wish(sight.view, record.period, cycle, carrier)
        if wanted is None:
            return
        bid = Bid(self.address, carrier, *wanted)
        signature = self._key.sign(bid_message(sight.genesis.hash, record.period, cycle, bid))
        message = BidMessage(record.period, cycle, SignedBid(bid, signature))
        yield SendMessage(calendar_of(sight).parameters.platform, BID_TOPIC, message.encode())
