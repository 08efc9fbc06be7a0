"""The genesis: what a chain's founders agreed on before its first block. Its hash is the chain's name.

The file is JSON for people to read; bytes stand in it as text that begins with `hex:`. What is hashed is the
same content in canonical msgpack, so that blanks and the order of keys do not matter.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, TypeVar, cast

from crypto.address import Address, address_of, parse_address
from crypto.errors import BadAddress, BadKey
from crypto.hashing import Digest, sha256
from crypto.keys import PUBLIC_KEY_BYTES, load_public_key
from ledger.codec import Value, decode, encode
from ledger.errors import BadGenesis, EncodingError, Malformed, NotEncodable
from ledger.fields import as_bytes, as_count, as_map, as_text, as_tuple
from ledger.quantities import Day, Period, Slot

GENESIS_BYTES_MAX = 2**24
GENESIS_ITEMS_MAX = 2**16
"""Entries of one list or table, such as the members or their balances."""
COMMITTEE_MAX = 64
"""Members of a committee, ever: the votes of all fit into a message, and their seals into a header."""
BLOCK_BYTES_MAX = 2**26
"""So that a place in a block has 20 bits: transactions take 128 bytes and more."""
DAY_S = 24 * 60 * 60
VALIDATOR = "validator"

T = TypeVar("T")


@dataclass(frozen=True)
class Member:
    """One whom the founders admit. Its signing and its encryption key are two keys."""

    address: Address
    name: str
    organisation: str
    roles: tuple[str, ...]
    public_key: bytes
    """Compressed, 33 bytes; verifies the member's signatures."""
    encryption_key: bytes
    """Compressed, 33 bytes; what is meant for the member alone is encrypted to it."""
    last_slot: Slot | None = None
    """The last in which its certificate holds on the chain; without it, in all."""


@dataclass(frozen=True)
class Limits:
    """What a block may hold; rules of validity, the same for all."""

    block_bytes: int = 2**20
    block_steps: int = 4_000_000
    """A step is about a microsecond (contracts.steps): to build the worst block and then to check it takes
    8 s, within the base timer of 10 s."""
    transaction_bytes: int = 2**18
    """A curve of a day of 96 periods fits, dealt to the largest committee."""
    sender_quota: int = 1_000
    """Transactions of one sender in one block."""
    block_slots: int = 1_000
    """Slots whose hooks one block runs; after a longer pause, blocks are empty until all have run."""


@dataclass(frozen=True)
class Timers:
    """Consensus timers in milliseconds; never derived from the slot length."""

    base_ms: int = 10_000
    cap_ms: int = 120_000
    resend_ms: int = 15_000
    skew_ms: int = 500
    """By how much two validators' clocks may differ."""


