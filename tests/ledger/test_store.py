"""The store: whole blocks only, whenever it is killed; and no damaged byte goes unseen."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.check import check_store
from ledger.errors import NotStored, StoreCorrupt, StoreUnusable, WrongHeaderField
from ledger.execution import Executed
from ledger.head import genesis_head
from ledger.seals import Seals
from ledger.stage import Stage
from ledger.store import Store
from tests.ledger.builders import Chain, Counter, key_of, make_genesis, seal, some_id

ROOT = Path(__file__).parents[2]
KILLS = 6


def eventful_chain() -> Chain:
    """Blocks with a whole TDVA process, a failure, missed slots, and a change of committee."""
    chain = Chain(make_genesis())
    trigger = chain.transaction(stage=Stage.TRIGGER)
    chain.commit(trigger, chain.transaction(sender=5, action="fail"))
    dispatch = chain.transaction(stage=Stage.DISPATCH, links=(trigger.tx_id,))
    chain.commit(dispatch, chain.transaction(sender=5))
    keys = tuple(key_of(number).public_key for number in (0, 1, 2, 5))
    chain.commit(chain.transaction(action="committee", arguments={"keys": keys}), slot=1_010)
    readings = [
        chain.transaction(
            stage=Stage.VERIFICATION, links=(dispatch.tx_id,), ahead=meter, arguments={"meter": f"m{meter}"}
        )
        for meter in range(3)
    ]
    chain.commit(*readings)
    chain.committee_keys = [key_of(number) for number in (0, 1, 2, 5)]
    chain.commit(chain.transaction(stage=Stage.ACCOUNTING, links=(dispatch.tx_id,)))
    chain.commit()
    return chain


@pytest.fixture(scope="module")
def chain() -> Chain:
    return eventful_chain()


def write_store(path: Path, chain: Chain, blocks: int | None = None) -> Store:
    store = Store.create(path, chain.genesis, chain.rules.application)
    for executed, seals in chain.blocks[:blocks]:
        store.append(executed, seals)
    return store


@pytest.fixture
def path(tmp_path: Path, chain: Chain) -> Path:
    """A store with the whole chain, closed."""
    write_store(tmp_path / "chain.db", chain).close()
    return tmp_path / "chain.db"


def test_everything_is_read_as_it_was_written(path: Path, chain: Chain) -> None:
    store = Store.open(path, chain.genesis)
    assert store.genesis == chain.genesis
    assert (store.head.header, store.head.seals) == (chain.head.header, chain.head.seals)
    assert store.head.committee == chain.head.committee
    assert dict(store.state.items()) == dict(chain.head.state.items())
    for height, (executed, seals) in enumerate(chain.blocks, start=1):
        assert store.block(height) == executed.block
        assert store.seals(height) == seals
        assert store.receipts(height) == (executed.receipts, executed.slot_events)
        assert store.committee(height) == executed.committee
        for position, transaction in enumerate(executed.transactions):
            located = store.transaction(transaction.tx_id)
            assert (located.height, located.position) == (height, position)
            assert (located.transaction, located.receipt) == (transaction, executed.receipts[position])
    assert store.committee(len(chain.blocks) + 1) == chain.blocks[-1][0].next_committee


def test_the_whole_tdva_chain_is_found_from_any_one_of_its_transactions(path: Path, chain: Chain) -> None:
    store = Store.open(path)
    staged = [tx for executed, _ in chain.blocks for tx in executed.transactions if tx.stage is not None]
    assert "".join(tx.stage.value for tx in staged if tx.stage) == "TDVVVA"
    for transaction in staged:
        assert [located.transaction for located in store.tdva(transaction.tx_id)] == staged
    alone = chain.blocks[0][0].transactions[1]
    assert [located.transaction for located in store.tdva(alone.tx_id)] == [alone]


def test_identifiers_that_begin_alike_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.rows._prefix", lambda tx_id: tx_id[0] & 1)
    chain = eventful_chain()
    store = write_store(tmp_path / "chain.db", chain)
    staged = [tx for executed, _ in chain.blocks for tx in executed.transactions if tx.stage is not None]
    for transaction in staged:
        assert [located.transaction for located in store.tdva(transaction.tx_id)] == staged
    check_store(store, chain.rules)


def test_what_is_not_there_is_not_found(path: Path) -> None:
    store = Store.open(path)
    with pytest.raises(NotStored, match="no block 99"):
        store.block(99)
    with pytest.raises(NotStored, match="no transaction 0101"):
        store.transaction(some_id(1))


def test_a_store_is_made_once_and_opened_for_its_own_chain(path: Path, tmp_path: Path) -> None:
    other = make_genesis(name="another chain")
    with pytest.raises(StoreUnusable, match="holds a chain already"):
        Store.create(path, other, Counter())
    with pytest.raises(StoreUnusable, match="it is of chain"):
        Store.open(path, other)
    with pytest.raises(StoreUnusable, match="unable to open"):
        Store.open(tmp_path / "missing.db", other)
    assert not (tmp_path / "missing.db").exists()
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreUnusable, match="holds no chain"):
        Store.open(tmp_path / "empty.db", other)
    Store.create(tmp_path / "empty.db", other, Counter())


def test_a_store_of_another_format_is_not_guessed_at(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(StoreUnusable, match="format is 2"):
        Store.open(path)


def test_readers_see_whole_blocks_while_a_writer_goes_on(tmp_path: Path, chain: Chain) -> None:
    writer = write_store(tmp_path / "chain.db", chain, blocks=3)
    reader = Store.open(tmp_path / "chain.db", read_only=True)
    writer.append(*chain.blocks[3])
    assert reader.head.height == 3
    assert Store.open(tmp_path / "chain.db", read_only=True).head.height == 4
    with pytest.raises(StoreUnusable, match="readonly"):
        reader.append(*chain.blocks[3])
    assert reader.head.height == 3


def test_only_the_block_that_follows_the_head_is_taken(tmp_path: Path, chain: Chain) -> None:
    store = write_store(tmp_path / "chain.db", chain, blocks=2)
    for wrong in (1, 3):
        with pytest.raises(WrongHeaderField, match="parent"):
            store.append(*chain.blocks[wrong])
    assert store.head.hash == chain.blocks[1][0].block.hash
    store.append(*chain.blocks[2])


def test_a_block_that_cannot_be_written_changes_nothing(tmp_path: Path, chain: Chain) -> None:
    store = write_store(tmp_path / "chain.db", chain, blocks=3)
    other = sqlite3.connect(tmp_path / "chain.db", isolation_level=None)
    (pages,) = other.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    big = Chain(chain.genesis)
    for executed, _ in chain.blocks[:3]:
        big.commit(*executed.transactions, slot=executed.block.header.slot)
    huge = big.build(big.transaction(arguments={"blob": bytes(60_000)}))
    with pytest.raises(StoreUnusable, match="full"):
        store.append(huge, big.seal(huge))
    assert store.head.height == 3
    store._connection.execute("PRAGMA max_page_count = 1000000")
    store.append(*chain.blocks[3])
    check_store(store, chain.rules)


def test_a_log_cut_off_anywhere_opens_at_a_whole_block(tmp_path: Path, chain: Chain) -> None:
    path = tmp_path / "chain.db"
    store = Store.create(path, chain.genesis, chain.rules.application)
    log = tmp_path / "chain.db-wal"
    sizes = [log.stat().st_size]
    for executed, seals in chain.blocks:
        store.append(executed, seals)
        sizes.append(log.stat().st_size)
    cuts = sorted({*sizes, *(size - 1 for size in sizes[1:]), *range(sizes[0], sizes[-1], 2_500)})
    for cut in cuts:
        torn = tmp_path / "torn.db"
        shutil.copy(path, torn)
        (tmp_path / "torn.db-wal").write_bytes(log.read_bytes()[:cut])
        (tmp_path / "torn.db-shm").unlink(missing_ok=True)
        reopened = Store.open(torn, chain.genesis)
        assert reopened.head.height == sum(size <= cut for size in sizes) - 1
        check_store(reopened, chain.rules)
        reopened.close()


WRITER = """
import sys
from pathlib import Path
from ledger.store import Store
from tests.ledger.builders import Chain, make_genesis
path, chain = Path(sys.argv[1]), Chain()
if not path.exists():
    Store.create(path, chain.genesis, chain.rules.application).close()
