"""What an action sees of the chain, and the only way in which it changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from contracts.errors import StepsExceeded
from crypto.address import Address
from ledger.application import Context as BlockContext
from ledger.codec import Value, decode, encode
from ledger.genesis import Genesis
from ledger.overlay import Overlay, Reader
from ledger.quantities import Height, Period, Slot, TxId
from ledger.receipt import Event
from ledger.stage import Stage
from ledger.transaction import Transaction

VALUE_BYTES_MAX = 2**20
"""The largest value that a contract may keep under one key, encoded."""

VALUE_ITEMS_MAX = 2**16


class Journal:
    """Changes, events and steps of one transaction or one run of hooks, above a state that stays as it is.

    Whoever made it keeps its changes or drops them whole.
    """

    __slots__ = ("_steps_max", "_table", "events", "state", "steps")

    def __init__(self, base: Reader, table: Mapping[str, int], steps_max: int | None = None) -> None:
        self._table = table
        self._steps_max = steps_max
        self.state = Overlay(base)
        self.events: list[Event] = []
        self.steps = 0

    def charge(self, kind: str, count: int = 1) -> None:
        """Count `count` pieces of work of one kind, before they are done. Raises StepsExceeded."""
        self.steps += self._table[kind] * count
        if self._steps_max is not None and self.steps > self._steps_max:
            raise StepsExceeded(self.steps, self._steps_max)


@dataclass(frozen=True, slots=True)
class Context:
    """One contract's view of the chain at one point of a block.

    Keys are texts under the contract's own namespace; values are what ledger.codec encodes.
    """

    contract: str
    block: BlockContext
    """The block in which all this happens."""
    journal: Journal
    transaction: Transaction | None = None
    """What is being executed; None in a hook and in genesis, where the chain itself acts."""
    process: TxId | None = None
    """The TDVA process that the transaction belongs to, by its first T; None if to none."""

    @property
    def genesis(self) -> Genesis:
        return self.block.genesis

    @property
    def height(self) -> Height:
        return self.block.height

    @property
    def slot(self) -> Slot:
        return self.block.slot

    @property
    def period(self) -> Period:
        """The energy period that the slot is."""
        return self.genesis.period(self.slot)

    @property
    def sender(self) -> Address:
        return self.executed.sender

    @property
    def tx_id(self) -> TxId:
        return self.executed.tx_id

    @property
    def stage(self) -> Stage | None:
        return self.executed.stage

    @property
    def links(self) -> tuple[TxId, ...]:
        return self.executed.links

    @property
    def executed(self) -> Transaction:
        """The transaction, where there must be one."""
        if self.transaction is None:
            raise RuntimeError("there is no transaction in a hook or in genesis")
        return self.transaction

    def parameters(self, contract: str) -> Mapping[str, Value]:
        """What the genesis says to `contract`."""
        return self.genesis.contracts.get(contract, {})

    def get(self, key: str) -> Value:
        """What this contract keeps under `key`, or None."""
        self.charge("read")
        data = self.journal.state.get(self._key(key))
        if data is None:
            return None
        self.charge("kilobyte", len(data) // 1024)
        return decode_value(data)

    def put(self, key: str, value: Value) -> None:
        """Keep `value` under `key`."""
        self.charge("write")
        data = encode(value)
        self.charge("kilobyte", len(data) // 1024)
        if len(data) > VALUE_BYTES_MAX:
            raise RuntimeError(
                f"{self.contract} keeps {len(data)} bytes under {key}; {VALUE_BYTES_MAX} is the limit"
            )
        self.journal.state.put(self._key(key), data)

    def delete(self, key: str) -> None:
        """Keep nothing under `key`."""
        self.charge("write")
        self.journal.state.delete(self._key(key))

    def charge(self, kind: str, count: int = 1) -> None:
        """Charge `count` pieces of work of a kind in contracts.steps, before them. Raises StepsExceeded."""
        self.journal.charge(kind, count)

    def emit(self, name: str, **fields: Value) -> None:
        """Tell agents, the API and the explorer what happened."""
        self.charge("event")
        if self.block.version >= 2:
            self.charge("kilobyte", len(encode(fields)) // 1024)
        self.journal.events.append(Event(self.contract, name, fields))

    def scope(self, contract: str) -> "Context":
        """The same point of the block as a sibling contract sees it: its namespace, the same journal."""
        return replace(self, contract=contract)

    def _key(self, key: str) -> bytes:
        return state_key(self.contract, key)


def state_key(contract: str, key: str) -> bytes:
    """The key in the ledger's state of what `contract` keeps under `key`."""
    return contract.encode() + b"/" + key.encode()


def decode_value(data: bytes) -> Value:
    """A value of a contract, as Context.put encoded it."""
    return decode(data, max_bytes=VALUE_BYTES_MAX, max_items=VALUE_ITEMS_MAX)
