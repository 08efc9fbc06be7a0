"""A small chain to test the ledger with: an application that counts, and a committee whose keys we have."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crypto.address import Address
from crypto.hashing import Digest
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger import tdva
from ledger.application import Context, Rules
from ledger.block import Block, Header
from ledger.codec import Value, decode, encode
from ledger.committee import Committee
from ledger.errors import LinkError
from ledger.execution import Executed, build_block, execute_block, next_sequence
from ledger.genesis import Genesis, Limits, Member, Timers
from ledger.head import Head, genesis_head
from ledger.overlay import Overlay, Reader
from ledger.quantities import Height, Period, Round, Slot, TxId
from ledger.receipt import Event, Receipt
from ledger.seals import Seal, Seals, seal_message
from ledger.stage import Stage
from ledger.state import State
from ledger.transaction import Transaction, sign_transaction

FIRST_SLOT = 1_000
COMMITTEES = b"counter/committees"


def key_of(number: int) -> PrivateKey:
    """The signing key of member `number`, the same in every run."""
    return PrivateKey.from_secret(1_000 + number)


def make_genesis(validators: int = 4, others: int = 2, **changes: Any) -> Genesis:
    """Validators are members 0, 1, ...; the others follow."""
    members = tuple(make_member(number, number < validators) for number in range(validators + others))
    genesis = Genesis(
        name="counting",
        slot_ms=1_000,
        first_slot=Slot(FIRST_SLOT),
        first_period=Period(96 * 20_000),
        committee=tuple(member.address for member in members[:validators]),
        members=members,
        authority=b"a certificate",
        limits=Limits(),
        timers=Timers(),
        steps={"read": 1},
        contracts={"counter": {"start": 0, "name": "count", "seed": b"\x01\x02", "list": (1, 2)}},
    )
    return replace(genesis, **changes)


def make_member(number: int, is_validator: bool) -> Member:
    key = key_of(number)
    return Member(
        address=key.address,
        name=f"member {number}",
        organisation="Counters",
        roles=("validator",) if is_validator else ("counter",),
        public_key=key.public_key,
        encryption_key=key_of(number + 500).public_key,
    )


class Counter:
    """Adds numbers up. `fail` fails, `crash` is a fault, and staged actions go through the TDVA rules."""

    def begin(self, genesis: Genesis) -> State:
        keys = Committee.of_genesis(genesis).to_value()
        changes: dict[bytes, bytes | None] = {COMMITTEES: encode(((1, keys),))}
        changes.update({_member_key(member.address): b"" for member in genesis.members})
        return State().update(changes)

    def committee(self, state: Reader, height: Height) -> Committee:
        listed = [keys for since, keys in _committees(state) if since <= height]
        return Committee.from_value(listed[-1])

    def block_version(self, state: Reader, height: Height) -> int:
        return 1

    def is_member(self, state: Reader, address: Address) -> bool:
        return state.get(_member_key(address)) is not None

    def open_slots(self, overlay: Overlay, slots: range, context: Context) -> tuple[Event, ...]:
        _add(overlay, "slots", len(slots))
        return tuple(Event("counter", "SlotOpened", {"slot": slot}) for slot in slots if slot % 2 == 0)

    def execute(self, overlay: Overlay, transaction: Transaction, context: Context) -> Receipt:
        steps = transaction.arguments.get("steps", 1)
        assert isinstance(steps, int)
        try:
            _act(overlay, transaction, context)
        except LinkError as error:
            return Receipt(transaction.tx_id, False, str(error), steps)
        if transaction.action == "fail":
            return Receipt(transaction.tx_id, False, "it was told to fail", steps)
        event = Event("counter", "Done", {"action": transaction.action})
        return Receipt(transaction.tx_id, True, "", steps, (event,))


def _act(overlay: Overlay, transaction: Transaction, context: Context) -> None:
    arguments = transaction.arguments
    if transaction.action == "crash":
        raise ZeroDivisionError("told to crash")
    if transaction.action == "committee":
        entry = (context.height + 2, arguments["keys"])
        overlay.put(COMMITTEES, encode((*_committees(overlay), entry)))
    process = tdva.check_links(overlay, transaction)
    if process is not None:
        meter, period = arguments.get("meter", ""), arguments.get("period", 0)
        assert isinstance(meter, str)
        assert isinstance(period, int)
        tdva.record(overlay, transaction, process, meter, period)
        if transaction.stage is Stage.DISPATCH:
            tdva.bring_into_force(overlay, process, transaction.tx_id)
    _add(overlay, transaction.sender, 1)


def _add(overlay: Overlay, name: str, number: int) -> None:
    overlay.put(f"counter/{name}".encode(), encode(read_count(overlay, name) + number))


def read_count(reader: Reader, name: str) -> int:
    raw = reader.get(f"counter/{name}".encode())
    number = 0 if raw is None else decode(raw, max_bytes=9)
    assert isinstance(number, int)
    return number


def _committees(state: Reader) -> Any:
    raw = state.get(COMMITTEES)
    assert raw is not None
    return decode(raw, max_bytes=2**16)


def _member_key(address: Address) -> bytes:
    return f"counter/member/{address}".encode()


def rotation(_state: Reader, committee: Committee, height: Height) -> tuple[int, ...]:
    members = len(committee)
    return tuple([(height + ahead) % members for ahead in range(members)])


def make_rules(genesis: Genesis) -> Rules:
    return Rules(genesis, Counter(), rotation, SignatureCache(10_000))


def seal(header: Header, members: Sequence[int], round: int = 0, keys: Sequence[PrivateKey] = ()) -> Seals:
    """Seals of these members of the committee, whose keys are those of members 0, 1, ... unless given."""
    message = seal_message(header.chain, header.height, round, header.hash)
    signers = keys or [key_of(number) for number in range(max(members) + 1)]
    return Seals(Round(round), tuple(Seal(member, signers[member].sign(message)) for member in members))


class Chain:
    """A chain in memory: the rules, the head, and every block with its seals and outcome."""

    def __init__(self, genesis: Genesis | None = None) -> None:
        self.genesis = genesis or make_genesis()
        self.rules = make_rules(self.genesis)
        self.head: Head = genesis_head(self.genesis, self.rules.application)
        self.blocks: list[tuple[Executed, Seals]] = []
        self.committee_keys = [key_of(number) for number in range(len(self.genesis.committee))]

    def transaction(self, sender: int = 4, action: str = "add", ahead: int = 0, **fields: Any) -> Transaction:
        """Signed by member `sender`, `ahead` of its next sequence number; `fields` replace the defaults."""
        key = key_of(sender)
        arguments: Mapping[str, Value] = fields.pop("arguments", {})
        defaults: dict[str, Any] = {
            "chain": self.genesis.hash,
            "contract": "counter",
            "sequence": next_sequence(self.head.state, key.address) + ahead,
            "valid_until": self.head.slot + 100,
        }
        return sign_transaction(key, action=action, arguments=arguments, **{**defaults, **fields})

    def build(self, *transactions: Transaction, slot: int | None = None, round: int = 0) -> Executed:
        """A proposal on the head, not kept."""
        height = Height(self.head.height + 1)
        committee = self.rules.application.committee(self.head.state, height)
        order = rotation(self.head.state, committee, height)
        proposer = committee.validators[order[round % len(order)]].address
        when = Slot(self.head.slot + 1 if slot is None else slot)
        return build_block(self.rules, self.head, transactions, when, Round(round), proposer).executed

    def seal(self, executed: Executed, round: int = 0) -> Seals:
        """A quorum for it."""
        members = range(executed.committee.quorum)
        return seal(executed.block.header, members, round, self.committee_keys)

    def commit(self, *transactions: Transaction, slot: int | None = None) -> Executed:
        """The next block, which all transactions must get into; executed as another validator would."""
        built = self.build(*transactions, slot=slot)
        assert built.transactions == transactions
        executed = execute_block(self.rules, self.head, built.block)
        assert executed.state.root == built.state.root
        seals = self.seal(executed)
        self.blocks.append((executed, seals))
        self.head = executed.head(seals)
        return executed

    def execute(self, block: Block) -> Executed:
        return execute_block(self.rules, self.head, block)


def changed(block: Block, transactions: tuple[bytes, ...] | None = None, **fields: Any) -> Block:
    """The block with some fields of its header, or its transactions, replaced."""
    return Block(
        replace(block.header, **fields), block.transactions if transactions is None else transactions
    )


def some_digest(number: int) -> Digest:
    return Digest(bytes([number]) * 32)


def some_id(number: int) -> TxId:
    return TxId(bytes([number]) * 32)