store = Store.open(path, chain.genesis)
chain.head = store.head
while True:
    executed = chain.commit(*[chain.transaction(ahead=ahead) for ahead in range(20)])
    print("appending", chain.head.height, flush=True)
    store.append(executed, chain.head.seals)
    print("appended", chain.head.height, flush=True)
"""


def test_killed_at_any_instant_it_reopens_at_a_whole_block_and_goes_on(tmp_path: Path) -> None:
    path, chain, appended = tmp_path / "chain.db", Chain(), 0
    for kill in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                word, height = line.split()
                if word == "appending" and int(height) >= appended + 2 + kill:
                    process.send_signal(signal.SIGKILL)
                    break
            lines = [line.split() for line in process.stdout if line.endswith("\n")]
        done = [int(height) for word, height in lines if word == "appended"]
        appended = max([int(height) - 1, *done])
        store = Store.open(path, chain.genesis)
        assert store.head.height in (appended, appended + 1)
        assert check_store(store, chain.rules).height == store.head.height
        appended = store.head.height
        store.close()


def test_a_whole_store_is_checked_with_progress(path: Path, chain: Chain) -> None:
    heights: list[int] = []
    checked = check_store(Store.open(path), chain.rules, heights.append)
    assert heights == [1, 2, 3, 4, 5, 6]
    assert (checked.height, checked.transactions) == (6, 9)
    assert (checked.head, checked.state_root) == (chain.head.hash, chain.head.state.root)


def test_a_store_is_checked_while_its_node_goes_on(tmp_path: Path, chain: Chain) -> None:
    writer = write_store(tmp_path / "chain.db", chain, blocks=2)
    reader = Store.open(tmp_path / "chain.db", read_only=True)
    writer.append(*chain.blocks[2])

    def go_on(height: int) -> None:
        writer.append(*chain.blocks[2 + height])

    checked = check_store(reader, chain.rules, go_on)
    assert checked.height == 3
    assert writer.head.height == 6
    assert check_store(reader, chain.rules).height == 6


def dump(path: Path) -> list[Any]:
    """All rows of all tables."""
    connection = sqlite3.connect(path)
    tables = ("meta", "blocks", "transactions", "stages", "state", "committees")
    rows = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
    connection.close()
    return rows


def flip(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << place % 8]))


def open_and_check(path: Path, chain: Chain) -> None:
    store = Store.open(path, chain.genesis)
    try:
        check_store(store, chain.rules)
    finally:
        store.close()


def test_a_flipped_byte_anywhere_is_refused_or_without_effect(
    path: Path, chain: Chain, tmp_path: Path
) -> None:
    before, damaged, refusals = dump(path), tmp_path / "damaged.db", list[str]()
    size = path.stat().st_size
    for place in [*range(100), *range(100, size, size // 300)]:
        shutil.copy(path, damaged)
        flip(damaged, place)
        try:
            open_and_check(damaged, chain)
        except (StoreCorrupt, StoreUnusable) as error:
            refusals.append(str(error))
        else:
            assert dump(damaged) == before, place
    assert len(refusals) > 50
    assert all(str(damaged) in refusal for refusal in refusals)


def test_an_index_entry_that_leads_nowhere_is_refused_when_it_is_read(path: Path, chain: Chain) -> None:
    for shift in (30, 500):
        rewrite(path, f"UPDATE transactions SET place = place + {shift << 20 | shift}")
        for executed, _ in chain.blocks:
            for transaction in executed.transactions:
                with pytest.raises(StoreCorrupt, match="index entry"):
                    Store.open(path).transaction(transaction.tx_id)


def find(path: Path, content: bytes) -> int:
    place = path.read_bytes().find(content)
    assert place > 0
    return place + len(content) // 2


def test_a_flipped_byte_is_named_when_it_is_read(path: Path, chain: Chain) -> None:
    flip(path, find(path, chain.blocks[1][0].transactions[0].signature))
    store = Store.open(path, chain.genesis)
    for read in (store.block, store.seals, store.receipts):
        with pytest.raises(StoreCorrupt) as caught:
            read(2)
        assert caught.value.what == "block 2"
    with pytest.raises(StoreCorrupt):
        store.transaction(chain.blocks[1][0].transactions[0].tx_id)
    with pytest.raises(StoreCorrupt) as caught:
        check_store(store, chain.rules)
    assert caught.value.what == "block 2"
    assert store.block(1) == chain.blocks[0][0].block


def test_a_flipped_byte_of_the_head_or_the_state_or_the_genesis_is_refused_at_opening(
    path: Path, chain: Chain, tmp_path: Path
) -> None:
    damages = {
        "block 6": chain.head.seals.seals[0].signature,
        "state of key": b"counter/slots",
        "the genesis": b"a certificate",
    }
    damaged = tmp_path / "damaged.db"
    for what, content in damages.items():
        shutil.copy(path, damaged)
        flip(damaged, find(path, content))
        with pytest.raises(StoreCorrupt) as caught:
            Store.open(damaged, chain.genesis)
        assert caught.value.what.startswith(what)


def test_a_damaged_committee_is_refused_at_opening(path: Path, chain: Chain) -> None:
    rewrite(path, "UPDATE committees SET committee = zeroblob(length(committee)) WHERE height = 5")
    with pytest.raises(StoreCorrupt) as caught:
        Store.open(path, chain.genesis)
    assert caught.value.what == "the committee of height 6"


def rewrite(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


TAMPERING: dict[str, tuple[str, str]] = {
    "an index entry removed": ("DELETE FROM transactions WHERE place >> 20 = 4", "the index entry of"),
    "an index entry moved": (
        "UPDATE transactions SET place = place + 1 WHERE place & 1",
        "the index",
    ),
    "a process forgotten": ("DELETE FROM stages WHERE place >> 20 = 4", "the index of block 4"),
    "a process changed": ("UPDATE stages SET process = 5 WHERE place >> 20 = 5", "the index of block 5"),
    "a process invented": ("INSERT INTO stages VALUES (1, 1)", "the index"),
    "an index entry invented": ("INSERT INTO transactions VALUES (1, 1)", "the index"),
    "a block removed": ("DELETE FROM blocks WHERE height = 3", "the chain"),
    "a committee removed": ("DELETE FROM committees WHERE height = 5", "the committee of height"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_what_does_not_follow_from_the_blocks_is_found_by_check(name: str, path: Path, chain: Chain) -> None:
    statement, what = TAMPERING[name]
    rewrite(path, statement)
    with pytest.raises(StoreCorrupt) as caught:
        open_and_check(path, chain)
    assert caught.value.what.startswith(what)


def forged(
    chain: Chain, change: Callable[[Executed, Seals], tuple[Executed, Seals]]
) -> Iterator[tuple[Any, Any]]:
    """The chain's blocks, the third of them changed."""
    for number, (executed, seals) in enumerate(chain.blocks):
        yield change(executed, seals) if number == 2 else (executed, seals)


