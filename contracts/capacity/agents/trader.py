"""Whoever has storage, or needs it: seals a bid in every window, reveals it, puts down deposits, pays, calls.

It keeps nothing: the bid is asked for again, and the blinding factor is derived from its key. So one that was
restarted between seal and reveal does not lose its bond.
"""

from collections.abc import Iterator

from contracts.agent import Action, Note, Submit
from contracts.capacity.agents.envelope import commitment, opening, sealing
from contracts.capacity.agents.member import CapacityMember
from contracts.capacity.agents.sight import Sight
from contracts.capacity.agents.sources import Bidding, Calling, no_call
from contracts.capacity.bids import Side
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.records import Phase, Right, Standing, Trade, WindowRecord
from contracts.capacity.windows import (
    find_opened,
    find_profile,
    find_right,
    find_seat,
    find_trade,
    get_sealed,
    rights_of,
)
from crypto.keys import PrivateKey
from ledger.codec import Value


class CapacityTrader(CapacityMember):
    """The agent of one bidder; what it bids comes from `bidding`, what it calls from `calling`."""

    kind = "capacity-trader"

    def __init__(self, key: PrivateKey, bidding: Bidding, calling: Calling = no_call) -> None:
        super().__init__(key)
        self._bidding = bidding
        self._calling = calling

    def follow(self, sight: Sight) -> Iterator[Action]:
        for record in sight.windows():
            match record.phase:
                case Phase.SEALING:
                    yield from self._seal(sight, record)
                case Phase.REVEALING:
                    yield from self._reveal(sight, record)
                case Phase.DEPOSITING | Phase.PAYING:
                    yield from self._settle_up(sight, record)
                case Phase.HOLDING:
                    yield from self._call(sight, record)

    def _seal(self, sight: Sight, record: WindowRecord) -> Iterator[Action]:
        if find_seat(sight, record.number, self.address) is not None:
            return
        bid = self._bidding(sight.view, record)
        if bid is None or not self._errands.is_due(sight.slot, "seal", record.number):
            return
        yield Submit(CAPACITY, "seal", sealing(sight, self._key, record, bid))

    def _reveal(self, sight: Sight, record: WindowRecord) -> Iterator[Action]:
        place = find_seat(sight, record.number, self.address)
        if place is None or find_opened(sight, record.number, place) is not None:
            return
        if not self._errands.is_due(sight.slot, "reveal", record.number):
            return
        bid = self._bidding(sight.view, record)
        sealed = get_sealed(sight, record.number, place)
        if bid is None or commitment(sight, self._key, record, bid) != sealed.commitment:
            yield Note("warning", "the bid is another than what was sealed", {"window": record.number})
            return
        yield Submit(CAPACITY, "reveal", opening(self._key, record, bid))

    def _settle_up(self, sight: Sight, record: WindowRecord) -> Iterator[Action]:
        """Put down deposits, then pay for what was bought."""
        traded = self._traded(sight, record)
        if traded is None:
            return
        side, trade = traded
        if record.phase is Phase.DEPOSITING:
            action, is_done = "deposit", trade.is_deposited
        else:
            action, is_done = "pay", trade.is_paid or not self._has_to_pay(sight, record, side, trade)
        if not is_done and self._errands.is_due(sight.slot, action, record.number):
            yield Submit(CAPACITY, action, {"window": record.number})

    def _call(self, sight: Sight, record: WindowRecord) -> Iterator[Action]:
        """Nominate what is called of every right that it holds, whoever bought it."""
        for number in range(record.rights):
            right = find_right(sight, record.number, number)
            if (
                right is None
                or not self._holds(right)
                or find_profile(sight, record.number, number) is not None
            ):
                continue
            profile = self._calling(sight.view, record, right)
            if profile is not None and self._errands.is_due(sight.slot, "nominate", record.number, number):
                named: dict[str, Value] = {"window": record.number, "right": number}
                yield Submit(CAPACITY, "nominate", {**named, "profile": profile})

    def _holds(self, right: Right) -> bool:
        return right.standing is Standing.MINTED and right.holder == self.address

    def _traded(self, sight: Sight, record: WindowRecord) -> tuple[Side, Trade] | None:
        place = find_seat(sight, record.number, self.address)
        trade = None if place is None else find_trade(sight, record.number, place)
        if place is None or trade is None:
            return None
        return get_sealed(sight, record.number, place).side, trade

    def _has_to_pay(self, sight: Sight, record: WindowRecord, side: Side, trade: Trade) -> bool:
        rights = rights_of(sight, record.number, trade)
        return side is Side.BUY and any(right.standing is Standing.AGREED for _, right in rights)
