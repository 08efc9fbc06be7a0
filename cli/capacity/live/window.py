"""A window of capacity rights on a node's chain, as its summary tells it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

from cli.agreement import events_of
from cli.capacity.live.cast import player_named
from cli.capacity.live.money import Payment, lost_of, payments_of
from cli.describe import Names
from cli.errors import CommandError
from contracts.capacity.agents.sight import Sight
from contracts.capacity.keys import bond_escrow, buyer_escrow, seller_escrow
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.records import WindowRecord, did
from contracts.capacity.windows import (
    count_windows,
    find_clearing,
    find_final,
    find_opened,
    find_trade,
    get_right,
    get_sealed,
    get_window,
)
from ledger.quantities import Amount, EnergyWh, Period, PriceUkwh
from ledger.store import Store
from node.chain import HeadView

WINDOW: Final = 0
"""The chain's only one."""


@dataclass(frozen=True, slots=True)
class BidRow:
    """What became of a bid and its bond."""

    name: str
    conduct: str
    side: str
    bound_wh: EnergyWh
    """What it may trade at the most, as everybody could see while it was sealed."""
    is_revealed: bool
    traded_wh: EnergyWh
    bond: Amount
    bond_lost: Amount


@dataclass(frozen=True, slots=True)
class RightRow:
    """What became of a right and its deposits."""

    number: int
    obligor: str
    buyer: str
    holder: str
    is_final: bool
    """Whether it was paid and its time is over; else it became void."""
    quantity_wh: EnergyWh
    price_ukwh: PriceUkwh
    delivered_wh: EnergyWh
    paid: Amount
    refunded: Amount
    """What of the price came back to the holder."""
    seller_lost: Amount
    """Of its deposit."""
    buyer_lost: Amount


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one reading fulfilled of one right, and the payment that came with it."""

    period: Period
    right: int
    delivered_wh: EnergyWh
    payment: Amount


class Window:
    """A window as its chain has it, by the names of those who took part."""

    def __init__(self, store: Store, record: WindowRecord) -> None:
        self._store = store
        self._sight = Sight(HeadView(store.genesis, store.head))
        self._names = Names(store.genesis)
        self.record = record

    @cached_property
    def payments(self) -> list[Payment]:
        return payments_of(self._store, self.record)

    @property
    def price_ukwh(self) -> PriceUkwh | None:
        """None if nothing was traded."""
        clearing = find_clearing(self._sight, self.record.number)
        return None if clearing is None else clearing.price_ukwh

    def bids(self) -> Iterator[BidRow]:
        """In the order in which they were sealed."""
        window = self.record.number
        for bid in range(self.record.sealed):
            sealed, trade = get_sealed(self._sight, window, bid), find_trade(self._sight, window, bid)
            name = self._names[sealed.address]
            yield BidRow(
                name=name,
                conduct=player_named(name).conduct.value,
                side=sealed.side.value,
                bound_wh=sealed.bound_wh,
                is_revealed=find_opened(self._sight, window, bid) is not None,
                traded_wh=EnergyWh(0) if trade is None else trade.quantity_wh,
                bond=sealed.bond,
                bond_lost=lost_of(self.payments, bond_escrow(window, bid)),
            )

    def rights(self) -> Iterator[RightRow]:
        """In the order in which they were joined."""
        return (self._right(number) for number in range(self.record.rights))

    def _right(self, number: int) -> RightRow:
        window = self.record.number
        final = find_final(self._sight, window, number)
        right = get_right(self._sight, window, number) if final is None else final
        parties = {name: self._name(getattr(right, name)) for name in ("obligor", "buyer", "holder")}
        return RightRow(
            number=number,
            **parties,
            is_final=final is not None,
            quantity_wh=right.quantity_wh,
            price_ukwh=right.price_ukwh,
            delivered_wh=right.delivered_wh,
            paid=right.paid,
            refunded=Amount(0) if final is None else final.refunded,
            seller_lost=lost_of(self.payments, seller_escrow(window, number)),
            buyer_lost=lost_of(self.payments, buyer_escrow(window, number)),
        )

    def _name(self, identity: str) -> str:
        return self._names[identity.removeprefix(did(""))]

    def deliveries(self) -> Iterator[Delivery]:
        """In the order in which readings came."""
        for _, event in events_of(self._store):
            said = cast(Mapping[str, Any], event.fields)
            if (event.contract, event.name) == (CAPACITY, "delivered") and said[
                "window"
            ] == self.record.number:
                yield Delivery(said["period"], said["right"], said["delivered_wh"], said["payment"])


def read_window(store: Store) -> Window:
    """The one that there is. Raises CommandError if none was opened."""
    sight = Sight(HeadView(store.genesis, store.head))
    if count_windows(sight) == 0:
        raise CommandError("no window was opened")
    return Window(store, get_window(sight, WINDOW))
