"""A synthetic district of four carriers: who supplies and who needs what, and what they bid, by quarter hour.

Everything is drawn from a seed, and is called synthetic wherever it is shown; of the prices, only the pool's
0.43 for electricity is the paper's (Jin, 5.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi
from random import Random
from typing import Final

from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.bids import Offer
from contracts.pool.commission import Commission
from contracts.pool.parameters import CarrierTerms
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh

QUARTERS: Final = 96
CYCLES: Final = 8
"""Of 30 s each before every quarter hour."""
IDLE_CYCLES: Final = 3
COMMISSION: Final = Commission((5, 8, 10), (15, 20))
FEN_UKWH: Final = 10_000
"""A hundredth of the currency a kWh: people bid in these."""

PRICES: Final[Mapping[Carrier, tuple[float, float, float, float]]] = {
    Carrier.ELECTRICITY: (0.20, 0.43, 0.50, 0.80),
    Carrier.HEAT: (0.10, 0.25, 0.30, 0.45),
    Carrier.COLD: (0.12, 0.30, 0.35, 0.55),
    Carrier.GAS: (0.15, 0.28, 0.32, 0.42),
}
"""Feed-in, pool, stored, network; currency a kWh. Assumed, but for 0.43."""

EFFICIENCY_PERMILLE: Final[Mapping[Carrier, int]] = {
    Carrier.ELECTRICITY: 900,
    Carrier.HEAT: 850,
    Carrier.COLD: 850,
    Carrier.GAS: 990,
}

PEAKS: Final[Mapping[Carrier, tuple[float, float]]] = {
    Carrier.ELECTRICITY: (12.5, 19.0),
    Carrier.HEAT: (4.0, 7.0),
    Carrier.COLD: (11.0, 15.0),
    Carrier.GAS: (12.0, 18.0),
}
"""Hours about which supply and demand are largest. Of electricity the supply is the sun's."""

SUPPLIER_WH: Final = 6_000
CONSUMER_WH: Final = 2_500
"""In a quarter hour about the peak, in the mean."""
NEEDED: Final = 0.6
"""In what part of the quarter hours somebody needs, or has, something of its carrier."""


@dataclass(frozen=True, slots=True)
class Party:
    """A supplier or a consumer of one carrier."""

    name: Address
    side: Side
    carrier: Carrier
    mean_wh: int
    fails: bool
    """It gives or takes less than it traded now and then."""


@dataclass(frozen=True, slots=True)
class PoolCase:
    """A district's day."""

    parties: tuple[Party, ...]
    terms: tuple[CarrierTerms, ...]
    storage_wh: int
    """By carrier."""
    storage_w: int
    """As fast as each is charged and discharged."""
    seed: int

    def offers(self, quarter: int, carrier: Carrier) -> Sequence[tuple[Side, Offer]]:
        """What is signed for a quarter hour, each for the cycle in which its bidder makes up its mind."""
        chance = Random(f"{self.seed}/{quarter}/{carrier.value}")  # noqa: S311 (a study's data, not a secret)
        terms = next(terms for terms in self.terms if terms.carrier is carrier)
        drawn = [(party, _draw(party, terms, quarter, chance)) for party in self.parties
                 if party.carrier is carrier]  # fmt: skip
        return [(party.side, offer) for party, offer in drawn if offer is not None]


def make_case(
    suppliers: int, consumers: int, seed: int, storage_wh: int = 20_000, storage_w: int = 10_000
) -> PoolCase:
    """So many suppliers and consumers of each carrier."""
    chance = Random(f"pool district {seed}")  # noqa: S311 (a study's data, not a secret)
    parties = [
        _party(f"{carrier.value}-{side.value}-{number}", side, carrier, chance)
        for carrier in Carrier
        for side, count in ((Side.ASK, suppliers), (Side.BID, consumers))
        for number in range(count)
    ]
    terms = tuple([_terms(carrier) for carrier in Carrier])
    return PoolCase(tuple(parties), terms, storage_wh, storage_w, seed)


def _party(name: str, side: Side, carrier: Carrier, chance: Random) -> Party:
    usual = SUPPLIER_WH if side is Side.ASK else CONSUMER_WH
    # Of all sizes: what a ranking by N * P lives on.
    mean_wh = round(usual * chance.lognormvariate(0, 0.8))
    return Party(Address(name), side, carrier, mean_wh, fails=chance.random() < 0.1)


def _terms(carrier: Carrier) -> CarrierTerms:
    feed_in, pool, stored, network = [PriceUkwh(round(price * 10**6)) for price in PRICES[carrier]]
    return CarrierTerms(carrier, pool, stored, feed_in, network, EFFICIENCY_PERMILLE[carrier])


def _draw(party: Party, terms: CarrierTerms, quarter: int, chance: Random) -> Offer | None:
    peak = PEAKS[party.carrier][party.side is Side.BID]
    wave = cos(2 * pi * (quarter / 4 - peak) / 24)
    is_solar = party.side is Side.ASK and party.carrier is Carrier.ELECTRICITY
    share = max(0.0, wave) if is_solar else max(0.2, (1 + wave) / 2)
    energy = round(party.mean_wh * share * chance.uniform(0.5, 1.5))
    place = chance.betavariate(2, 3) if party.side is Side.ASK else chance.betavariate(3, 2)
    limit = terms.feed_in_ukwh + place * (terms.network_ukwh - terms.feed_in_ukwh)
    cycle, is_there = chance.randrange(CYCLES), chance.random() < NEEDED
    if energy == 0 or not is_there:
        return None
    rounded = PriceUkwh(round(limit / FEN_UKWH) * FEN_UKWH)
    return Offer(party.name, EnergyWh(energy), rounded, EnergyWh(energy), cycle)
