"""A committee with toy keys and toy blocks, so that a simulated one signs and checks thousands a second."""

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property

from consensus.block_info import BlockInfo
from consensus.config import Config
from consensus.events import ChainHead
from consensus.messages import V, sign_vote
from consensus.proposer import rotation
from consensus.slots import Slots
from crypto.address import Address, address_of
from crypto.errors import BadSignature
from crypto.hashing import Digest, sha256
from ledger.codec import decode, encode
from ledger.committee import Committee, Validator
from ledger.fields import as_count, as_digest, as_text, as_tuple
from ledger.genesis import Timers
from ledger.quantities import Height, Round, Slot
from ledger.state import State

CHAIN = sha256(b"a chain for tests")
TIMERS = Timers(base_ms=1_000, cap_ms=8_000, resend_ms=2_000, skew_ms=500)
LOG_BYTES_MAX = 8_000
BLOCK_BYTES_MAX = 4_096


def toy_sign(public_key: bytes, message: bytes) -> bytes:
    return hashlib.sha256(public_key + message).digest() * 2


def toy_verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    if signature != toy_sign(public_key, message):
        raise BadSignature(public_key, "it is not by this key")


@cache
def validator_of(place: int) -> Validator:
    """Anyone who may ever be in a committee."""
    key = b"\x02" + hashlib.sha256(f"validator {place}".encode()).digest()
    return Validator(address_of(key), key)


def committee_of(members: int) -> Committee:
    return committee_at(tuple(range(members)))


@cache
def committee_at(places: tuple[int, ...]) -> Committee:
    """Of these validators, in this order."""
    return Committee(tuple(validator_of(place) for place in places))


def committee_after(committee: Committee, change: int | None) -> Committee:
    """With one more member or one less, or as it is."""
    if change is None:
        return committee
    changed = validator_of(change)
    if committee.index_of(changed.address) is None:
        return Committee((*committee.validators, changed))
    return Committee(tuple([member for member in committee.validators if member != changed]))


def head_at(
    height: int, slot: int, committee: Committee, next_committee: Committee | None = None
) -> ChainHead:
    """A head whose committee takes turns."""
    order = rotation(State(), committee, Height(height + 1))
    return ChainHead(Height(height), Slot(slot), committee, order, next_committee or committee)


def config_of(
    committee: Committee,
    place: int,
    slot_ms: int = 1_000,
    timers: Timers = TIMERS,
) -> Config:
    validator = committee.validators[place]
    return Config(
        chain=CHAIN,
        address=validator.address,
        slots=Slots(slot_ms, timers.skew_ms),
        timers=timers,
        inspect=inspect_toy,
        sign=lambda message: toy_sign(validator.public_key, message),
        verify=toy_verify,
        log_bytes_max=LOG_BYTES_MAX,
    )


def signed(vote: V, committee: Committee, member: int) -> V:
    key = committee.public_keys[member]
    return sign_vote(vote, member, CHAIN, lambda message: toy_sign(key, message))


@dataclass(frozen=True)
class ToyBlock:
    height: Height
    round: Round
    slot: Slot
    proposer: Address
    parent: Digest
    nonce: int
    change: int | None = None
    """Whom the committee takes in, or leaves out if it is a member, two heights above."""

    @cached_property
    def raw(self) -> bytes:
        fields = (self.height, self.round, self.slot, self.proposer, self.parent, self.nonce, self.change)
        return encode(fields)

    @cached_property
    def digest(self) -> Digest:
        return sha256(self.raw)

    @classmethod
    def decode(cls, raw: bytes) -> "ToyBlock":
        height, round_, slot, proposer, parent, nonce, change = as_tuple(
            decode(raw, max_bytes=BLOCK_BYTES_MAX), "block", 7
        )
        return cls(
            Height(as_count(height, "height")),
            Round(as_count(round_, "round")),
            Slot(as_count(slot, "slot")),
            Address(as_text(proposer, "proposer")),
            as_digest(parent, "parent"),
            as_count(nonce, "nonce"),
            None if change is None else as_count(change, "change"),
        )


def inspect_toy(raw: bytes) -> BlockInfo:
    block = ToyBlock.decode(raw)
    return BlockInfo(block.digest, block.height, block.round, block.slot)
