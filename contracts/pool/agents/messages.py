"""What bidders send to the platform; it is on the chain only once the platform posts it."""

from dataclasses import dataclass

from contracts.capacity.clearing import PRICE_UKWH_MAX
from contracts.community.orders import ENERGY_WH_MAX, Side
from contracts.metering.readings import Carrier
from contracts.pool.bids import Bid, SignedBid
from crypto.address import Address
from crypto.keys import SIGNATURE_BYTES
from ledger.codec import Value, decode, encode
from ledger.errors import Malformed
from ledger.fields import as_bytes, as_int, as_text, as_tuple
from ledger.quantities import EnergyWh, PriceUkwh

BID_TOPIC = "pool/bid"
BID_BYTES_MAX = 256


@dataclass(frozen=True, slots=True)
class BidMessage:
    """A bid for one cycle of one interval; its bidder is who sends it."""

    period: int
    cycle: int
    signed: SignedBid

    def encode(self) -> bytes:
        bid = self.signed.bid
        terms = (bid.carrier.value, bid.side.value, bid.energy_wh, bid.limit_ukwh)
        return encode((self.period, self.cycle, *terms, self.signed.signature))

    @classmethod
    def decode(cls, body: bytes, sender: Address) -> "BidMessage":
        """Raises DecodeError."""
        period, cycle, carrier, side, energy_wh, limit_ukwh, signature = as_tuple(
            decode(body, max_bytes=BID_BYTES_MAX), "bid message", 7
        )
        energy, limit = as_int(energy_wh, "energy_wh"), as_int(limit_ukwh, "limit_ukwh")
        if not (1 <= energy <= ENERGY_WH_MAX and 0 <= limit <= PRICE_UKWH_MAX):
            raise Malformed("bid message", "its energy or limit is out of bounds")
        bid = Bid(sender, _carrier(carrier), _side(side), EnergyWh(energy), PriceUkwh(limit))
        signature = as_bytes(signature, "signature", SIGNATURE_BYTES)
        return cls(as_int(period, "period"), as_int(cycle, "cycle"), SignedBid(bid, signature))


def _carrier(value: Value) -> Carrier:
    try:
        return Carrier(as_text(value, "carrier"))
    except ValueError:
        raise Malformed("carrier", "there is none of this name") from None


def _side(value: Value) -> Side:
    try:
        return Side(as_text(value, "side"))
    except ValueError:
        raise Malformed("side", "it is neither ask nor bid") from None
