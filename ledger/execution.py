"""Execution: what a block does to the state, as a pure function, and what makes a block valid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from crypto.address import Address
from crypto.hashing import Digest
from ledger import merkle
from ledger.application import Application as Application
from ledger.application import Context as Context
from ledger.application import Rules
from ledger.block import Block, Header, check_sealed
from ledger.codec import decode, encode
from ledger.committee import Committee
from ledger.errors import (
    ApplicationFault,
    DecodeError,
    Expired,
    HooksBehind,
    InvalidBlock,
    InvalidTransaction,
    NoRoom,
    QuotaExceeded,
    SealError,
    TooLarge,
    TransactionRejected,
    UnknownSender,
    UnsupportedVersion,
    WrongChain,
    WrongHeaderField,
    WrongSequence,
    WrongVersion,
)
from ledger.fields import as_count
from ledger.head import Head
from ledger.overlay import Overlay, Reader
from ledger.quantities import Height, Round, Slot, TxId
from ledger.receipt import Event, Receipt, events_leaf
from ledger.seals import NO_SEALS, Seals
from ledger.state import State
from ledger.transaction import VERSION as TRANSACTION_VERSION
from ledger.transaction import Transaction

SLOT_KEY = b"ledger/slot"
NUMBER_BYTES_MAX = 9
COUNT_MAX = 2**32 - 1
STEPS = "steps"
BLOCK_FRAMING_BYTES = 6
TRANSACTION_FRAMING_BYTES = 5

Changes: TypeAlias = Mapping[bytes, bytes | None]
"""Values set under their keys; None deletes."""


@dataclass(frozen=True, slots=True)
class Executed:
    """A block and what it does."""

    block: Block
    committee: Committee
    next_committee: Committee
    state: State
    changes: Changes
    transactions: tuple[Transaction, ...]
    receipts: tuple[Receipt, ...]
    """In the order of the transactions."""
    slot_events: tuple[Event, ...]
    """What the hooks told."""

    def head(self, seals: Seals) -> Head:
        """The head that it makes once a quorum has sealed it."""
        return Head(self.block.header, self.committee, seals, self.state)


@dataclass(frozen=True, slots=True)
class Built:
    """A proposal, and why what is not in it is not."""

    block: Block
    executed: Executed
    refused: Mapping[TxId, TransactionRejected]


def next_sequence(reader: Reader, sender: Address) -> int:
    """The sequence number that the sender's next transaction must have."""
    return _read_count(reader, _sequence_key(sender), 0)


def last_slot(reader: Reader) -> Slot:
    """The last slot whose hooks have run; 0 before the first block."""
    return Slot(_read_count(reader, SLOT_KEY, 0))


def build_block(
    rules: Rules, parent: Head, candidates: Iterable[Transaction], slot: Slot, round: Round, proposer: Address
) -> Built:
    """A valid block on `parent` with as many of the candidates, in their order, as it may hold.

    The first that is over the budget of steps ends it, so that a flood of costly ones costs a proposer no
    more than a block; those after it are neither taken nor refused. Raises ApplicationFault if a hook fails.
    """
    run = _Run(rules, parent, slot)
    draft = _draft_header(rules, parent, slot, round, proposer)
    room = rules.genesis.limits.block_bytes - len(draft.raw) - BLOCK_FRAMING_BYTES
    refused: dict[TxId, TransactionRejected] = {}
    for transaction in candidates:
        needed = len(transaction.raw) + TRANSACTION_FRAMING_BYTES
        try:
            if needed > room:
                raise NoRoom("bytes", needed, room)
            run.take(transaction)
        except TransactionRejected as error:
            refused[transaction.tx_id] = error
            if isinstance(error, NoRoom) and error.what == STEPS:
                break
        else:
            room -= needed
    raws = tuple([transaction.raw for transaction in run.transactions])
    header = replace(
        draft,
        transaction_count=len(raws),
        transactions_root=merkle.root(raws),
        receipts_root=run.receipts_root,
        state_root=run.state.root,
    )
    block = Block(header, raws)
    return Built(block, run.executed(block), refused)


