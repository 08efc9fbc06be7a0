"""A chain in memory: signed transactions through ledger.execution, block by block, with no consensus.

Every block is built, then executed again from its bytes as a voter would, and sealed by the whole committee.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts.contract import Contract
from contracts.runtime import Runtime
from contracts.steps import DEFAULT_STEPS
from crypto.address import Address
from crypto.hashing import sha256
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger.application import Rules
from ledger.block import Block
from ledger.codec import Value
from ledger.committee import Committee
from ledger.execution import Executed, build_block, execute_block
from ledger.genesis import Genesis, Limits, Member, Timers
from ledger.head import Head, genesis_head
from ledger.quantities import Height, Period, Round, Slot, TxId
from ledger.receipt import Event, Receipt
from ledger.seals import Seal, Seals, seal_message
from ledger.stage import Stage
from ledger.transaction import Transaction, sign_transaction
from node.chain import HeadView

FIRST_SLOT = Slot(1_000)
FIRST_PERIOD = Period(96 * 20_000 + 84)
"""Nine in the evening: a day's processes begin soon."""

VALIDATORS = ("alder", "birch", "cedar", "dogwood")
ROLES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(VALIDATORS, ("validator",)),
    "grid": ("grid", "eno"),
    "ash": ("microgrid",),
    "beech": ("microgrid",),
    "chestnut": ("microgrid",),
    "storage": ("storage",),
    "meter": ("meter",),
    "meter2": ("meter",),
}
"""The members of the usual chain, by name."""


def key_of(name: str) -> PrivateKey:
    """The signing key of a member: the same in every test."""
    return PrivateKey.from_secret(int.from_bytes(sha256(b"sign " + name.encode())[:31], "big"))


def encryption_key_of(name: str) -> PrivateKey:
    return PrivateKey.from_secret(int.from_bytes(sha256(b"encrypt " + name.encode())[:31], "big"))


def address(name: str) -> Address:
    return key_of(name).address


def make_genesis(
    parameters: Mapping[str, Mapping[str, Value]],
    *,
    roles: Mapping[str, tuple[str, ...]] = ROLES,
    committee: Sequence[str] = VALIDATORS,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    authority: bytes = b"",
) -> Genesis:
    """A genesis with these members, and with the contracts that `parameters` names."""
    return Genesis(
        name="test",
        slot_ms=1_000,
        first_slot=FIRST_SLOT,
        first_period=FIRST_PERIOD,
        committee=tuple(address(name) for name in committee),
        members=tuple(
            Member(
                address(name), name, name.title(), roles[name], key_of(name).public_key,
                encryption_key_of(name).public_key,
            )
            for name in roles
        ),
        authority=authority,
        limits=limits,
        timers=Timers(),
        steps=DEFAULT_STEPS,
        contracts=parameters,
    )  # fmt: skip


def first_proposes(_state: object, committee: Committee, _height: int) -> tuple[int, ...]:
    """An order in which the first member proposes in round 0 of every height."""
    return tuple(range(len(committee)))


@dataclass
class Chain:
    """Send, then make a block; or `call`, which does both."""

    genesis: Genesis
    contracts: Sequence[Contract]
    head: Head = field(init=False)
    blocks: list[Executed] = field(default_factory=list)
    pending: list[Transaction] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runtime = Runtime(self.contracts)
        self.rules = Rules(self.genesis, self.runtime, first_proposes, SignatureCache(10_000))
        self.head = genesis_head(self.genesis, self.runtime)
        self._keys: dict[Address, PrivateKey] = {}
        for member in self.genesis.members:
            self.learn(member.name)

    def learn(self, name: str) -> None:
        """Have the key of somebody who was admitted later, to seal with and to send for its address."""
        self._keys[address(name)] = key_of(name)

    @property
    def view(self) -> HeadView:
        return HeadView(self.genesis, self.head)

    @property
    def committee(self) -> Committee:
        """Who decides on the next block."""
        return self.runtime.committee(self.head.state, Height(self.head.height + 1))

    @property
    def slot(self) -> Slot:
        """The slot that the next block will have, unless it is told another."""
        return Slot(max(self.head.slot + 1, self.genesis.first_slot))

    @property
    def last(self) -> Executed:
        return self.blocks[-1]

    @property
    def events(self) -> tuple[Event, ...]:
        """Of the last block: the hooks', then the transactions'."""
        return (
            *self.last.slot_events,
            *(event for receipt in self.last.receipts for event in receipt.events),
        )

    def get(self, contract: str, key: str) -> Value:
        return self.view.get(contract, key)

    def send(
        self,
        sender: str | Address,
        contract: str,
        action: str,
        arguments: Mapping[str, Value],
        stage: Stage | None = None,
        links: tuple[TxId, ...] = (),
    ) -> Transaction:
        """Sign a transaction and put it into the next block. `sender` is a member's name or address."""
        key = self._keys.get(Address(sender)) or key_of(sender)
        ahead = sum(other.sender == key.address for other in self.pending)
        sequence = self.view.next_sequence(key.address) + ahead
        valid_until = self.slot + 1_000_000
        transaction = sign_transaction(
            key, self.genesis.hash, contract, action, arguments, sequence, valid_until, stage, links
        )
        self.pending.append(transaction)
        return transaction

    def call(
        self,
        sender: str | Address,
        contract: str,
        action: str,
        arguments: Mapping[str, Value],
        stage: Stage | None = None,
        links: tuple[TxId, ...] = (),
    ) -> Receipt:
        """Send one transaction in a block of its own, with whatever was pending before it."""
        self.send(sender, contract, action, arguments, stage, links)
        return self.make_block()[-1]

    def make_block(self, slot: int | None = None) -> tuple[Receipt, ...]:
        """A block of all that is pending; raises if anything of it cannot be in a block."""
        parent, transactions = self.head, self.pending
        place, *_ = self.rules.order(parent.state, self.committee, Height(parent.height + 1))
        proposer = self.committee.validators[place].address
        built = build_block(self.rules, parent, transactions, Slot(slot or self.slot), Round(0), proposer)
        for refusal in built.refused.values():
            raise refusal
        self.pending = []
        executed = execute_block(self.rules, parent, Block.decode(built.block.raw, self.genesis.limits))
        self.head = executed.head(self.seal(executed))
        self.blocks.append(executed)
        return executed.receipts

    def run_to(self, slot: int) -> None:
        """Empty blocks, one a slot, up to and including `slot`."""
        while self.head.slot < slot:
            self.make_block()

    def replay(self) -> Head:
        """All blocks again, from the genesis."""
        head = genesis_head(self.genesis, Runtime(self.contracts))
        for done in self.blocks:
            block = Block.decode(done.block.raw, self.genesis.limits)
            executed = execute_block(self.rules, head, block)
            head = executed.head(self.seal(executed))
        return head

    def seal(self, executed: Executed) -> Seals:
        """All of the block's committee seal it."""
        block, committee = executed.block, executed.committee
        message = seal_message(self.genesis.hash, block.header.height, 0, block.hash)
        signers = enumerate(committee.validators)
        return Seals(
            Round(0), tuple(Seal(place, self._keys[v.address].sign(message)) for place, v in signers)
        )


def new_chain(
    contracts: Sequence[Contract],
    parameters: Mapping[str, Mapping[str, Value]] | None = None,
    **genesis: object,
) -> Chain:
    """A chain with these contracts; each gets its parameters, or none."""
    given = parameters or {}
    table = {contract.name: given.get(contract.name, {}) for contract in contracts}
    return Chain(make_genesis(table, **genesis), contracts)  # type: ignore[arg-type]
