"""Facts: what blocks say that a rule can be held against. Pure data; blocks.py reads them out of a block."""

from dataclasses import dataclass
from typing import TypeAlias

from contracts.metering.readings import Reading
from crypto.address import Address


@dataclass(frozen=True, slots=True)
class ReadingTaken:
    """A meter's reading of a period is on the chain."""

    meter: Address
    period: int
    market: str
    """The contract that took it; `metering` where a meter reported by itself."""
    reading: Reading


@dataclass(frozen=True, slots=True)
class ReadingAbsent:
    """A market wrote down that a meter did not deliver a period in time."""

    meter: Address
    period: int
    market: str


@dataclass(frozen=True, slots=True)
class ReadingsDue:
    """A market runs in a period: all meters that it hears from have to deliver."""

    market: str
    period: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What a plan, an order or an instruction says that a connection will take over some periods."""

    meter: Address
    first_period: int
    periods: int
    net_wh: int
    """Of all its periods together: + into what stands behind the meter, - out of it."""


@dataclass(frozen=True, slots=True)
class ExpectedNoMore:
    """What was expected of a meter from a period on is void."""

    meter: Address
    first_period: int


@dataclass(frozen=True, slots=True)
class StorageTold:
    """The control signal of a period: + charges."""

    meter: Address
    period: int
    power_w: int


@dataclass(frozen=True, slots=True)
class StorageReported:
    """What the storage's controller says that the storage did in a period: + charged."""

    meter: Address
    period: int
    power_w: int


@dataclass(frozen=True, slots=True)
class Rated:
    """What a meter's connection may carry, from now on."""

    meter: Address
    import_w: int
    export_w: int


@dataclass(frozen=True, slots=True)
class BlockMade:
    """A block, and what it says of who made its parent final: the same on every node."""

    height: int
    slot: int
    proposer: Address
    committee: tuple[Address, ...]
    """Of this height."""
    parent_round: int
    """In which its parent was decided: 0 if all went well."""
    parent_signers: tuple[int, ...]
    """Places in the committee of its parent."""


@dataclass(frozen=True, slots=True)
class Equivocated:
    """A validator was suspended: two of its votes contradict each other."""

    validator: Address
    height: int


@dataclass(frozen=True, slots=True)
class Pardoned:
    """A validator was reinstated, or expelled: its equivocation is dealt with."""

    validator: Address


Fact: TypeAlias = (
    ReadingTaken
    | ReadingAbsent
    | ReadingsDue
    | Expected
    | ExpectedNoMore
    | StorageTold
    | StorageReported
    | Rated
    | BlockMade
    | Equivocated
    | Pardoned
)
