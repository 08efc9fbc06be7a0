"""What the chain keeps of a window, for the contract, agents and readers alike; under which keys: keys.py.

Bids are numbered in a window as they were sealed, rights as they were joined; a right's name is
(window, right). Energies are Wh at the devices' exports.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, cast

from contracts.capacity.bids import Side
from contracts.capacity.clearing import Step
from contracts.capacity.devices import Device
from crypto.address import Address
from crypto.hashing import Digest
from ledger.codec import Value
from ledger.quantities import Amount, EnergyWh, Height, Period, PriceUkwh, Slot, TxId


class Phase(StrEnum):
    """How far a window has come; process.py has the table."""

    SEALING = "sealing"
    REVEALING = "revealing"
    CLEARING = "clearing"
    DEPOSITING = "depositing"
    PAYING = "paying"
    HOLDING = "holding"
    DELIVERING = "delivering"
    METERING = "metering"
    ACCOUNTING = "accounting"
    SETTLED = "settled"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class WindowRecord:
    """A window, as far as it has come."""

    number: int
    phase: Phase
    since: Slot
    """When it came into this phase."""
    since_height: Height
    """In which block."""
    opener: Address
    process: TxId
    """Its trigger, which names the TDVA process."""
    first_period: Period
    periods: int
    sealed: int = 0
    asks: int = 0
    """Of the sealed bids."""
    revealed: int = 0
    dispatch: TxId | None = None
    """The transaction that cleared it, which verifications and the accounting link."""
    is_in_force: bool = False
    """Whether the ledger knows the dispatch as the one that counts: from the slot after it on."""
    outstanding: int = 0
    """Who has to put down deposits yet, or to pay."""
    rights: int = 0
    """How many were joined; some may be void."""
    minted: int = 0
    reason: str = ""
    """Why it ended without a delivery."""
    verifications: Digest | None = None
    """The root over the verifications, which the accounting has to name; None until readings close."""

    @property
    def end(self) -> Period:
        """The first period after it."""
        return Period(self.first_period + self.periods)


@dataclass(frozen=True, slots=True)
class SealedBid:
    """What a bidder put on the chain before anybody revealed."""

    address: Address
    side: Side
    device: int | None
    """Whose energy is sold; None of a buyer."""
    bound_wh: EnergyWh
    """The most that the curve may have: by eq. 1 for a seller, as it says itself for a buyer."""
    commitment: bytes
    bond: Amount


@dataclass(frozen=True, slots=True)
class OpenedBid:
    """What was revealed."""

    steps: tuple[Step, ...]
    blinding: bytes


@dataclass(frozen=True, slots=True)
class ClearingRecord:
    """How a window was cleared."""

    seed: bytes
    lowest_ukwh: PriceUkwh
    highest_ukwh: PriceUkwh
    price_ukwh: PriceUkwh
    traded_wh: EnergyWh
    order: tuple[str, ...]
    """The lots that decided about single Wh at the margin, first to last."""


@dataclass(frozen=True, slots=True)
class Trade:
    """What one bid came to."""

    quantity_wh: EnergyWh
    first_right: int
    rights: int
    """Its rights are these many from the first on."""
    is_deposited: bool = False
    is_paid: bool = False
    """Of a buyer: whether the price is in escrow."""


class Standing(StrEnum):
    """What became of a right before delivery."""

    AGREED = "agreed"
    MINTED = "minted"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Right:
    """A capacity right (Ren et al., eq. 25): what `obligor` owes to `holder`."""

    standing: Standing
    obligor: Address
    buyer: Address
    """Who bought it first, and has its deposit in it."""
    holder: Address
    seller_bid: int
    buyer_bid: int
    device: int
    quantity_wh: EnergyWh
    price_ukwh: PriceUkwh
    price: Amount
    """What the whole right costs."""
    seller_deposit: Amount
    buyer_deposit: Amount
    delivered_wh: EnergyWh
    paid: Amount
    """To the obligor, so far."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A right that its holder would sell."""

    amount: Amount
    to: Address | None
    """The only one who may take it; None is anybody."""


@dataclass(frozen=True, slots=True)
class FinalToken:
    """What a delivered right was (Ren et al., eq. 27), for ever."""

    obligor: str
    """DIDs."""
    buyer: str
    holder: str
    quantity_wh: EnergyWh
    price_ukwh: PriceUkwh
    delivered_wh: EnergyWh
    """What was metered, and what was not called."""
    paid: Amount
    refunded: Amount
    """What of the price went back to the holder."""
    seller_released: Amount
    """P_S: what the seller has back of its deposit."""
    seller_lost: Amount
    """The rest of it, which went to the holder."""
    buyer_released: Amount
    """P_B."""


def did(address: str) -> str:
    """The digital identity of a member."""
    return f"did:gridquorum:{address}"


def encode_record(
    record: Device
    | WindowRecord
    | SealedBid
    | OpenedBid
    | ClearingRecord
    | Trade
    | Right
    | Offer
    | FinalToken,
) -> Mapping[str, Value]:
    """A record as the state keeps it: a map by field name."""
    return cast(Mapping[str, Value], {name: _plain(value) for name, value in asdict(record).items()})


def decode_device(value: Value) -> Device:
    return Device(**_fields(value))


def decode_window(value: Value) -> WindowRecord:
    fields = _fields(value)
    return WindowRecord(**{**fields, "phase": Phase(fields["phase"])})


def decode_sealed(value: Value) -> SealedBid:
    fields = _fields(value)
    return SealedBid(**{**fields, "side": Side(fields["side"])})


def decode_opened(value: Value) -> OpenedBid:
    fields = _fields(value)
    return OpenedBid(tuple(Step(**step) for step in fields["steps"]), fields["blinding"])


def decode_clearing(value: Value) -> ClearingRecord:
    return ClearingRecord(**_fields(value))


def decode_trade(value: Value) -> Trade:
    return Trade(**_fields(value))


def decode_right(value: Value) -> Right:
    fields = _fields(value)
    return Right(**{**fields, "standing": Standing(fields["standing"])})


def decode_offer(value: Value) -> Offer:
    return Offer(**_fields(value))


def decode_final(value: Value) -> FinalToken:
    return FinalToken(**_fields(value))


def _fields(value: Value) -> dict[str, Any]:
    return dict(cast(Mapping[str, Any], value))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value
