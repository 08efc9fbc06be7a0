"""What the index tells of blocks, transactions, processes, members and validators."""

from typing import Any, Literal

from pydantic import Field

from explorer.api.models.base import Aged, Count, Hex, Listed, Model


class BlockItem(Model):
    """A block as lists show it."""

    height: Count
    hash: Hex
    time_ms: int
    slot: int
    period: int = Field(description="Quarter hours of energy since 1970, of this block's slot")
    round: Count
    proposer: str
    signers: list[str]
    committee: Count = Field(description="How many could have signed")
    transactions: Count
    failed: Count
    bytes: Count
    steps: Count


class BlockList(Listed):
    """Blocks, newest first."""

    items: list[BlockItem]


class TransactionItem(Model):
    """A transaction as lists show it."""

    tx_id: Hex
    height: Count
    position: Count
    time_ms: int
    contract: str
    action: str
    stage: str | None
    sender: str
    ok: bool
    error: str | None
    process: Hex | None


class TransactionList(Listed):
    """Transactions, newest first."""

    items: list[TransactionItem]


class FoundItem(Model):
    """Something that a text may mean."""

    kind: Literal["block", "transaction", "process", "member", "meter", "contract"]
    id: str = Field(description="A height, an identifier, an address or a contract's name")
    label: str


class FoundList(Aged):
    """At most 20; what is meant exactly comes first."""

    items: list[FoundItem]


class MemberItem(Model):
    """Who is on the chain."""

    address: str
    name: str
    organisation: str
    roles: list[str]
    standing: str
    is_validator: bool


class MemberList(Aged):
    """Everybody, by name."""

    items: list[MemberItem]


class ProcessItem(Model):
    """An energy process, as far as it has come."""

    process: Hex
    contract: str
    label: str | None
    opened_height: Count
    opened_ms: int
    last_height: Count
    stage: str
    is_settled: bool
    triggers: Count
    dispatches: Count
    verifications: Count
    accountings: Count


class ProcessList(Listed):
    """Processes, the one that began last first."""

    items: list[ProcessItem]


class Step(Model):
    """A transaction of a process."""

    tx_id: Hex
    height: Count
    position: Count
    time_ms: int
    action: str
    sender: str
    ok: bool
    error: str | None
    links: list[str]
    arguments: dict[str, Any] = Field(description="Without those that are large")
    elided: list[str] = Field(description="Names of the arguments that are left out, beyond 4 kB of JSON")


class ProcessDocument(ProcessItem, Aged):
    """A process with its transactions."""

    lanes: dict[Literal["T", "D", "V", "A"], list[Step]] = Field(
        description="Its transactions by stage, the first 200 of each"
    )


class ValidatorItem(Model):
    """Who decided on some of the blocks."""

    address: str
    name: str


class HeightColumn(Model):
    """Some heights, one after another."""

    first: Count
    last: Count
    late: Count = Field(description="Blocks that were not decided in the first round")
    rounds: Count = Field(description="Sum of the rounds; 0 if every block was decided in the first")


class AttendanceDocument(Aged):
    """Who signed and proposed how many blocks of each column; rows in the order of the validators."""

    validators: list[ValidatorItem]
    columns: list[HeightColumn]
    blocks: list[Count]
    signed: list[list[Count]]
    proposed: list[list[Count]]


class MeterItem(Model):
    """A meter, and how often it was heard of."""

    address: str
    owner: str
    carrier: str
    place: str
    last_period: int | None
    readings: Count
    is_storage: bool = Field(description="Whether it told of charging, or of a state of charge")


class MeterList(Listed):
    """Meters, by address."""

    items: list[MeterItem]