@dataclass(frozen=True)
class Genesis:
    """Everything that the first block rests on. Raises BadGenesis if it contradicts itself."""

    name: str
    slot_ms: int
    first_slot: Slot
    """The first slot that can hold a block; at least 1."""
    first_period: Period
    """The energy period of `first_slot`; from there on, one period a slot."""
    committee: tuple[Address, ...]
    """Validators in member order, which is the order of turns."""
    members: tuple[Member, ...]
    authority: bytes
    """DER of the certificate that issues all others."""
    limits: Limits
    timers: Timers
    steps: Mapping[str, int]
    """What each kind of work costs, in steps."""
    contracts: Mapping[str, Mapping[str, Value]]
    """Parameters by contract; a contract that is not named here does not exist on this chain."""
    period_s: int = 900

    def __post_init__(self) -> None:
        for name in ("slot_ms", "first_slot", "period_s"):
            _require(getattr(self, name) > 0, name, "it must be above zero")
        _require(DAY_S % self.period_s == 0, "period_s", "periods must fill a day of 86400 s")
        for group in ("limits", "timers"):
            for key, number in asdict(getattr(self, group)).items():
                _require(number > 0, f"{group}.{key}", "it must be above zero")
        _require(
            self.limits.block_bytes <= BLOCK_BYTES_MAX, "limits.block_bytes", f"more than {BLOCK_BYTES_MAX}"
        )
        _check_members(self)
        _check_committee(self)

    @cached_property
    def hash(self) -> Digest:
        """The chain id: SHA-256 over the canonical encoding."""
        return sha256(b"gridquorum/genesis\x00" + self.encode())

    def period(self, slot: int) -> Period:
        """The energy period of a slot."""
        return Period(self.first_period + slot - self.first_slot)

    def slot_of(self, period: int) -> Slot:
        """The slot of an energy period."""
        return Slot(self.first_slot + period - self.first_period)

    @property
    def periods_per_day(self) -> int:
        """96 at 900 s."""
        return DAY_S // self.period_s

    def day(self, period: int) -> Day:
        """The UTC day of an energy period."""
        return Day(period // self.periods_per_day)

    def member(self, address: Address) -> Member | None:
        """The founding member with this address."""
        return self._by_address.get(address)

    @cached_property
    def _by_address(self) -> dict[Address, Member]:
        return {member.address: member for member in self.members}

    def encode(self) -> bytes:
        """Canonical msgpack."""
        return encode(_plain(self))

    @classmethod
    def decode(cls, data: bytes) -> "Genesis":
        """Inverse of `encode`. Raises DecodeError or BadGenesis."""
        return _genesis(decode(data, max_bytes=GENESIS_BYTES_MAX, max_items=GENESIS_ITEMS_MAX))

    def to_json(self) -> str:
        """The genesis file."""
        return json.dumps(json_of(_plain(self)), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Genesis":
        """Inverse of `to_json`. Raises BadGenesis, which names the path of what is wrong."""
        if len(text) > GENESIS_BYTES_MAX:
            raise BadGenesis("file", f"it is longer than {GENESIS_BYTES_MAX} characters")
        try:
            value = _from_json(json.loads(text, object_pairs_hook=_without_repeats), "")
            # By way of the bytes, so that every genesis can be stored and read again.
            return cls.decode(encode(value))
        except (ValueError, RecursionError) as error:
            raise BadGenesis("file", f"it is not JSON ({error})") from None
        except EncodingError as error:
            raise BadGenesis("file", str(error)) from None


def _require(holds: bool, path: str, reason: str) -> None:
    if not holds:
        raise BadGenesis(path, reason)


def _check_members(genesis: Genesis) -> None:
    by_address: set[Address] = set()
    for index, member in enumerate(genesis.members):
        path = f"members[{index}]"
        _require(member.address not in by_address, f"{path}.address", f"{member.address} is there twice")
        _require(
            address_of(member.public_key) == member.address,
            f"{path}.address",
            f"the address of its public_key is {address_of(member.public_key)}",
        )
        _require(
            member.encryption_key != member.public_key, f"{path}.encryption_key", "it is the signing key"
        )
        for name in ("public_key", "encryption_key"):
            _check_key(getattr(member, name), f"{path}.{name}")
        by_address.add(member.address)


def _check_key(key: bytes, path: str) -> None:
    try:
        load_public_key(key)
    except BadKey as error:
        raise BadGenesis(path, str(error)) from None


def _check_committee(genesis: Genesis) -> None:
    size = len(genesis.committee)
    _require(size <= COMMITTEE_MAX, "committee", f"it has {size} members, more than {COMMITTEE_MAX}")
    _require(len(genesis.committee) > 0, "committee", "it is empty")
    _require(len({*genesis.committee}) == len(genesis.committee), "committee", "it names a member twice")
    for index, address in enumerate(genesis.committee):
        path = f"committee[{index}]"
        member = genesis.member(address)
        if member is None:
            raise BadGenesis(path, f"{address} is not among the members")
        _require(VALIDATOR in member.roles, path, f"{address} does not have the role {VALIDATOR}")


def _plain(genesis: Genesis) -> dict[str, Value]:
    """The genesis as a value: records become maps by field name."""
    plain: dict[str, Value] = {field.name: getattr(genesis, field.name) for field in fields(genesis)}
    plain["members"] = tuple(_plain_member(member) for member in genesis.members)
    plain["limits"] = asdict(genesis.limits)
    plain["timers"] = asdict(genesis.timers)
    return plain


def _plain_member(member: Member) -> dict[str, Value]:
    """A key that is optional in the file is not there when it says nothing."""
    return {name: value for name, value in asdict(member).items() if value is not None}


class _Table:
    """A map read key by key; `close` refuses what nobody asked for, so that a typo does not go unseen."""

    def __init__(self, value: Value, path: str) -> None:
        self._path = path
        self._left = dict(_read(as_map, value, path or "file"))

    def take(self, key: str, read: Callable[[Value, str], T]) -> T:
        path = _below(self._path, key)
        if key not in self._left:
            raise BadGenesis(path, "it is missing")
        return _read(read, self._left.pop(key), path)

    def take_optional(self, key: str, read: Callable[[Value, str], T]) -> T | None:
        """None if the key is not there."""
        return self.take(key, read) if key in self._left else None

    def close(self) -> None:
        for key in sorted(self._left):
            raise BadGenesis(_below(self._path, key), "unknown key")


def _read(read: Callable[[Value, str], T], value: Value, path: str) -> T:
    try:
        return read(value, path)
    except Malformed as error:
        raise BadGenesis(error.what, error.reason) from None


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _genesis(value: Value) -> Genesis:
    table = _Table(value, "")
    genesis = Genesis(
        name=table.take("name", as_text),
        slot_ms=table.take("slot_ms", as_count),
        first_slot=Slot(table.take("first_slot", as_count)),
        first_period=Period(table.take("first_period", as_count)),
        committee=table.take("committee", _addresses),
        members=table.take("members", _members),
        authority=table.take("authority", as_bytes),
        limits=table.take("limits", lambda value, path: Limits(**_counts(Limits, value, path))),
        timers=table.take("timers", lambda value, path: Timers(**_counts(Timers, value, path))),
        steps=table.take("steps", _steps),
        contracts=table.take("contracts", _contracts),
        period_s=table.take("period_s", as_count),
    )
    table.close()
    return genesis


def _address(value: Value, path: str) -> Address:
    try:
        return parse_address(as_text(value, path))
    except BadAddress as error:
        raise BadGenesis(path, str(error)) from None


def _addresses(value: Value, path: str) -> tuple[Address, ...]:
    return tuple(_address(item, f"{path}[{index}]") for index, item in enumerate(as_tuple(value, path)))


def _public_key(value: Value, path: str) -> bytes:
    return as_bytes(value, path, PUBLIC_KEY_BYTES)


def _texts(value: Value, path: str) -> tuple[str, ...]:
    return tuple(as_text(item, f"{path}[{index}]") for index, item in enumerate(as_tuple(value, path)))


def _members(value: Value, path: str) -> tuple[Member, ...]:
    return tuple(_member(item, f"{path}[{index}]") for index, item in enumerate(as_tuple(value, path)))


def _member(value: Value, path: str) -> Member:
    table = _Table(value, path)
    member = Member(
        address=table.take("address", _address),
        name=table.take("name", as_text),
        organisation=table.take("organisation", as_text),
        roles=table.take("roles", _texts),
        public_key=table.take("public_key", _public_key),
        encryption_key=table.take("encryption_key", _public_key),
        last_slot=table.take_optional("last_slot", lambda value, path: Slot(as_count(value, path))),
    )
    table.close()
    return member


def _counts(kind: type[Any], value: Value, path: str) -> dict[str, int]:
    table = _Table(value, path)
    counts = {field.name: table.take(field.name, as_count) for field in fields(kind)}
    table.close()
    return counts


def _steps(value: Value, path: str) -> Mapping[str, int]:
    return {kind: as_count(cost, f"{path}.{kind}") for kind, cost in as_map(value, path).items()}


def _contracts(value: Value, path: str) -> Mapping[str, Mapping[str, Value]]:
    return {name: as_map(parameters, f"{path}.{name}") for name, parameters in as_map(value, path).items()}


HEX = "hex:"


def json_of(value: Value) -> Any:
    """A value as JSON has it: bytes are text that begins with `hex:`."""
    if isinstance(value, bytes):
        return HEX + value.hex()
    if isinstance(value, tuple):
        return [json_of(item) for item in value]
    if isinstance(value, Mapping):
        return {key: json_of(item) for key, item in value.items()}
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        raise BadGenesis("file", f"the key {max(keys, key=keys.count)!r} is there twice in one table")
    return table


def _from_json(parsed: Any, path: str) -> Value:
    if isinstance(parsed, float):
        raise BadGenesis(path, f"{parsed} is not an integer; choose a smaller unit")
    if isinstance(parsed, str) and parsed.startswith(HEX):
        try:
            return bytes.fromhex(parsed.removeprefix(HEX))
        except ValueError:
            raise BadGenesis(path, f"what follows {HEX} is not hexadecimal") from None
    if isinstance(parsed, list):
        return tuple(_from_json(item, f"{path}[{index}]") for index, item in enumerate(parsed))
    if isinstance(parsed, dict):
        return {key: _from_json(item, _below(path, key)) for key, item in parsed.items()}
    try:
        encode(parsed)
    except NotEncodable as error:
        raise BadGenesis(path, str(error)) from None
    return cast(Value, parsed)
