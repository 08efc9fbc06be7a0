"""What suppliers ask and consumers bid: signed to the platform, which posts it, and then standing offers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated

from contracts.arguments import Length
from contracts.community.orders import Energy, Price, Side
from contracts.metering.readings import Carrier
from contracts.pool.refusals import BadBid
from crypto.address import Address
from crypto.errors import CryptoError
from crypto.hashing import Digest, domain
from crypto.keys import SIGNATURE_BYTES, verify
from ledger.codec import Value, encode
from ledger.quantities import EnergyWh, PriceUkwh

BIDS_A_CYCLE_MAX = 512


@dataclass(frozen=True, slots=True)
class Bid:
    """So much of a carrier, for at least (an ask) or at most (a bid) so much a kWh."""

    address: Address
    carrier: Carrier
    side: Side
    energy_wh: Energy
    limit_ukwh: Price


@dataclass(frozen=True, slots=True)
class SignedBid:
    """A bid as its maker gave it to the platform, for one cycle of one interval."""

    bid: Bid
    signature: Annotated[bytes, Length(SIGNATURE_BYTES)]


SignedBids = Annotated[tuple[SignedBid, ...], Length(0, BIDS_A_CYCLE_MAX)]


@dataclass(frozen=True, slots=True)
class Offer:
    """A bid that stands, until it is traded, replaced, or its interval begins."""

    address: Address
    energy_wh: EnergyWh
    """As it was signed: what it is ranked by."""
    limit_ukwh: PriceUkwh
    left_wh: EnergyWh
    """What is not traded yet."""
    since: int
    """The cycle that it was signed for."""

    @property
    def value(self) -> int:
        """N * P of the ranking, in nano."""
        return self.energy_wh * self.limit_ukwh


def encode_bid(bid: Bid) -> Mapping[str, Value]:
    """A bid as an argument."""
    return asdict(bid) | {"carrier": bid.carrier.value, "side": bid.side.value}


def bid_message(chain: Digest, period: int, cycle: int, bid: Bid) -> bytes:
    """What a bidder signs: its bid serves one cycle of one chain, and nobody else."""
    terms = (bid.address, bid.carrier.value, bid.side.value, bid.energy_wh, bid.limit_ukwh)
    return domain("pool-bid", chain) + encode((period, cycle, *terms))


def check_signature(chain: Digest, period: int, cycle: int, signed: SignedBid, public_key: bytes) -> None:
    """Raises BadBid unless the bidder signed just this."""
    try:
        verify(public_key, signed.signature, bid_message(chain, period, cycle, signed.bid))
    except CryptoError:
        reason = f"it is not signed by its bidder for cycle {cycle} of period {period}"
        raise BadBid(signed.bid.address, reason) from None
