"""What a participant asks for its response: a piecewise constant price, sealed until all have quoted.

A response x >= 0, in whole W, is by how much a resource moves its injection (power from a bus into the
network) in the event's direction:

    kind        up: more injection        down: less injection
    generation  raise                     curtail
    storage     discharge more            charge more
    load        suspend what is consumed  take up more

The price is the subsidy of Chen et al. (2022), eq. 7, as that of each further watt. It never falls, so that
the cost is convex. Price times power, ukwh * W, is the unit of all optimisation: billionths of the currency
an hour.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.response.quote_errors import (
    BeyondCertified,
    EmptySegment,
    FallingPrice,
    OverlappingSegment,
    PriceTooHigh,
)
from crypto.address import Address
from crypto.hashing import Digest, domain, sha256
from ledger.codec import encode
from ledger.quantities import TxId

SEGMENTS_MAX = 16
POWER_W_MAX = 10**9
"""A gigawatt: more than any distribution network carries."""

ENERGY_WH_MAX = 10**12
PRICE_UKWH_MAX = 10**8
"""A hundred units of the currency a kWh: several times the highest price cap of any market."""

SALT_BYTES = 32
SECONDS_PER_HOUR = 3_600

Power = Annotated[int, Range(0, POWER_W_MAX)]


@dataclass(frozen=True, slots=True)
class Segment:
    """Each watt of a response from `first_w` to `last_w` costs `price_ukwh`."""

    first_w: Power
    last_w: Power
    price_ukwh: Annotated[int, Range(0, PRICE_UKWH_MAX)]


@dataclass(frozen=True, slots=True)
class Quote:
    """The segments, from 0 W on without gaps, and the energy that the response may move in one event."""

    segments: Annotated[tuple[Segment, ...], Length(1, SEGMENTS_MAX)]
    energy_wh: Annotated[int, Range(0, ENERGY_WH_MAX)]

    def pieces(self, limit_w: int) -> Iterator[tuple[int, int]]:
        """Width in W and price in ukwh of each segment, as far as they lie below `limit_w`."""
        for segment in self.segments:
            if segment.first_w >= limit_w:
                return
            yield min(segment.last_w, limit_w) - segment.first_w, segment.price_ukwh


def check_quote(quote: Quote, certified_w: int, certified_wh: int, price_ukwh_max: int) -> None:
    """Raises OverlappingSegment, EmptySegment, FallingPrice, PriceTooHigh or BeyondCertified."""
    end_w, price_ukwh = 0, 0
    for number, segment in enumerate(quote.segments):
        if segment.first_w != end_w:
            raise OverlappingSegment(number, end_w, segment.first_w)
        if segment.last_w <= segment.first_w:
            raise EmptySegment(number, segment.first_w, segment.last_w)
        if segment.price_ukwh < price_ukwh:
            raise FallingPrice(number, price_ukwh, segment.price_ukwh)
        end_w, price_ukwh = segment.last_w, segment.price_ukwh
    if price_ukwh > price_ukwh_max:
        raise PriceTooHigh(price_ukwh, price_ukwh_max)
    if end_w > certified_w:
        raise BeyondCertified(end_w, certified_w, "W")
    if quote.energy_wh > certified_wh:
        raise BeyondCertified(quote.energy_wh, certified_wh, "Wh")


def capacity_w(quote: Quote, duration_s: int) -> int:
    """The most that can be held for `duration_s`, whole W (Chen et al. 2022, the limits of eq. 7)."""
    return min(quote.segments[-1].last_w, quote.energy_wh * SECONDS_PER_HOUR // duration_s)


def cost_nano_h(quote: Quote, response_w: int) -> int:
    """What a response costs, in billionths of the currency an hour."""
    return sum(width_w * price_ukwh for width_w, price_ukwh in quote.pieces(response_w))


def seal(genesis: Digest, process: TxId, address: Address, quote: Quote, salt: bytes) -> Digest:
    """The commitment that stands on the chain until the quote and its salt of SALT_BYTES are revealed.

    It is bound to chain, event and participant, so that nobody's serves another or a second time.
    """
    return sha256(domain("response/quote", genesis) + encode((process, address, asdict(quote), salt)))
