"""The platform's agent: it opens cycles, collects what bidders sign, posts it, and settles.

A cycle lasts `cycle_ms`, off the chain (30 s in the paper); between its T and its D bids arrive. Of several
bids of one bidder for one cycle the first counts. Nothing is posted that the chain would refuse, since with
one such bid it would refuse the whole cycle.
"""

from collections.abc import Iterator
from typing import Final

from contracts.agent import Action, MessageReceived, Note, SetTimer, Submit
from contracts.membership.members import decode_member, member_key
from contracts.pool.admission import check_terms
from contracts.pool.agents.member import PoolMember
from contracts.pool.agents.messages import BID_TOPIC, BidMessage
from contracts.pool.agents.sight import Sight
from contracts.pool.bids import BIDS_A_CYCLE_MAX, SignedBid, check_signature, encode_bid
from contracts.pool.errors import PoolError
from contracts.pool.intervals import calendar_of, get_book, get_interval, unsettled_intervals
from contracts.pool.parameters import POOL
from contracts.pool.records import IntervalRecord, Phase
from contracts.pool.refusals import BadBid
from crypto.address import Address
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.errors import DecodeError
from ledger.quantities import Period
from ledger.stage import Stage

CYCLE_MS: Final = 30_000

SPARE_SLOTS: Final = 3
"""No cycle is opened that would not end so long before its interval begins: T and D take a block each."""

Cycle = tuple[int, int]
"""Period and number of a cycle."""


class PoolPlatform(PoolMember):
    """The agent of the platform company."""

    kind = "pool-platform"

    def __init__(self, key: PrivateKey, cycle_ms: int = CYCLE_MS) -> None:
        super().__init__(key)
        self._cycle_ms = cycle_ms
        self._sight: Sight | None = None
        self._collecting: dict[Cycle, dict[tuple[str, str], SignedBid]] = {}
        """By cycle that is open, or seen as open by bidders who are a block ahead: by carrier and bidder."""
        self._timed: set[Cycle] = set()
        """Cycles that are open, and have their timer."""
        self._over: set[Cycle] = set()
        """Those of which the time has come, and which are not matched yet."""

    def follow(self, sight: Sight, now: int) -> Iterator[Action]:
        self._sight = sight
        records = list(sight.intervals())
        is_open = {_newest(record) for record in records if record.phase is Phase.BIDDING}
        following = {(record.period, record.cycles) for record in records}
        self._timed &= is_open
        self._over &= is_open
        self._collecting = {cycle: self._collecting.get(cycle, {}) for cycle in sorted(is_open | following)}
        for record in records:
            if record.phase is Phase.BIDDING:
                yield from self._run(sight, record, now)
            elif record.phase in (Phase.DUE, Phase.MATCHED):
                yield from self._open(sight, record)
        for period in unsettled_intervals(sight):
            yield from self._settle(sight, get_interval(sight, period))

    def hear(self, message: MessageReceived) -> Iterator[Action]:
        """Take a bid for a cycle that is open."""
        if message.topic != BID_TOPIC or self._sight is None:
            return
        try:
            heard = BidMessage.decode(message.body, message.sender)
        except DecodeError as error:
            yield Note("warning", "a bid could not be read", {"sender": message.sender, "error": str(error)})
            return
        bids, bid = self._collecting.get((heard.period, heard.cycle)), heard.signed.bid
        key = (bid.carrier.value, bid.address)
        if bids is None or key in bids or len(bids) == BIDS_A_CYCLE_MAX:
            return
        try:
            self._check(self._sight, heard)
        except PoolError as error:
            yield Note("warning", "a bid was refused", {"bidder": bid.address, "error": str(error)})
            return
        bids[key] = heard.signed

    def wake(self, timer: str) -> Iterator[Action]:
        """A cycle's time has come: post what was signed for it."""
        if self._sight is None:
            return
        for record in self._sight.intervals():
            if record.phase is Phase.BIDDING and _timer(_newest(record)) == timer:
                self._over.add(_newest(record))
                yield from self._match(self._sight, record)

    def _open(self, sight: Sight, record: IntervalRecord) -> Iterator[Action]:
        calendar = calendar_of(sight)
        ends = sight.slot + SPARE_SLOTS + self._cycle_ms // sight.genesis.slot_ms
        if record.cycles == calendar.parameters.cycles or ends > calendar.trading_until(record.period):
            return
        if self._errands.is_due(sight.slot, "open", record.period, record.cycles):
            links = () if record.process is None else (record.process,)
            arguments: dict[str, Value] = {"period": record.period, "cycle": record.cycles}
            yield Submit(POOL, "open", arguments, Stage.TRIGGER, links)

    def _run(self, sight: Sight, record: IntervalRecord, now: int) -> Iterator[Action]:
        """Collect for an open cycle, until its timer; after that, see that it is matched."""
        cycle = _newest(record)
        if cycle in self._over:
            yield from self._match(sight, record)
        elif cycle not in self._timed:
            self._timed.add(cycle)
            yield SetTimer(_timer(cycle), now + self._cycle_ms)

    def _match(self, sight: Sight, record: IntervalRecord) -> Iterator[Action]:
        if record.opened is None or not self._errands.is_due(sight.slot, "match", *_newest(record)):
            return
        bids = list(self._good(sight, record))
        arguments: dict[str, Value] = {
            "period": record.period,
            "cycle": record.cycles - 1,
            "bids": tuple(
                [{"bid": encode_bid(signed.bid), "signature": signed.signature} for signed in bids]
            ),
        }
        yield Submit(POOL, "match", arguments, Stage.DISPATCH, (record.opened,))

    def _good(self, sight: Sight, record: IntervalRecord) -> Iterator[SignedBid]:
        """What the chain takes still: agreements may have ended since."""
        period, cycle = _newest(record)
        for signed in self._collecting.get((period, cycle), {}).values():
            try:
                self._check(sight, BidMessage(period, cycle, signed))
            except PoolError:
                continue
            yield signed

    def _check(self, sight: Sight, heard: BidMessage) -> None:
        """Raises PoolError for what the chain would refuse."""
        bid = heard.signed.bid
        record = get_interval(sight, Period(heard.period))
        public_key = _public_key(sight, bid.address)
        check_signature(sight.genesis.hash, heard.period, heard.cycle, heard.signed, public_key)
        check_terms(sight, record, get_book(sight, heard.period, bid.carrier), bid)

    def _settle(self, sight: Sight, record: IntervalRecord) -> Iterator[Action]:
        if record.standing is None or record.verifications is None:
            return
        if self._errands.is_due(sight.slot, "settle", record.period):
            said: dict[str, Value] = {"period": record.period, "verifications": record.verifications}
            yield Submit(POOL, "settle", said, Stage.ACCOUNTING, (record.standing,))


def _newest(record: IntervalRecord) -> Cycle:
    return record.period, record.cycles - 1


def _timer(cycle: Cycle) -> str:
    return f"cycle {cycle[1]} of period {cycle[0]}"


def _public_key(sight: Sight, address: Address) -> bytes:
    """Raises BadBid for nobody in good standing."""
    value = sight.view.get("membership", member_key(address))
    member = None if value is None else decode_member(address, value)
    if member is None or not member.active_roles(sight.slot, is_seated=False):
        raise BadBid(address, "its bidder is no member in good standing")
    return member.public_key
