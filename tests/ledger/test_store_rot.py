"""A value of another type in any column of any row: named when it is read, or without effect."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from ledger.check import check_store
from ledger.errors import NotStored, StoreCorrupt
from ledger.store import Store
from tests.ledger.builders import Chain
from tests.ledger.test_store import eventful_chain, write_store

COLUMNS = [
    ("meta", "value"),
    ("meta", "checksum"),
    ("blocks", "block"),
    ("blocks", "seals"),
    ("blocks", "receipts"),
    ("blocks", "checksum"),
    ("transactions", "prefix"),
    ("transactions", "place"),
    ("stages", "process"),
    ("state", "key"),
    ("state", "value"),
    ("state", "checksum"),
    ("committees", "committee"),
    ("committees", "checksum"),
]
CHECKED = [("meta", "value"), ("state", "value"), ("committees", "committee"), ("blocks", "block")]
VALUES: tuple[Any, ...] = (None, 7, 0.5, "text", b"")


@pytest.fixture(scope="module")
def chain() -> Chain:
    return eventful_chain()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, chain: Chain) -> bytes:
    """The file of a store that holds the chain."""
    path = tmp_path_factory.mktemp("store") / "chain.db"
    write_store(path, chain).close()
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chain.db"


def rot(path: Path, change: str, *values: Any) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(change, values)


def read_everything(path: Path, chain: Chain) -> None:
    with closing(Store.open(path, chain.genesis)) as store:
        for executed, _ in chain.blocks:
            for transaction in executed.transactions:
                list(store.tdva(transaction.tx_id))
        check_store(store, chain.rules)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_value_of_another_type_is_named_or_without_effect(
    table: str, column: str, path: Path, whole: bytes, chain: Chain
) -> None:
    for value in VALUES:
        path.write_bytes(whole)
        with suppress(sqlite3.IntegrityError):
            rot(path, f"UPDATE {table} SET {column} = ?", value)
        with suppress(StoreCorrupt, NotStored):
            read_everything(path, chain)


@pytest.mark.parametrize(("table", "column"), CHECKED)
@pytest.mark.parametrize("checksum", [b"", None, "", 0])
def test_content_and_checksum_of_other_types_at_once_are_named(
    table: str, column: str, checksum: Any, path: Path, whole: bytes, chain: Chain
) -> None:
    path.write_bytes(whole)
    rot(path, f"UPDATE {table} SET {column} = 'text', checksum = ?", checksum)
    with pytest.raises(StoreCorrupt):
        read_everything(path, chain)
