"""Archives: whole chains as files, of which nothing is believed and nothing good is lost."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.archive import Archive, ArchivedBlock, ArchiveHead, export_blocks, frame, import_blocks
from ledger.check import check_store
from ledger.codec import encode
from ledger.errors import BadArchive, LedgerError, NotStored, UnsupportedVersion
from ledger.quantities import Height
from ledger.store import Store
from tests.ledger.builders import Chain, make_genesis, seal
from tests.ledger.changing import changing_chain, commit_blocks, snapshot_of
from tests.ledger.test_store import write_store
from tests.ledger.test_versions import ACTIVATED, upgraded_chain


@pytest.fixture(scope="module")
def chain() -> Chain:
    return changing_chain(22, 4, blocks_each=1)


@pytest.fixture(scope="module")
def data(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return archived(write_store(tmp_path_factory.mktemp("archive") / "chain.db", chain))


def archived(store: Store, first: int = 1, last: int | None = None) -> bytes:
    file, done = io.BytesIO(), list[int]()
    head = ArchiveHead(store.genesis, Height(first), Height(last or store.head.height))
    export_blocks(store, head, file.write, done.append)
    assert done == list(range(head.first, head.last + 1))
    return file.getvalue()


def fresh(tmp_path: Path, chain: Chain, name: str = "new.db") -> Store:
    return Store.create(tmp_path / name, chain.genesis, chain.rules.application)


def take(data: bytes, store: Store, chain: Chain) -> int:
    return import_blocks(Archive(io.BytesIO(data).read), store, chain.rules, lambda _height: None)


def test_what_was_exported_is_imported_across_changes_of_committee(
    chain: Chain, data: bytes, tmp_path: Path
) -> None:
    store = fresh(tmp_path, chain)
    assert take(data, store, chain) == len(chain.blocks)
    assert store.head.hash == chain.head.hash
    assert archived(store) == data
    check_store(store, chain.rules)


def test_an_import_goes_on_where_the_store_ends(chain: Chain, data: bytes, tmp_path: Path) -> None:
    store = write_store(tmp_path / "half.db", chain, blocks=3)
    heights: list[int] = []
    taken = import_blocks(Archive(io.BytesIO(data).read), store, chain.rules, heights.append)
    assert taken == len(chain.blocks) - 3
    assert store.head.hash == chain.head.hash
    assert take(data, store, chain) == 0


def test_parts_of_a_chain_join(chain: Chain, data: bytes, tmp_path: Path) -> None:
    whole = fresh(tmp_path, chain, "whole.db")
    take(data, whole, chain)
    store = fresh(tmp_path, chain)
    with pytest.raises(BadArchive, match="block 4: the chain here ends at block 0"):
        take(archived(whole, 4), store, chain)
    assert take(archived(whole, 1, 4), store, chain) == 4
    assert take(archived(whole, 3), store, chain) == len(chain.blocks) - 4


def test_a_store_that_began_with_a_snapshot_gives_what_it_holds(
    chain: Chain, data: bytes, tmp_path: Path
) -> None:
    whole = fresh(tmp_path, chain, "whole.db")
    take(data, whole, chain)
    store = snapshot_of(chain, whole, tmp_path / "snapshot.db", 4)
    assert take(data, store, chain) == len(chain.blocks) - 4
    with pytest.raises(NotStored, match="blocks 1 to 4 are not held"):
        archived(store)
    assert Archive(io.BytesIO(archived(store, 5)).read).head.first == 5


def test_another_chain_is_refused(data: bytes, tmp_path: Path) -> None:
    other = Chain(make_genesis(name="other"))
    store = fresh(tmp_path, other)
    with pytest.raises(BadArchive, match="it is of chain"):
        take(data, store, other)
    assert store.head.height == 0


def frames(data: bytes) -> list[bytes]:
    """The file, cut into its frames."""
    cut = []
    while data:
        length = 12 + int.from_bytes(data[:4])
        cut.append(data[:length])
        data = data[length:]
    return cut


def test_a_file_cut_off_anywhere_names_the_block_and_keeps_those_before(
    chain: Chain, data: bytes, tmp_path: Path
) -> None:
    ends = [0]
    for each in frames(data):
        ends.append(ends[-1] + len(each))
    store = fresh(tmp_path, chain)
    for number, end in enumerate(ends[1:-1], start=1):
        for cut in (end, end + 1, ends[number + 1] - 1):
            with pytest.raises(BadArchive, match="cut off") as caught:
                take(data[:cut], store, chain)
            assert caught.value.what == f"block {number}"
            assert store.head.height == number - 1
    for cut in (0, 5, ends[1] - 1):
        with pytest.raises(BadArchive) as caught:
            take(data[:cut], store, chain)
        assert caught.value.what == "the head"


def reframed(change: Callable[[ArchivedBlock], ArchivedBlock], data: bytes, number: int) -> bytes:
    """With another block in the place of one, and a good checksum."""
    parts = frames(data)
    parts[number] = frame(change(ArchivedBlock.decode(parts[number][12:], 2**20)).encode())
    return b"".join(parts)


def test_tampered_blocks_are_named_and_those_before_are_kept(
    chain: Chain, data: bytes, tmp_path: Path
) -> None:
    executed, _ = chain.blocks[2]
    minority = encode(seal(executed.block.header, range(2)).to_value())
    lies: list[Callable[[ArchivedBlock], ArchivedBlock]] = [
        lambda item: ArchivedBlock(item.block, minority),
        lambda item: ArchivedBlock(chain.blocks[4][0].block.raw, item.seals),
        lambda item: ArchivedBlock(item.block[:-1], item.seals),
        lambda item: ArchivedBlock(item.block, b"\xc0"),
    ]
    for number, lie in enumerate(lies):
        store = fresh(tmp_path, chain, f"{number}.db")
        with pytest.raises(BadArchive) as caught:
            take(reframed(lie, data, 3), store, chain)
        assert caught.value.what == "block 3"
        assert store.head.height == 2
        take(data, store, chain)
        assert store.head.hash == chain.head.hash


def test_another_history_of_the_same_chain_is_refused(data: bytes, chain: Chain, tmp_path: Path) -> None:
    forked = Chain(chain.genesis)
    commit_blocks(forked, 2)
    store = write_store(tmp_path / "forked.db", forked)
    other = archived(write_store(tmp_path / "chain.db", chain), 1, 1)
    assert take(other, store, chain) == 0
    forked.commit(forked.transaction(action="fail"))
    store.append(*forked.blocks[-1])
    with pytest.raises(BadArchive, match=r"^archive refused at block 3: the chain here has"):
        take(data, store, chain)
    assert store.head.hash == forked.head.hash


def test_more_than_the_head_says_is_refused(data: bytes, chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match="more follows"):
        take(data + b"\x00", fresh(tmp_path, chain), chain)


def test_a_block_beyond_this_software_is_no_damage(tmp_path: Path) -> None:
    chain = upgraded_chain()
    for _ in range(ACTIVATED):
        chain.commit()
    data, store = archived(write_store(tmp_path / "chain.db", chain)), fresh(tmp_path, chain)
    chain.rules = replace(chain.rules, version_max=1)
    with pytest.raises(UnsupportedVersion):
        take(data, store, chain)
    assert store.head.height == ACTIVATED - 1


def test_a_length_of_gigabytes_is_not_read(chain: Chain, data: bytes) -> None:
    asked: list[int] = []

    def read(count: int) -> bytes:
        asked.append(count)
        return b"\xff" * count

    with pytest.raises(BadArchive, match="more than"):
        Archive(read)
    assert asked == [12]


@given(draw=st.data())
@settings(max_examples=150, deadline=None)
def test_a_flipped_byte_is_named(data: bytes, draw: st.DataObject) -> None:
    altered = bytearray(data)
    altered[draw.draw(st.integers(0, len(data) - 1))] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(BadArchive):
        list(Archive(io.BytesIO(bytes(altered)).read).blocks())


@given(st.binary(max_size=300))
def test_garbage_has_a_named_error(data: bytes) -> None:
    for read in (ArchiveHead.decode, lambda raw: ArchivedBlock.decode(raw, 2**20)):
        with pytest.raises(LedgerError):
            read(data)
    with pytest.raises(BadArchive):
        Archive(io.BytesIO(data).read)
