"""What a node says of itself."""

from pydantic import Field

from explorer.api.models.base import Count, Digest, Model


class HealthDocument(Model):
    """Whether the node is in step with the chain, and if not, why."""

    ready: bool
    reason: str


class ComingVersion(Model):
    """From a height on, blocks are of another version."""

    height: Count
    version: Count


class VersionDocument(Model):
    """Of the next block, what this node knows, and what has been decided for later."""

    version: Count
    known: Count
    coming: list[ComingVersion]


class StatusDocument(HealthDocument):
    """Where the node stands."""

    name: str
    archive: bool = Field(False, description="Whether this is a chain on disk, without a committee")
    address: str
    chain: Digest
    chain_name: str
    is_validator: bool
    height: Count
    blocks_from: Count
    target: Count
    slot: int
    period: int
    slot_now: int
    slot_ms: Count
    hash: Digest
    state_root: Digest
    round: Count
    proposer: str
    signers: list[str]
    committee: Count
    next_committee: Count
    quorum: Count
    block_version: VersionDocument
    validators_connected: Count
    peers: Count
    pending: Count
    clock_offset_ms: int
    warnings: list[str]
    unreached: dict[str, str] = Field(description="Why the last attempt to reach an endpoint failed")


class PeerDocument(Model):
    """A connected peer."""

    address: str
    organisation: str
    roles: list[str]
    height: Count
    clock_offset_ms: int | None
    dialled: bool
    hosts: list[str]


class PeersDocument(Model):
    """Who is connected."""

    peers: list[PeerDocument]


class SeatsDocument(Model):
    """A committee."""

    validators: list[str]
    quorum: Count
    faulty_max: Count


class ChangeDocument(Model):
    """A committee that takes over at a height."""

    height: Count
    validators: list[str]


class CandidateDocument(Model):
    """Who may come in."""

    address: str
    name: str
    proposal: Count | None
    shown_height: Count | None
    is_synced: bool
    is_reached: bool


class CommitteeDocument(Model):
    """Who decides, now and next, and who may come in."""

    height: Count
    committee: SeatsDocument
    next_committee: SeatsDocument
    changes: list[ChangeDocument]
    must_leave: dict[str, str]
    own_place: Count | None
    candidates: list[CandidateDocument]
    block_version: VersionDocument


class NothingDocument(Model):
    """It was taken, and there is nothing to tell."""
