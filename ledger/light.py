"""Following a chain by sealed headers alone, committee by committee, from a genesis or a checkpoint.

The last header of each committee announces the next one. So whoever knows a committee needs nothing but these
handovers to know who decides now: bytes in proportion to the changes of the committee, not to the blocks.

Two sealed headers that contradict each other cannot come from a committee with at most f Byzantine
validators. Whoever meets them is told who signed both.

A checkpoint is worth more than the genesis: keys of validators who left long ago could seal another history.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from crypto.address import Address
from crypto.hashing import Digest
from crypto.signatures import SignatureCache
from ledger.block import Header, check_sealed
from ledger.codec import Value, decode, encode
from ledger.committee import Committee
from ledger.errors import BadProof, Fork, LedgerError, Malformed
from ledger.fields import as_bytes, as_count, as_digest, as_tuple
from ledger.genesis import Genesis
from ledger.quantities import Height
from ledger.seals import Seals

LIGHT: Final = "gridquorum light 1"
LIGHT_BYTES_MAX: Final = 2**26
LIGHT_HANDOVERS_MAX: Final = 2**16
"""Of small committees, as many as fit: what is kept must be read again, however often they change."""
SEALED_BYTES_MAX: Final = 2**18
TRAIL_HANDOVERS: Final = 64
TRAIL_BYTES: Final = 2**20
"""A trail ends with the handover that takes it over this."""
TRAIL_BYTES_MAX: Final = 2**22


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A block that the verifier trusts, by its height and hash."""

    height: Height
    block_hash: Digest


@dataclass(frozen=True, slots=True)
class GenesisHash:
    """A chain that the verifier trusts from its first block on."""

    hash: Digest


Trust: TypeAlias = Checkpoint | GenesisHash


@dataclass(frozen=True, slots=True)
class SealedHeader:
    """A header, and the committee that sealed it."""

    header: Header
    seals: Seals
    committee: Committee

    @property
    def height(self) -> Height:
        """Number of the block."""
        return self.header.height

    @property
    def hands_over(self) -> bool:
        """Whether it is the last header of its committee."""
        return self.header.next_committee != self.header.committee

    def to_value(self) -> Value:
        """An array of header, seals and public keys."""
        return (self.header.raw, self.seals.to_value(), self.committee.to_value())

    @classmethod
    def from_value(cls, value: Value) -> "SealedHeader":
        """Inverse of `to_value`. Raises DecodeError; nothing is verified yet."""
        header, seals, committee = as_tuple(value, "sealed header", 3)
        return cls(
            Header.decode(as_bytes(header, "header")),
            Seals.from_value(seals),
            Committee.from_value(committee),
        )

    def encode(self) -> bytes:
        """As it is given over the API."""
        return encode(self.to_value())

    @classmethod
    def decode(cls, data: bytes) -> "SealedHeader":
        """Inverse of `encode`. Raises DecodeError; nothing is verified yet."""
        return cls.from_value(decode(data, max_bytes=SEALED_BYTES_MAX))

    def signers(self) -> frozenset[Address]:
        """Whose seals it carries."""
        validators = self.committee.validators
        return frozenset(validators[seal.member].address for seal in self.seals.seals)


@dataclass(frozen=True, slots=True)
class Trail:
    """Handovers after some height, in order; if there are no more of them, the header that they lead to."""

    handovers: tuple[SealedHeader, ...]
    last: SealedHeader | None

    @property
    def headers(self) -> tuple[SealedHeader, ...]:
        """All of them."""
        return self.handovers if self.last is None else (*self.handovers, self.last)

    def encode(self) -> bytes:
        """An array of the handovers and of the last header or nil."""
        return encode((_to_values(self.handovers), self.last.to_value() if self.last else None))

    @classmethod
    def decode(cls, data: bytes) -> "Trail":
        """Inverse of `encode`. Raises DecodeError; nothing is verified yet."""
        handovers, last = as_tuple(decode(data, max_bytes=TRAIL_BYTES_MAX), "trail", 2)
        return cls(_from_values(handovers), None if last is None else SealedHeader.from_value(last))


