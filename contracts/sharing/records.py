"""What the chain keeps of a round of sharing, and where, for contracts and agents alike.

A round runs for one TDVA process and goes through phases:

    dealing   dealers deal until `deal_until`; members complain until `complain_until`
    fixed     the dealers that stand are fixed, once for the whole process; members open until `open_until`
    opened    what was to be opened is on the chain
    failed    nothing will be opened; `reason` says why
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import cast

from crypto.address import Address
from crypto.field import SCALAR_BYTES
from crypto.group import Point
from crypto.hashing import Digest, domain
from ledger.codec import Value
from ledger.quantities import Slot, TxId

SHARING = "sharing"
ACTIVE_KEY = "active"
"""Where the identifiers of all rounds stand that have not ended."""


class Opening(StrEnum):
    """What a round opens."""

    SUM = "sum"
    """The sum of all dealers' curves, and nobody's own."""
    EACH = "each"
    """Every dealer's curve by itself."""


class Phase(StrEnum):
    """How far a round has come."""

    DEALING = "dealing"
    FIXED = "fixed"
    OPENED = "opened"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Round:
    """What was agreed when the round was opened; it does not change."""

    process: TxId
    number: int
    """From 0, in order, of all rounds of the process."""
    opening: Opening
    dealers: tuple[Address, ...]
    """Who may deal."""
    members: tuple[Address, ...]
    """Who holds shares: the committee, whose numbers in the scheme are 1, 2, ... in this order."""
    keys: tuple[bytes, ...]
    """What the shares are encrypted to, by member."""
    threshold: int
    """How many members it takes to open."""
    width: int
    """Values in a dealt curve."""
    value_max: int
    """The largest magnitude of one dealer's value, in Wh; opened values beyond it are not taken."""
    deal_until: Slot
    """The last slot of dealing."""
    complain_until: Slot
    open_until: Slot

    @property
    def id(self) -> str:
        return round_id(self.process, self.number)

    @property
    def share_bytes(self) -> int:
        """The length of a share: the values and the blinding."""
        return (self.width + 1) * SCALAR_BYTES


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round has come."""

    phase: Phase
    standing: tuple[Address, ...]
    """The dealers who dealt and are not out, in the order of the round's dealers."""
    out: tuple[Address, ...] = ()
    """The dealers who were proved to have dealt a bad share, or a curve beyond `value_max`."""
    opened: tuple[Address, ...] = ()
    """Where each is opened: whose curves are open."""
    reason: str = ""
    """Why it failed; empty unless it did."""


@dataclass(frozen=True, slots=True)
class Dealing:
    """What a dealer put on the chain for all to see."""

    commitments: tuple[Point, ...]
    """One for each coefficient; the first is to the curve itself."""
    ephemeral: Point
    """The key that all its shares were encrypted from."""
    slot: Slot


@dataclass(frozen=True, slots=True)
class Opened:
    """The audit trail of one opening: what, when, by whom."""

    values: tuple[int, ...]
    blinding: bytes
    """The combined blinding: with it anyone checks the values against the dealers' commitments."""
    dealers: tuple[Address, ...]
    """Whose curves it is the sum of."""
    members: tuple[Address, ...]
    """Whose shares it was put together from, as the submitter says."""
    submitter: Address
    tx_id: TxId
    slot: Slot


def round_id(process: bytes, number: int) -> str:
    """The round's name in keys."""
    return f"{process.hex()}/{number}"


def process_key(process: bytes) -> str:
    """Where (rounds, fixed dealers) of a process stand."""
    return f"process/{process.hex()}"


def round_key(identifier: str) -> str:
    return f"round/{identifier}"


def progress_key(identifier: str) -> str:
    return f"progress/{identifier}"


def dealing_key(identifier: str, dealer: str) -> str:
    return f"dealing/{identifier}/{dealer}"


def shares_key(identifier: str, dealer: str) -> str:
    """Where the encrypted shares of a dealing stand, by member, as long as the round runs."""
    return f"shares/{identifier}/{dealer}"


def opened_key(identifier: str, dealer: str = "") -> str:
    """Where an opening stands: of one dealer's curve, or of the sum."""
    return f"opened/{identifier}/{dealer}"


def due_key(slot: int) -> str:
    """Where the rounds stand whose phase ends before this slot."""
    return f"due/{slot}"


def encode_record(record: Round | Progress | Dealing | Opened) -> Mapping[str, Value]:
    """A record as the state keeps it: a map by field name."""
    return {
        name: value.value if isinstance(value, StrEnum) else value for name, value in asdict(record).items()
    }


def decode_round(value: Value) -> Round:
    fields = dict(cast(Mapping[str, Value], value))
    return Round(**{**fields, "opening": Opening(cast(str, fields["opening"]))})  # type: ignore[arg-type]


def decode_progress(value: Value) -> Progress:
    fields = dict(cast(Mapping[str, Value], value))
    return Progress(**{**fields, "phase": Phase(cast(str, fields["phase"]))})  # type: ignore[arg-type]


def decode_dealing(value: Value) -> Dealing:
    return Dealing(**cast(Mapping[str, Value], value))  # type: ignore[arg-type]


def decode_opened(value: Value) -> Opened:
    return Opened(**cast(Mapping[str, Value], value))  # type: ignore[arg-type]


def dealing_context(chain: Digest, process: bytes, number: int, dealer: str) -> bytes:
    """What a dealing's proofs are bound to: this dealer, in this round, on this chain."""
    return domain("sharing", chain) + process + number.to_bytes(4, "big") + dealer.encode()


def share_context(chain: Digest, process: bytes, number: int, dealer: str, member: int) -> bytes:
    """What one encrypted share is bound to; members count from 1."""
    return dealing_context(chain, process, number, dealer) + b"/" + member.to_bytes(4, "big")
