"""A committee: who has a vote at a height, and how many votes decide."""

from dataclasses import dataclass
from functools import cached_property

from crypto.address import Address, address_of
from crypto.hashing import Digest, sha256
from crypto.keys import PUBLIC_KEY_BYTES
from ledger.codec import Value, encode
from ledger.fields import as_bytes, as_tuple
from ledger.genesis import Genesis


def quorum_of(size: int) -> int:
    """ceil(2n/3): two quorums share an honest validator, and all honest ones make one."""
    return -(-2 * size // 3)


def faulty_of(size: int) -> int:
    """f = floor((n-1)/3), the number of Byzantine validators that agreement survives."""
    return (size - 1) // 3


@dataclass(frozen=True)
class Validator:
    """A member of a committee."""

    address: Address
    public_key: bytes


@dataclass(frozen=True)
class Committee:
    """Validators in member order; one vote each."""

    validators: tuple[Validator, ...]

    @classmethod
    def of_genesis(cls, genesis: Genesis) -> "Committee":
        """The founders' committee."""
        keys = {member.address: member.public_key for member in genesis.members}
        return cls(tuple(Validator(address, keys[address]) for address in genesis.committee))

    def __len__(self) -> int:
        return len(self.validators)

    @property
    def quorum(self) -> int:
        """Of all of it."""
        return quorum_of(len(self.validators))

    @property
    def faulty_max(self) -> int:
        """Of all of it."""
        return faulty_of(len(self.validators))

    @cached_property
    def hash(self) -> Digest:
        """What a header announces: SHA-256 over the public keys in order."""
        return sha256(b"gridquorum/committee\x00" + encode(self.to_value()))

    @cached_property
    def public_keys(self) -> tuple[bytes, ...]:
        """In member order."""
        return tuple(validator.public_key for validator in self.validators)

    def index_of(self, address: Address) -> int | None:
        """The place in member order, or None for whoever has no vote."""
        return self._places.get(address)

    @cached_property
    def _places(self) -> dict[Address, int]:
        return {validator.address: place for place, validator in enumerate(self.validators)}

    def to_value(self) -> Value:
        """The public keys in member order; addresses follow from them."""
        return self.public_keys

    @classmethod
    def from_value(cls, value: Value) -> "Committee":
        """Inverse of `to_value`. Raises Malformed."""
        keys = [as_bytes(key, "public key", PUBLIC_KEY_BYTES) for key in as_tuple(value, "committee")]
        return cls(tuple(Validator(address_of(key), key) for key in keys))
