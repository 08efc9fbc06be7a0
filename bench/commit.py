"""Durable commit of a block against raw SQLite inserts of the same bytes, flushed as well.

The store keeps a block with its seals, receipts, state changes and index in one transaction. Raw SQLite gets
the same bytes in one transaction, without any index: as a row a transaction, which `ratio` is about, and as
a single row, which is the least that can be done to keep them, and finds none of them again.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from contracts.account.contract import Account
from contracts.membership.contract import Membership
from contracts.runtime import Runtime
from contracts.steps import DEFAULT_STEPS
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger.application import Rules
from ledger.codec import Value, encode
from ledger.committee import Committee
from ledger.database import connect
from ledger.execution import Executed, build_block
from ledger.genesis import Genesis, Limits, Member, Timers
from ledger.head import Head
from ledger.overlay import Reader
from ledger.quantities import Height, Period, Round, Slot
from ledger.receipt import receipt_leaves
from ledger.seals import Seal, Seals, seal_message
from ledger.store import Store
from ledger.transaction import Transaction, sign_transaction

SIZES = (16, 250, 1_000, 4_000)
ROUNDS = 9
SENDERS = 50
INDEX_ENTRY_BYTES = 24
LIMITS = Limits(block_bytes=2**24, block_steps=2**40, sender_quota=2**20)


def run(sizes: Sequence[int] = SIZES, rounds: int = ROUNDS) -> list[dict[str, float]]:
    """A row for each number of transactions a block: medians over interleaved rounds, and raw / commit."""
    return [_row(size, rounds) for size in sizes]


def _row(size: int, rounds: int) -> dict[str, float]:
    commits_s, rows_s, single_s, total_bytes = [], [], [], 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        chain = _Chain(folder)
        rows, single = _Raw(folder / "rows.db"), _Raw(folder / "single.db")
        for executed, seals in chain.blocks(size, rounds):
            parts = _parts(executed, seals)
            total_bytes = sum(map(len, parts))
            commits_s.append(_timed(lambda: chain.store.append(executed, seals)))  # noqa: B023
            rows_s.append(_timed(lambda: rows.insert(parts)))  # noqa: B023
            single_s.append(_timed(lambda: single.insert([b"".join(parts)])))  # noqa: B023
        for database in (rows, single, chain.store):
            database.close()
    return {
        "transactions": size,
        "bytes": total_bytes,
        "commit_ms": 1e3 * median(commits_s),
        "raw_rows_ms": 1e3 * median(rows_s),
        "raw_single_row_ms": 1e3 * median(single_s),
        "ratio": median(rows_s) / median(commits_s),
        "single_row_ratio": median(single_s) / median(commits_s),
    }


def _timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


class _Raw:
    """A table of bytes, and nothing else."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path, "rwc")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("CREATE TABLE raw (number INTEGER PRIMARY KEY, content BLOB)")

    def insert(self, parts: Sequence[bytes]) -> None:
        """One row a part, on disk when this returns."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO raw (content) VALUES (?)", [(part,) for part in parts])
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def _parts(executed: Executed, seals: Seals) -> list[bytes]:
    """All the bytes that the store keeps for a block: each transaction with its receipt, and the rest."""
    *receipts, events = receipt_leaves(executed.receipts, executed.slot_events)
    records = [raw + receipt for raw, receipt in zip(executed.block.transactions, receipts, strict=True)]
    state = b"".join(key + (value or b"") for key, value in executed.changes.items())
    index = bytes(INDEX_ENTRY_BYTES * len(records))
    return [*records, executed.block.header.raw + encode(seals.to_value()) + events + state + index]


class _Chain:
    """A chain of transfers with a committee of one, in a store."""

    def __init__(self, folder: Path) -> None:
        self.keys = [PrivateKey.from_secret(1 + number) for number in range(SENDERS)]
        self.genesis = _genesis(self.keys)
        runtime = Runtime([Membership(), Account()])
        self.store = Store.create(folder / "chain.db", self.genesis, runtime)
        self.rules = Rules(self.genesis, runtime, _only_validator, SignatureCache(2**16))

    def blocks(self, size: int, count: int) -> Iterator[tuple[Executed, Seals]]:
        """Sealed blocks, each to be kept before the next is asked for."""
        for number in range(count):
            head = self.store.head
            candidates = [self._transfer(head, number, place, size) for place in range(size)]
            slot, proposer = Slot(head.slot + 1), self.genesis.committee[0]
            executed = build_block(self.rules, head, candidates, slot, Round(0), proposer).executed
            assert len(executed.transactions) == size
            message = seal_message(self.genesis.hash, head.height + 1, 0, executed.block.hash)
            yield executed, Seals(Round(0), (Seal(0, self.keys[0].sign(message)),))

    def _transfer(self, head: Head, block: int, place: int, size: int) -> Transaction:
        sender = place % SENDERS
        before = block * len(range(sender, size, SENDERS))
        arguments: dict[str, Value] = {
            "to": self.keys[sender - 1].address,
            "amount": 1 + place,
            "memo": f"block {block}",
        }
        return sign_transaction(
            self.keys[sender],
            self.genesis.hash,
            "account",
            "transfer",
            arguments,
            sequence=before + place // SENDERS,
            valid_until=head.slot + 10,
        )


def _genesis(keys: Sequence[PrivateKey]) -> Genesis:
    members = tuple(
        Member(
            address=key.address,
            name=f"member {number}",
            organisation="Bench",
            roles=("validator", "microgrid"),
            public_key=key.public_key,
            encryption_key=PrivateKey.from_secret(1_000 + number).public_key,
        )
        for number, key in enumerate(keys)
    )
    balances: dict[str, Value] = {member.address: 10**12 for member in members}
    return Genesis(
        name="bench",
        slot_ms=1_000,
        first_slot=Slot(1),
        first_period=Period(0),
        committee=(members[0].address,),
        members=members,
        authority=b"",
        limits=LIMITS,
        timers=Timers(),
        steps=DEFAULT_STEPS,
        contracts={"membership": {}, "account": {"balances": balances}},
    )


def _only_validator(_state: Reader, _committee: Committee, _height: Height) -> tuple[int, ...]:
    return (0,)
