"""Scenario 2: what no consumer took enters the pool at the fixed price, and consumers that are left take it
(Jin, 5.2 (4), eq. 3: until a consumer's demand is met, cheapest lot first)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from contracts.pool.bids import Offer
from contracts.pool.commission import PERMILLE
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh


@dataclass(frozen=True, slots=True)
class Lot:
    """Energy in the pool."""

    address: Address
    """Whose it is; it is paid when the lot is sold."""
    energy_wh: EnergyWh
    """As it came into the pool: what it is ranked by."""
    price_ukwh: PriceUkwh
    """Which it is sold at."""
    limit_ukwh: PriceUkwh
    """What its owner asked for at least; of stored energy, its price."""
    left_wh: EnergyWh
    is_stored: bool
    """It comes out of a storage, and goes back if it is not sold."""


class Sale(NamedTuple):
    """Places in the ranks of lots and bids, and what is taken."""

    lot: int
    bid: int
    energy_wh: EnergyWh


def add_to_pool(lots: Sequence[Lot], asks: Sequence[Offer], pool_ukwh: PriceUkwh) -> list[Lot]:
    """The lots, and what is left of these asks: what somebody supplied is one lot, however often it did."""
    pooled = {lot.address: lot for lot in lots if not lot.is_stored}
    for ask in asks:
        lot = Lot(ask.address, ask.left_wh, pool_ukwh, ask.limit_ukwh, ask.left_wh, is_stored=False)
        pooled[ask.address] = _join(pooled[ask.address], lot) if ask.address in pooled else lot
    return [*[lot for lot in lots if lot.is_stored], *pooled.values()]


def rank_lots(lots: Sequence[Lot]) -> list[Lot]:
    """By N * P ascending, then P, and whose it is."""
    return sorted(
        lots, key=lambda lot: (lot.energy_wh * lot.price_ukwh, lot.price_ukwh, lot.address, lot.is_stored)
    )


def sell(lots: Sequence[Lot], bids: Sequence[Offer]) -> Iterator[Sale]:
    """What ranked consumers take of ranked lots: each in its turn, of every lot of others that its bid
    covers."""
    left = [lot.left_wh for lot in lots]
    for place, bid in enumerate(bids):
        wanted = bid.left_wh
        for number, lot in enumerate(lots):
            is_open = lot.price_ukwh <= bid.limit_ukwh and lot.address != bid.address
            energy = min(wanted, left[number])
            if is_open and energy:
                left[number], wanted = EnergyWh(left[number] - energy), EnergyWh(wanted - energy)
                yield Sale(number, place, energy)


def take_over(left_wh: Sequence[int], most_wh: int) -> list[EnergyWh]:
    """How much of each lot a storage takes in turn: so much of all at the most."""
    taken = []
    for left in left_wh:
        taken.append(EnergyWh(min(left, most_wh)))
        most_wh -= taken[-1]
    return taken


def stored_wh(energy_wh: int, efficiency_permille: int) -> EnergyWh:
    """What a storage keeps of what it is given in an interval, rounded down."""
    return EnergyWh(energy_wh * efficiency_permille // PERMILLE)


def chargeable_wh(room_wh: int, efficiency_permille: int) -> EnergyWh:
    """The most that a storage with so much room can be given."""
    return EnergyWh(max(0, room_wh) * PERMILLE // efficiency_permille)


def _join(lot: Lot, other: Lot) -> Lot:
    return replace(
        lot,
        energy_wh=EnergyWh(lot.energy_wh + other.energy_wh),
        limit_ukwh=max(lot.limit_ukwh, other.limit_ukwh),
        left_wh=EnergyWh(lot.left_wh + other.left_wh),
    )
