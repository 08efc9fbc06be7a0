"""What a machine is told once: its chain, its key and the rules."""

from collections.abc import Callable
from dataclasses import dataclass

from consensus.block_info import Inspect
from consensus.slots import Slots
from crypto.address import Address
from crypto.hashing import Digest
from ledger.genesis import Timers


@dataclass(frozen=True, slots=True)
class Config:
    """A validator's constants; sign and verify are its only way to keys."""

    chain: Digest
    """The genesis hash."""
    address: Address
    """One's own; whoever is not in the committee follows and does not vote."""
    slots: Slots
    timers: Timers
    inspect: Inspect
    sign: Callable[[bytes], bytes]
    """64 bytes for a message, by one's own key."""
    verify: Callable[[bytes, bytes, bytes], None]
    """(public key, signature, message); raises CryptoError. SignatureCache.verify is one."""
    log_bytes_max: int
    """The vote log is rewritten when it has grown by this much: some block lengths."""
