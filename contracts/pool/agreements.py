"""The contracts between the platform and the others (Jin, 5.2 (1)): of supply, use, storage and payment.

The platform offers one, its party accepts it, and either may end it. They are records of the chain that
everything else rests on: without supply no ask is taken, without use no bid, without payment nothing is put
into escrow, and without storage the pool's rest expires.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Any, cast

from contracts.arguments import Range
from contracts.metering.readings import Carrier
from crypto.address import Address
from ledger.codec import Value

AGREEMENTS_MAX = 2_048
"""Of a genesis."""

LIMIT_MAX = 10**12


class Kind(StrEnum):
    """What is agreed on; `limit` has another unit for each."""

    SUPPLY = "supply"
    """To sell this carrier; W."""
    USE = "use"
    """To buy this carrier; W."""
    STORAGE = "storage"
    """To keep what the pool cannot sell of this carrier, and sell it in later intervals; Wh."""
    PAYMENT = "payment"
    """To have what bids can cost put into escrow, for each carrier and interval; millionths of the
    currency."""


class Standing(StrEnum):
    """How far an agreement has come."""

    OFFERED = "offered"
    STANDS = "stands"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One contract between the platform and a party."""

    kind: Kind
    party: Address
    carrier: Carrier | None
    """None of payment, which is for all."""
    meter: Address | None
    """Which measures the party's connection for this carrier; None of payment."""
    limit: Annotated[int, Range(1, LIMIT_MAX)]


def encode_agreement(agreement: Agreement, standing: Standing) -> Mapping[str, Value]:
    """An agreement as the state keeps it."""
    return {**asdict(agreement), "kind": agreement.kind.value, "standing": standing.value} | {
        "carrier": None if agreement.carrier is None else agreement.carrier.value
    }


def decode_agreement(value: Value) -> tuple[Agreement, Standing]:
    """What the state keeps as `value`."""
    fields = dict(cast(Mapping[str, Any], value))
    standing = Standing(fields.pop("standing"))
    fields["kind"] = Kind(fields["kind"])
    fields["carrier"] = None if fields["carrier"] is None else Carrier(fields["carrier"])
    return Agreement(**fields), standing
