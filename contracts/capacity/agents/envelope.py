"""What seals a bid, and what opens it again: nothing has to be kept but the curve, as the blinding factor is
derived from the bidder's key, the window and the bid."""

from dataclasses import asdict

from contracts.capacity.agents.sight import Sight
from contracts.capacity.agents.sources import Ask, Want
from contracts.capacity.bids import BLINDING_BYTES, Side, commit, demand_fingerprint
from contracts.capacity.devices import fingerprint
from contracts.capacity.records import WindowRecord
from contracts.capacity.windows import get_device
from crypto.field import ORDER
from crypto.group import Point
from crypto.keys import PrivateKey
from ledger.codec import Value, encode


def side_of(bid: Ask | Want) -> Side:
    """Whether it sells or buys."""
    return Side.SELL if isinstance(bid, Ask) else Side.BUY


def sealing(sight: Sight, key: PrivateKey, record: WindowRecord, bid: Ask | Want) -> dict[str, Value]:
    """The arguments that seal a bid in a window. Raises UnknownDevice."""
    return {
        "window": record.number,
        "side": side_of(bid).value,
        "device": bid.device if isinstance(bid, Ask) else None,
        "bound_wh": bid.bound_wh if isinstance(bid, Want) else None,
        "commitment": commitment(sight, key, record, bid),
    }


def opening(key: PrivateKey, record: WindowRecord, bid: Ask | Want) -> dict[str, Value]:
    """The arguments that reveal it."""
    steps = tuple(asdict(step) for step in bid.steps)
    return {"window": record.number, "steps": steps, "blinding": _blinding(key, record, bid)}


def commitment(sight: Sight, key: PrivateKey, record: WindowRecord, bid: Ask | Want) -> Point:
    """What hides the bid until it is opened. Raises UnknownDevice."""
    chain = sight.genesis.hash
    if isinstance(bid, Ask):
        made_of = fingerprint(chain, get_device(sight, bid.device))
    else:
        made_of = demand_fingerprint(chain, bid.bound_wh)
    blinding = _blinding(key, record, bid)
    return commit(chain, record.number, side_of(bid), key.address, made_of, bid.steps, blinding)


def _blinding(key: PrivateKey, record: WindowRecord, bid: Ask | Want) -> bytes:
    """A secret number from 1 to the curve's order less one.

    Of another bid it is another: of two that one had, a commitment refused and a commitment taken, the
    difference would tell who guesses both that it guessed right.
    """
    made_of = encode((record.process, asdict(bid)))
    secret = int.from_bytes(key.derive("capacity/blinding", made_of))
    return (secret % (ORDER - 1) + 1).to_bytes(BLINDING_BYTES)