def without_quorum(executed: Executed, seals: Seals) -> tuple[Executed, Seals]:
    return executed, replace(seals, seals=seals.seals[:2])


def other_receipts(executed: Executed, seals: Seals) -> tuple[Executed, Seals]:
    lie = replace(executed.receipts[0], error="never happened")
    return replace(executed, receipts=(lie,)), seals


def other_root(executed: Executed, seals: Seals) -> tuple[Executed, Seals]:
    header = replace(executed.block.header, state_root=genesis_head(make_genesis(), Counter()).state.root)
    return replace(executed, block=replace(executed.block, header=header)), seal(header, (0, 1, 2))


@pytest.mark.parametrize(
    ("change", "what"),
    [(without_quorum, "block 3"), (other_receipts, "the receipts of block 3"), (other_root, "block 3")],
)
def test_a_dishonest_block_is_named_by_check(tmp_path: Path, chain: Chain, change: Any, what: str) -> None:
    store = Store.create(tmp_path / "chain.db", chain.genesis, chain.rules.application)
    for number, (executed, seals) in enumerate(forged(chain, change)):
        if number == 3 and change is other_root:
            break
        store.append(executed, seals)
    with pytest.raises(StoreCorrupt) as caught:
        check_store(store, chain.rules)
    assert caught.value.what == what


REPLAY = """
import sys
from tests.ledger.builders import Chain
from ledger.block import Block
from ledger.genesis import Genesis
chain = Chain(Genesis.from_json(bytes.fromhex(input()).decode()))
for line in sys.stdin:
    block = Block.decode(bytes.fromhex(line), chain.genesis.limits)
    executed = chain.execute(block)
    chain.head = executed.head(block.header.parent_seals)
    print(chain.head.state.root.hex())
"""


@pytest.mark.parametrize("seed", ["1", "77"])
def test_replay_in_another_process_with_another_hash_seed_gives_the_same_roots(
    chain: Chain, seed: str
) -> None:
    lines = [
        chain.genesis.to_json().encode().hex(),
        *[executed.block.raw.hex() for executed, _ in chain.blocks],
    ]
    done = subprocess.run(
        [sys.executable, "-c", REPLAY],
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed},
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [executed.state.root.hex() for executed, _ in chain.blocks]