def execute_block(rules: Rules, parent: Head, block: Block) -> Executed:
    """What the block does to the parent's state. Raises InvalidBlock unless it is valid in all respects.

    Whether its slot fits the clock is for the voter to say, and its own seals are checked by `check_sealed`.
    """
    header = block.header
    _check_header(rules, parent, block)
    try:
        run = _Run(rules, parent, header.slot)
    except ApplicationFault as error:
        raise InvalidBlock(header.height, str(error)) from error
    for position, raw in enumerate(block.transactions):
        try:
            run.take(rules.transactions.decode(raw, rules.genesis.limits))
        except (TransactionRejected, DecodeError) as error:
            raise InvalidTransaction(header.height, position, error) from error
    _require(header, "receipts_root", run.receipts_root)
    _require(header, "state_root", run.state.root)
    return run.executed(block)


@dataclass(slots=True)
class _Run:
    """A block in the making: the state after the hooks and after each transaction that was taken."""

    rules: Rules
    parent: Head
    slot: Slot
    context: Context = field(init=False)
    overlay: Overlay = field(init=False)
    slot_events: tuple[Event, ...] = field(init=False)
    hooks_leaf: bytes = field(init=False)
    hooks_done: Slot = field(init=False)
    transactions: list[Transaction] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    taken_of: dict[Address, int] = field(default_factory=dict)
    steps: int = 0
    _state: State | None = None

    def __post_init__(self) -> None:
        height = Height(self.parent.height + 1)
        version = _version(self.rules, self.parent)
        self.context = Context(self.rules.genesis, height, self.slot, self.parent.hash, version)
        self.overlay = Overlay(self.parent.state)
        self._run_hooks()

    def _run_hooks(self) -> None:
        genesis = self.rules.genesis
        done = _read_count(self.overlay, SLOT_KEY, genesis.first_slot - 1)
        last = min(self.slot, done + genesis.limits.block_slots)
        slots = range(done + 1, last + 1)
        try:
            self.slot_events = self.rules.application.open_slots(self.overlay, slots, self.context)
            self.hooks_leaf = events_leaf(self.slot_events)
        except Exception as error:
            raise ApplicationFault(f"the hooks of slots {done + 1} to {last}", error) from error
        self.hooks_done = Slot(last)
        self.overlay.put(SLOT_KEY, encode(last))

    def take(self, transaction: Transaction) -> None:
        """Check and execute one more transaction. Raises TransactionRejected, and changes nothing then."""
        self._check(transaction)
        changes = Overlay(self.overlay)
        try:
            receipt = self.rules.application.execute(changes, transaction, self.context)
            leaf = receipt.raw
        except Exception as error:
            raise ApplicationFault(f"{transaction.contract}.{transaction.action}", error) from error
        steps, limit = self.steps + receipt.steps, self.rules.genesis.limits.block_steps
        if steps > limit:
            raise NoRoom(STEPS, steps, limit)
        if receipt.ok:
            self.overlay.apply(changes.changes)
        self._keep(transaction, receipt)
        self.leaves.append(leaf)

    def _check(self, transaction: Transaction) -> None:
        genesis, sender = self.rules.genesis, transaction.sender
        limits, size_bytes = genesis.limits, len(transaction.raw)
        if self.hooks_done < self.slot:
            raise HooksBehind(self.hooks_done, self.slot)
        if size_bytes > limits.transaction_bytes:
            raise TooLarge(size_bytes, limits.transaction_bytes)
        if transaction.version != TRANSACTION_VERSION:
            raise WrongVersion(transaction.version, TRANSACTION_VERSION)
        if transaction.chain != genesis.hash:
            raise WrongChain(transaction.chain, genesis.hash)
        if transaction.valid_until < self.slot:
            raise Expired(transaction.valid_until, self.slot)
        if self.taken_of.get(sender, 0) >= limits.sender_quota:
            raise QuotaExceeded(sender, limits.sender_quota)
        if not self.rules.application.is_member(self.overlay, sender):
            raise UnknownSender(sender)
        expected = next_sequence(self.overlay, sender)
        if transaction.sequence != expected:
            raise WrongSequence(sender, transaction.sequence, expected)
        self.rules.transactions.check_signature(transaction, self.rules.signatures)

    def _keep(self, transaction: Transaction, receipt: Receipt) -> None:
        sender = transaction.sender
        self.overlay.put(_sequence_key(sender), encode(transaction.sequence + 1))
        self.taken_of[sender] = self.taken_of.get(sender, 0) + 1
        self.steps += receipt.steps
        self.transactions.append(transaction)
        self.receipts.append(receipt)

    @property
    def state(self) -> State:
        """After all that was taken."""
        if self._state is None:
            self._state = self.parent.state.update(self.overlay.changes)
        return self._state

    @property
    def receipts_root(self) -> Digest:
        """Over the receipts and the events of the hooks."""
        return merkle.root([*self.leaves, self.hooks_leaf])

    def executed(self, block: Block) -> Executed:
        """The outcome, to be kept with the block."""
        committee, next_committee = _committees(self.rules, self.parent)
        return Executed(
            block=block,
            committee=committee,
            next_committee=next_committee,
            state=self.state,
            changes=self.overlay.changes,
            transactions=tuple(self.transactions),
            receipts=tuple(self.receipts),
            slot_events=self.slot_events,
        )


