"""What happens to a validator: the inputs of the machine, told by its host in the past tense."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from consensus.messages import Message
from crypto.address import Address
from crypto.hashing import Digest
from ledger.committee import Committee
from ledger.quantities import Height, Round, Slot


class Timer(Enum):
    """The machine's timers; there is one of each, and setting it again replaces it."""

    SLOT = "slot"
    """The next slot opens, or it is time to look at the clock again."""
    ROUND = "round"
    """The round has taken too long."""
    RESEND = "resend"
    """Time to say again what was said in this round."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last block that this node has stored, and who decides on the next one."""

    height: Height
    slot: Slot
    committee: Committee
    """Of height + 1."""
    order: tuple[int, ...]
    """The places of this committee in the order in which they may propose at height + 1, one a round."""
    next_committee: Committee
    """Of height + 2: who is ahead by a block may be a member of it alone."""

    def proposer(self, round: Round) -> int:
        """The place of whoever may propose in a round of height + 1."""
        return self.order[round % len(self.order)]


@dataclass(frozen=True, slots=True)
class Started:
    """The host runs: connections may come up, timers can be set. Comes first, once."""


@dataclass(frozen=True, slots=True)
class HeadAdvanced:
    """A block was stored durably: one that the machine decided on, or one that was synced."""

    head: ChainHead


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer that was set ran out."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message came over a connection that is known to be the sender's own."""

    sender: Address
    message: Message


@dataclass(frozen=True, slots=True)
class PeerConnected:
    """A connection to a validator is up: what was sent to it before may have been lost."""

    peer: Address


@dataclass(frozen=True, slots=True)
class PeerHead:
    """A validator told the height of its head (handshake, heartbeat); matters to a key that rejoins."""

    peer: Address
    height: Height


@dataclass(frozen=True, slots=True)
class BlockBuilt:
    """The block asked for by Build; it is valid."""

    height: Height
    round: Round
    digest: Digest
    block: bytes


@dataclass(frozen=True, slots=True)
class BlockChecked:
    """The verdict asked for by Check."""

    height: Height
    digest: Digest
    valid: bool
    reason: str = ""
    """Why it is not valid."""


@dataclass(frozen=True, slots=True)
class BlockFetched:
    """A block asked for by Fetch came; the machine checks that its digest is what it should be."""

    block: bytes


Event: TypeAlias = (
    Started
    | HeadAdvanced
    | TimerFired
    | MessageReceived
    | PeerConnected
    | PeerHead
    | BlockBuilt
    | BlockChecked
    | BlockFetched
)