@dataclass(frozen=True, slots=True)
class LightChain:
    """What is known of a chain without its blocks; `follow` gives the next version."""

    trust: Trust
    """On what all of it rests."""
    chain: Digest
    founders: Digest
    """The hash of the committee that decides on the first height after what is trusted."""
    handovers: tuple[SealedHeader, ...] = ()
    last: SealedHeader | None = None

    @classmethod
    def from_genesis(cls, genesis: Genesis) -> "LightChain":
        """For whoever trusts the hash of this genesis."""
        return cls(GenesisHash(genesis.hash), genesis.hash, Committee.of_genesis(genesis).hash)

    @classmethod
    def from_checkpoint(cls, header: Header) -> "LightChain":
        """For whoever trusts the height and hash of this header."""
        return cls(Checkpoint(header.height, header.hash), header.chain, header.next_committee)

    @property
    def height(self) -> Height:
        """Of the last header."""
        return self.last.height if self.last else self.start

    @property
    def start(self) -> Height:
        """Up to which nothing is verified."""
        return self.trust.height if isinstance(self.trust, Checkpoint) else Height(0)

    @property
    def known(self) -> tuple[SealedHeader, ...]:
        """All headers that are kept, in order."""
        if self.last is None or self.last in self.handovers[-1:]:
            return self.handovers
        return (*self.handovers, self.last)

    def committee_at(self, height: int) -> Digest:
        """The hash of the committee that decides on a height, as far as the handovers tell."""
        before = [item for item in self.handovers if item.height < height]
        return before[-1].header.next_committee if before else self.founders

    def follow(self, sealed: Iterable[SealedHeader], signatures: SignatureCache) -> "LightChain":
        """With these headers verified, and kept where they are news.

        Raises BadProof, or Fork if the committee sealed what contradicts a header that is known.
        """
        followed, items = self, tuple(sealed)
        for place, item in enumerate(items):
            followed._check(item, signatures)
            if followed._is_undercut_by(item):
                below = followed._up_to(item.height)
                return followed.together(below.follow(items[place:], signatures), signatures)
            followed = followed._with(item)
        return followed

    def together(self, other: "LightChain", signatures: SignatureCache) -> "LightChain":
        """What two chains that rest on the same trust know, as one.

        A committee that handed over may seal again once it is back in office, if the handovers show that it
        is. Raises Fork if they do not, and if two headers of one height differ.
        """
        both = sorted((*self.known, *other.known), key=_height)
        try:
            return self.anew().follow(both, signatures)
        except BadProof:
            for ours, theirs in zip(self.known, other.known, strict=False):
                if ours.header != theirs.header:
                    raise _fork(theirs, ours) from None
            raise

    def anew(self) -> "LightChain":
        """What is trusted, and nothing else."""
        return replace(self, handovers=(), last=None)

    def until(self, last: SealedHeader) -> "LightChain":
        """As it was when this header, which it has followed, was its last."""
        return replace(self, handovers=tuple(h for h in self.handovers if h.height <= last.height), last=last)

    def _check(self, item: SealedHeader, signatures: SignatureCache) -> None:
        header = item.header
        due = self.committee_at(header.height)
        if header.chain != self.chain or header.height <= self.start or item.committee.hash != due:
            raise BadProof(f"header {header.height} does not follow from what is trusted")
        try:
            check_sealed(header, item.seals, item.committee, signatures)
        except LedgerError as error:
            raise BadProof(str(error)) from error
        self._check_against_known(item)

    def _check_against_known(self, item: SealedHeader) -> None:
        other = next((known for known in self.known if known.height == item.height), item)
        if other.header != item.header:
            raise _fork(item, other)

    def _is_undercut_by(self, item: SealedHeader) -> bool:
        """Whether it hands over, which is news, below what the same committee sealed."""
        next_known = next((known for known in self.known if known.height >= item.height), item)
        return item.hands_over and next_known.height > item.height

    def _up_to(self, height: int) -> "LightChain":
        """Without all that is known from a height on."""
        handovers = tuple(item for item in self.handovers if item.height < height)
        return replace(self, handovers=handovers, last=handovers[-1] if handovers else None)

    def _with(self, item: SealedHeader) -> "LightChain":
        if item.height <= self.height:
            return self
        handovers = (*self.handovers, item) if item.hands_over else self.handovers
        return replace(self, handovers=handovers, last=item)

    def encode(self) -> bytes:
        """The file in which it is kept."""
        anchor = self.trust.block_hash if isinstance(self.trust, Checkpoint) else None
        last = self.last.to_value() if self.last else None
        fields = (self.start, anchor, self.chain, self.founders, _to_values(self.handovers), last)
        return encode((LIGHT, *fields))

    @classmethod
    def decode(cls, data: bytes) -> "LightChain":
        """Inverse of `encode`. Raises DecodeError. Whoever may change the file may change what is trusted."""
        value = decode(data, max_bytes=LIGHT_BYTES_MAX, max_items=LIGHT_HANDOVERS_MAX)
        fields = as_tuple(value, "light chain", 7)
        magic, start, anchor, chain, founders, handovers, last = fields
        if magic != LIGHT:
            raise Malformed("light chain", f"it does not begin with {LIGHT!r}")
        digest, height = as_digest(chain, "chain"), Height(as_count(start, "height"))
        if anchor is None and height:
            raise Malformed("height", "what rests on the genesis begins with it")
        trust = GenesisHash(digest) if anchor is None else Checkpoint(height, as_digest(anchor, "block"))
        known = None if last is None else SealedHeader.from_value(last)
        return cls(trust, digest, as_digest(founders, "committee"), _from_values(handovers), known)


def _fork(item: SealedHeader, other: SealedHeader) -> Fork:
    both = tuple(sorted(item.signers() & other.signers()))
    return Fork(item.height, item.header.hash, other.height, other.header.hash, both)


def _height(item: SealedHeader) -> Height:
    return item.height


def _to_values(headers: Iterable[SealedHeader]) -> Value:
    return tuple(item.to_value() for item in headers)


def _from_values(value: Value) -> tuple[SealedHeader, ...]:
    return tuple(SealedHeader.from_value(item) for item in as_tuple(value, "sealed headers"))
