"""What validators say to each other at one height, with canonical encodings and signatures.

The signature of a vote covers its ballot (ledger.ballots): all of its fields but the block, for which its
hash stands, and what others have signed. A COMMIT's signature is the seal of its block (ledger.seals).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from consensus.errors import BadMessage
from crypto.hashing import Digest, sha256
from crypto.keys import SIGNATURE_BYTES
from ledger.ballots import Ballot, Kind
from ledger.codec import Value, decode, encode
from ledger.errors import DecodeError, Malformed
from ledger.fields import as_bytes, as_count, as_digest, as_tuple
from ledger.genesis import COMMITTEE_MAX
from ledger.quantities import Height, Round

HEIGHT_MAX: Final = 2**53
ROUND_MAX: Final = 2**31

PROOF_BYTES_MAX: Final = 2 * COMMITTEE_MAX * 256
"""Room for the round changes and the prepares that justify a proposal, a vote being under 256 bytes."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """The member found the block valid, and has it on disk."""

    height: Height
    round: Round
    digest: Digest
    member: int = 0
    """The signer's place in the height's committee."""
    signature: bytes = b""

    @property
    def ballot(self) -> Ballot:
        """What is signed."""
        return Ballot(Kind.PREPARE, self.height, self.round, self.digest)

    def to_value(self) -> Value:
        """An array, led by its code."""
        return (2, self.height, self.round, self.digest, self.member, self.signature)


@dataclass(frozen=True, slots=True)
class Commit:
    """The member saw a quorum prepare the block in this round."""

    height: Height
    round: Round
    digest: Digest
    member: int = 0
    signature: bytes = b""
    """The seal."""

    @property
    def ballot(self) -> Ballot:
        """What is signed: the message of a seal."""
        return Ballot(Kind.COMMIT, self.height, self.round, self.digest)

    def to_value(self) -> Value:
        """An array, led by its code."""
        return (3, self.height, self.round, self.digest, self.member, self.signature)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The latest round in which a member saw a quorum prepare, and the block that they prepared."""

    round: Round
    digest: Digest


@dataclass(frozen=True, slots=True)
class RoundChange:
    """The member gave up all rounds before this one."""

    height: Height
    round: Round
    """The first that it still takes part in; at least 1."""
    prepared: Prepared | None
    prepares: tuple[Prepare, ...] = ()
    """Proof of `prepared`, by members that rise; left out where the proposal proves it for all."""
    member: int = 0
    signature: bytes = b""

    @property
    def ballot(self) -> Ballot:
        """What is signed; the prepares carry their own signatures."""
        locked, digest = _claim(self.prepared)
        return Ballot(Kind.ROUND_CHANGE, self.height, self.round, digest, locked)

    def to_value(self) -> Value:
        """An array, led by its code."""
        head = (4, self.height, self.round, *_claim(self.prepared))
        return (*head, values_of(self.prepares), self.member, self.signature)

    def bare(self) -> "RoundChange":
        """Without its proof."""
        return replace(self, prepares=())


@dataclass(frozen=True, slots=True)
class Proposal:
    """The proposer's block for a round, and why it may be proposed in this round."""

    height: Height
    round: Round
    digest: Digest
    block: bytes
    round_changes: tuple[RoundChange, ...] = ()
    """After round 0: a quorum of them for this round, bare, by members that rise."""
    prepares: tuple[Prepare, ...] = ()
    """Proof of the highest `prepared` among the round changes."""
    member: int = 0
    signature: bytes = b""

    @property
    def ballot(self) -> Ballot:
        """What is signed; the digest stands for the block, and a hash for the justification."""
        proof = sha256(encode((values_of(self.round_changes), values_of(self.prepares))))
        return Ballot(Kind.PROPOSAL, self.height, self.round, self.digest, proof=proof)

    def to_value(self) -> Value:
        """An array, led by its code."""
        head = (1, self.height, self.round, self.digest, self.block)
        proof = (values_of(self.round_changes), values_of(self.prepares))
        return (*head, *proof, self.member, self.signature)


@dataclass(frozen=True, slots=True)
class Status:
    """Where the sender is: an answer to whoever is behind. Not signed, and never counted as anything."""

    height: Height
    """The one that the sender works on."""
    round: Round

    def to_value(self) -> Value:
        """An array, led by its code."""
        return (5, self.height, self.round)


Vote: TypeAlias = Proposal | Prepare | Commit | RoundChange
"""What is signed, logged before it is sent, and never contradicted."""

Message: TypeAlias = Vote | Status

V = TypeVar("V", Proposal, Prepare, Commit, RoundChange)


