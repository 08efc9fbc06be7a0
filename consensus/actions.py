"""What the machine asks of its host, to be done in the order given.

If an Append or a Rewrite fails, the host must stop before it does anything that follows it: a vote that is
not on disk must never be sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from consensus.events import Timer
from consensus.messages import Message
from crypto.address import Address
from crypto.hashing import Digest
from ledger.quantities import Height, Round, Slot
from ledger.seals import Seals


@dataclass(frozen=True, slots=True)
class Append:
    """Append to the first copy of the vote log and flush it, then to the second and flush it."""

    frames: bytes


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Replace the first copy of the vote log atomically and durably, then the second.

    New file, flush, rename, flush the folder: so that a crash leaves the old copy or the new one.
    """

    image: bytes


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message, now or never: what is lost is sent again in time."""

    message: Message
    to: Address | None
    """None: to every other validator of the committee."""


@dataclass(frozen=True, slots=True)
class Build:
    """Build a block on the head, and answer with BlockBuilt."""

    height: Height
    round: Round
    slot: Slot


@dataclass(frozen=True, slots=True)
class Check:
    """Execute a block on the head, and answer with BlockChecked."""

    height: Height
    digest: Digest
    block: bytes


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask these validators for a block of this height, and answer with BlockFetched when one has it."""

    height: Height
    digest: Digest
    holders: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Decide:
    """The block is final: store it, then tell HeadAdvanced. It may not have been checked by this node."""

    height: Height
    digest: Digest
    block: bytes
    seals: Seals


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Fire this long from now, on a clock that is never set (not the wall's)."""

    timer: Timer
    delay_ms: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Do not fire."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Behind:
    """A validator works on this height, two or more above one's own head: sync from it."""

    height: Height
    peer: Address


@dataclass(frozen=True, slots=True)
class Misbehaved:
    """A validator sent what no honest one sends; the message was dropped."""

    peer: Address
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A validator signed two votes that contradict each other: have the chain judge it.

    Told once a member and height, and again for the same two votes after a restart.
    """

    member: Address
    first: bytes
    """A signed ballot (ledger.ballots), as is the second."""
    second: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """Something that logs and metrics may tell."""

    kind: str
    fields: Mapping[str, int | str]


Action: TypeAlias = (
    Append
    | Rewrite
    | Send
    | Build
    | Check
    | Fetch
    | Decide
    | SetTimer
    | CancelTimer
    | Behind
    | Misbehaved
    | Evidence
    | Report
)
