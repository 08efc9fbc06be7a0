"""The node's chain: builds, checks and keeps blocks on the head of its store."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from contracts.context import decode_value, state_key
from crypto.address import Address
from crypto.hashing import Digest
from ledger.application import Rules
from ledger.block import Block, check_sealed
from ledger.codec import Value, decode, encode
from ledger.committee import Committee
from ledger.errors import LedgerError, StoreError, UnsupportedVersion, WrongHeaderField
from ledger.execution import Built, Executed, build_block, execute_block, next_sequence
from ledger.genesis import Genesis
from ledger.head import Head
from ledger.quantities import Height, Period, Round, Slot
from ledger.seals import Seals
from ledger.store import Store
from ledger.transaction import Transaction
from net.wire import SealedBlock
from node.errors import Diverged
from node.verifier import INLINE_MAX, Verifier

SEALS_BYTES_MAX = 2**16
EXECUTED_MAX = 8
"""Proposals of one height whose execution is kept until one is decided."""


@dataclass(frozen=True, slots=True)
class HeadView:
    """What agents see of the chain (contracts.agent.View): the committed state at one height."""

    genesis: Genesis
    head: Head

    @property
    def height(self) -> Height:
        """Of the last block."""
        return self.head.height

    @property
    def slot(self) -> Slot:
        """Of the last block."""
        return self.head.slot

    @property
    def period(self) -> Period:
        """The energy period of that slot."""
        return self.genesis.period(self.head.slot)

    def get(self, contract: str, key: str) -> Value:
        """What `contract` keeps under `key`, or None."""
        data = self.head.state.get(state_key(contract, key))
        return None if data is None else decode_value(data)

    def next_sequence(self, address: Address) -> int:
        """The sequence number that the next transaction of `address` must have."""
        return next_sequence(self.head.state, address)


class NodeChain:
    """The head and what may follow it. `on_append` is called for every block that was kept."""

    def __init__(self, store: Store, rules: Rules, on_append: Callable[[Executed, Head], None]) -> None:
        self.store = store
        self.rules = rules
        self._on_append = on_append
        self._executed: dict[Digest, Executed] = {}
        self.next_committee, self.coming_committee = self._committees_after_head()
        """Who decides on the block after the head, and on the one after that."""

    @property
    def genesis(self) -> Genesis:
        """Of the chain."""
        return self.rules.genesis

    @property
    def head(self) -> Head:
        """The last block."""
        return self.store.head

    @property
    def height(self) -> Height:
        """Of the head."""
        return self.store.head.height

    def is_member(self, address: Address) -> bool:
        """Whether the chain takes this member's transactions now."""
        return self.rules.application.is_member(self.head.state, address)

    def has_seat(self, address: Address) -> bool:
        """Whether it decides on one of the two blocks after the head."""
        committees = (self.next_committee, self.coming_committee)
        return any(committee.index_of(address) is not None for committee in committees)

    def check_version(self) -> None:
        """Raises UnsupportedVersion if the block after the head is of a version unknown to this node."""
        height, known = Height(self.height + 1), self.rules.version_max
        version = self.rules.application.block_version(self.head.state, height)
        if version > known:
            raise UnsupportedVersion(height, version, known)

    @property
    def view(self) -> HeadView:
        """The committed state, to read from."""
        return HeadView(self.genesis, self.head)

    def build(self, candidates: Iterable[Transaction], slot: Slot, round_: Round, proposer: Address) -> Built:
        """A proposal on the head. Raises ApplicationFault if a hook fails."""
        built = build_block(self.rules, self.head, candidates, slot, round_, proposer)
        self._remember(built.executed)
        return built

    def check(self, raw: bytes) -> Executed:
        """What a proposed block does. Raises DecodeError or InvalidBlock unless it is valid on the head."""
        block = Block.decode(raw, self.genesis.limits)
        if block.hash not in self._executed:
            self._remember(execute_block(self.rules, self.head, block))
        return self._executed[block.hash]

    async def warm(self, raw: bytes, verifier: Verifier) -> None:
        """Have the signatures of a large block verified ahead of `check`. Raises DecodeError."""
        block = Block.decode(raw, self.genesis.limits)
        if len(block.transactions) >= INLINE_MAX and block.hash not in self._executed:
            unknown = [raw for raw in block.transactions if raw not in self.rules.transactions]
            await verifier.warm(self.rules.signatures, unknown, self.genesis.limits)

    def append(self, raw: bytes, seals: Seals) -> Head:
        """Keep the block that the committee decided on.

        Raises StoreError, UnsupportedVersion or Diverged, and keeps nothing then.
        """
        try:
            executed = self.check(raw)
        except (StoreError, UnsupportedVersion):
            raise
        except LedgerError as error:
            raise Diverged(self.height + 1, str(error)) from error
        return self._keep(executed, seals)

    def append_sealed(self, sealed: SealedBlock) -> None:
        """Keep a block that came from a peer: its seals first, then its execution.

        Raises LedgerError if it is not the block that the committee decided on; otherwise as `append` does.
        """
        block = Block.decode(sealed.block, self.genesis.limits)
        seals = Seals.from_value(decode(sealed.seals, max_bytes=SEALS_BYTES_MAX))
        height, expected = block.header.height, self.height + 1
        if height != expected:
            raise WrongHeaderField(height, "height", height, expected)
        check_sealed(block.header, seals, self.next_committee, self.rules.signatures)
        self.append(sealed.block, seals)

    def sealed(self, height: Height) -> SealedBlock | None:
        """A decided block as it is sent to peers; None if it is not held. Raises StoreCorrupt."""
        if not self.store.base < height <= self.height:
            return None
        return SealedBlock(self.store.block(height).raw, encode(self.store.seals(height).to_value()))

    def _keep(self, executed: Executed, seals: Seals) -> Head:
        head = self.store.append(executed, seals)
        self._executed.clear()
        self.next_committee, self.coming_committee = self._committees_after_head()
        self._on_append(executed, head)
        return head

    def _committees_after_head(self) -> tuple[Committee, Committee]:
        choose, state = self.rules.application.committee, self.head.state
        return choose(state, Height(self.height + 1)), choose(state, Height(self.height + 2))

    def _remember(self, executed: Executed) -> None:
        if len(self._executed) >= EXECUTED_MAX:
            del self._executed[next(iter(self._executed))]
        self._executed[executed.block.hash] = executed