def sign_vote(vote: V, member: int, chain: Digest, sign: Callable[[bytes], bytes]) -> V:
    """The vote, with its signer and signature."""
    return replace(vote, member=member, signature=sign(vote.ballot.statement(chain)))


def encode_message(message: Message) -> bytes:
    """The bytes of a message, always the same."""
    return encode(message.to_value())


def decode_message(data: bytes, block_bytes_max: int) -> Message:
    """Inverse of `encode_message`, for bytes from anyone. Raises BadMessage.

    All fields are in range then; signatures, members and proofs are the machine's to judge.
    """
    try:
        return message_of(decode(data, max_bytes=block_bytes_max + PROOF_BYTES_MAX))
    except DecodeError as error:
        raise BadMessage("message", str(error)) from None


def message_of(value: Value) -> Message:
    """Inverse of `to_value`. Raises Malformed."""
    fields = as_tuple(value, "message")
    reader = _READERS.get(as_count(fields[0] if fields else None, "code"))
    if reader is None:
        raise Malformed("message", "its code is unknown")
    return reader(fields)


def prepares_of(value: Value) -> tuple[Prepare, ...]:
    """Inverse of `values_of`. Raises Malformed."""
    return tuple([_prepare(as_tuple(item, "prepare")) for item in _list(value)])


def values_of(votes: "tuple[Prepare, ...] | tuple[RoundChange, ...]") -> Value:
    """An array of votes."""
    return tuple([vote.to_value() for vote in votes])


def _claim(prepared: Prepared | None) -> tuple[Round | None, Digest | None]:
    return (None, None) if prepared is None else (prepared.round, prepared.digest)


def _proposal(value: tuple[Value, ...]) -> Proposal:
    _, height, round_, digest, block, round_changes, prepares, member, signature = _fields(value, 9)
    return Proposal(
        _height(height),
        _round(round_),
        as_digest(digest, "digest"),
        as_bytes(block, "block"),
        tuple([_round_change(as_tuple(item, "round change")) for item in _list(round_changes)]),
        prepares_of(prepares),
        _member(member),
        _signature(signature),
    )


def _prepare(value: tuple[Value, ...]) -> Prepare:
    code, height, round_, digest, member, signature = _fields(value, 6)
    if code != 2:
        raise Malformed("prepare", "it has another code")
    return Prepare(
        _height(height), _round(round_), as_digest(digest, "digest"), _member(member), _signature(signature)
    )


def _commit(value: tuple[Value, ...]) -> Commit:
    _, height, round_, digest, member, signature = _fields(value, 6)
    return Commit(
        _height(height), _round(round_), as_digest(digest, "digest"), _member(member), _signature(signature)
    )


def _round_change(value: tuple[Value, ...]) -> RoundChange:
    code, height, round_, prepared_round, digest, prepares, member, signature = _fields(value, 8)
    if code != 4:
        raise Malformed("round change", "it has another code")
    prepared = None
    if (prepared_round, digest) != (None, None):
        prepared = Prepared(_round(prepared_round), as_digest(digest, "prepared digest"))
    return RoundChange(
        _height(height),
        _round(round_, least=1),
        prepared,
        prepares_of(prepares),
        _member(member),
        _signature(signature),
    )


def _status(value: tuple[Value, ...]) -> Status:
    _, height, round_ = _fields(value, 3)
    return Status(_height(height), _round(round_))


_READERS: Final[dict[int, Callable[[tuple[Value, ...]], Message]]] = {
    1: _proposal,
    2: _prepare,
    3: _commit,
    4: _round_change,
    5: _status,
}


def _fields(value: tuple[Value, ...], count: int) -> tuple[Value, ...]:
    return as_tuple(value, "message", count)


def _list(value: Value) -> tuple[Value, ...]:
    items = as_tuple(value, "votes")
    if len(items) > COMMITTEE_MAX:
        raise Malformed("votes", f"{len(items)} of them, more than {COMMITTEE_MAX}")
    return items


def _height(value: Value) -> Height:
    return Height(_between(value, "height", 1, HEIGHT_MAX))


def _round(value: Value, least: int = 0) -> Round:
    return Round(_between(value, "round", least, ROUND_MAX))


def _member(value: Value) -> int:
    return _between(value, "member", 0, COMMITTEE_MAX - 1)


def _signature(value: Value) -> bytes:
    return as_bytes(value, "signature", SIGNATURE_BYTES)


def _between(value: Value, name: str, least: int, most: int) -> int:
    number = as_count(value, name)
    if not least <= number <= most:
        raise Malformed(name, f"{number} is not within {least} to {most}")
    return number