def _version(rules: Rules, parent: Head) -> int:
    """Of the block above `parent`. Raises UnsupportedVersion."""
    height = Height(parent.height + 1)
    version = rules.application.block_version(parent.state, height)
    if version > rules.version_max:
        raise UnsupportedVersion(height, version, rules.version_max)
    return version


def _committees(rules: Rules, parent: Head) -> tuple[Committee, Committee]:
    choose = rules.application.committee
    return choose(parent.state, Height(parent.height + 1)), choose(parent.state, Height(parent.height + 2))


def _draft_header(rules: Rules, parent: Head, slot: Slot, round: Round, proposer: Address) -> Header:
    """The header before its transactions are known, as long as it can get."""
    committee, next_committee = _committees(rules, parent)
    unknown = merkle.root(())
    return Header(
        version=_version(rules, parent),
        chain=rules.genesis.hash,
        height=Height(parent.height + 1),
        slot=slot,
        parent=parent.hash,
        parent_seals=parent.seals,
        transaction_count=COUNT_MAX,
        transactions_root=unknown,
        receipts_root=unknown,
        state_root=unknown,
        committee=committee.hash,
        next_committee=next_committee.hash,
        round=round,
        proposer=proposer,
    )


def _check_header(rules: Rules, parent: Head, block: Block) -> None:
    header, limits = block.header, rules.genesis.limits
    if len(block.raw) > limits.block_bytes:
        raise InvalidBlock(
            header.height, f"{len(block.raw)} bytes are more than the limit of {limits.block_bytes}"
        )
    committee, next_committee = _committees(rules, parent)
    _require(header, "version", _version(rules, parent))
    _require(header, "chain", rules.genesis.hash)
    _require(header, "height", parent.height + 1)
    _require(header, "parent", parent.hash)
    if header.slot <= parent.slot:
        raise WrongHeaderField(header.height, "slot", header.slot, f"above {parent.slot}, its parent's")
    _require(header, "committee", committee.hash)
    _require(header, "next_committee", next_committee.hash)
    order = rules.order(parent.state, committee, header.height)
    proposer = committee.validators[order[header.round % len(order)]]
    _require(header, "proposer", proposer.address)
    _require(header, "transaction_count", len(block.transactions))
    _require(header, "transactions_root", block.transactions_root)
    _check_parent_seals(rules, parent, header)


def _check_parent_seals(rules: Rules, parent: Head, header: Header) -> None:
    if parent.height == 0:
        _require(header, "parent_seals", NO_SEALS)
        return
    try:
        check_sealed(parent.header, header.parent_seals, parent.committee, rules.signatures)
    except (SealError, WrongHeaderField) as error:
        raise InvalidBlock(header.height, str(error)) from error


def _require(header: Header, name: str, expected: object) -> None:
    found = getattr(header, name)
    if found != expected:
        raise WrongHeaderField(header.height, name, found, expected)


def _read_count(reader: Reader, key: bytes, default: int) -> int:
    raw = reader.get(key)
    return (
        default if raw is None else as_count(decode(raw, max_bytes=NUMBER_BYTES_MAX), "number in the state")
    )


def _sequence_key(sender: Address) -> bytes:
    return f"ledger/sequence/{sender}".encode()
