"""The rules of TDVA links: sound, of the right stage, contract and process, and settled once."""

from typing import Any

import pytest

from crypto.hashing import Digest
from ledger import merkle, tdva
from ledger.errors import (
    LinkCount,
    LinkedTwice,
    LinkError,
    LinkMissing,
    NotStanding,
    Settled,
    VerifiedTwice,
    WrongContract,
    WrongProcess,
    WrongStage,
)
from ledger.overlay import Overlay
from ledger.quantities import TxId
from ledger.stage import Stage
from ledger.state import State
from ledger.transaction import Transaction, sign_transaction
from tests.ledger.builders import key_of, some_digest, some_id

T, D, V, A = Stage


class Book:
    """A state with processes in it, and transactions that are checked and recorded there."""

    def __init__(self) -> None:
        self.overlay = Overlay(State())
        self.made = 0

    def transaction(self, stage: Stage | None, *links: bytes, contract: str = "dispatch") -> Transaction:
        self.made += 1
        return sign_transaction(
            key_of(0), some_digest(1), contract, "act", {}, self.made, 100, stage, tuple(map(TxId, links))
        )

    def add(
        self, stage: Stage | None, *links: bytes, meter: str = "m", period: int = 0, **fields: Any
    ) -> TxId:
        transaction = self.transaction(stage, *links, **fields)
        process = tdva.check_links(self.overlay, transaction)
        if process is not None:
            tdva.record(self.overlay, transaction, process, meter, period)
        return transaction.tx_id

    def refuse(self, error: type[LinkError], stage: Stage | None, *links: bytes, **fields: Any) -> None:
        before = dict(self.overlay.changes)
        with pytest.raises(error):
            self.add(stage, *links, **fields)
        assert dict(self.overlay.changes) == before


@pytest.fixture
def book() -> Book:
    return Book()


def opened(book: Book, **fields: Any) -> tuple[TxId, TxId]:
    """A trigger and the dispatch in force."""
    trigger = book.add(T, **fields)
    dispatch = book.add(D, trigger, **fields)
    tdva.bring_into_force(book.overlay, trigger, dispatch)
    return trigger, dispatch


def test_a_whole_process(book: Book) -> None:
    trigger = book.add(T)
    assert tdva.get_process(book.overlay, trigger).standing == trigger
    plans = [book.add(D, trigger) for _ in range(3)]
    tdva.bring_into_force(book.overlay, trigger, plans[1])
    readings = [
        book.add(V, plans[1], meter=f"m{meter}", period=period) for meter in (1, 2) for period in (7, 8)
    ]
    assert tdva.verifications(book.overlay, trigger) == tuple(readings)
    assert tdva.verifications_root(book.overlay, trigger) == merkle.root(readings)
    assert tdva.get_verification(book.overlay, trigger, "m2", 7) == readings[2]
    assert tdva.get_verification(book.overlay, trigger, "m3", 7) is None
    assert tdva.get_process(book.overlay, trigger).verifications == 4

    settlement = book.add(A, plans[1])
    process = tdva.get_process(book.overlay, trigger)
    assert (process.settlement, process.dispatch, process.verifications) == (settlement, plans[1], 4)
    left = [key for key, value in book.overlay.changes.items() if value is not None and b"verified" in key]
    assert left == []


def test_nothing_is_added_after_the_settlement(book: Book) -> None:
    trigger, dispatch = opened(book)
    settlement = book.add(A, dispatch)
    book.refuse(Settled, A, dispatch)
    book.refuse(Settled, V, dispatch)
    book.refuse(Settled, D, trigger, dispatch)
    book.refuse(Settled, T, trigger)
    book.refuse(Settled, T, settlement)
    with pytest.raises(Settled):
        tdva.bring_into_force(book.overlay, trigger, dispatch)


def test_links_to_nothing(book: Book) -> None:
    for stage in Stage:
        book.refuse(LinkMissing, stage, some_id(9))
    trigger, _ = opened(book)
    book.refuse(LinkMissing, D, trigger, some_id(9))


def test_links_to_a_transaction_that_was_never_recorded_because_it_failed(book: Book) -> None:
    trigger, _ = opened(book)
    failed = book.transaction(D, trigger)
    book.refuse(LinkMissing, V, failed.tx_id)


def test_links_to_the_wrong_stage(book: Book) -> None:
    trigger, dispatch = opened(book)
    book.refuse(WrongStage, V, trigger)
    book.refuse(WrongStage, A, trigger)
    book.refuse(WrongStage, T, dispatch)
    book.refuse(WrongStage, D, dispatch, trigger)
    again = book.add(T, trigger)
    book.refuse(WrongStage, D, trigger, again)
    with pytest.raises(WrongStage):
        tdva.bring_into_force(book.overlay, trigger, again)


def test_the_number_of_links(book: Book) -> None:
    trigger = book.add(T)
    first = book.add(D, trigger)
    book.refuse(LinkCount, D, trigger, first)
    tdva.bring_into_force(book.overlay, trigger, first)
    book.refuse(LinkCount, D, trigger)
    book.refuse(LinkCount, D)
    book.refuse(LinkCount, V)
    book.refuse(LinkCount, A)
    book.refuse(LinkCount, V, first, trigger)
    book.refuse(LinkCount, T, trigger, first)
    book.refuse(LinkCount, None, trigger)
    book.refuse(LinkedTwice, D, trigger, trigger)


def test_links_into_another_process_or_contract(book: Book) -> None:
    trigger, _ = opened(book)
    _, other_dispatch = opened(book)
    book.refuse(WrongProcess, D, trigger, other_dispatch)
    book.refuse(WrongContract, D, trigger, contract="capacity")
    elsewhere, _ = opened(book, contract="capacity")
    book.refuse(WrongContract, T, elsewhere)
    with pytest.raises(WrongProcess):
        tdva.bring_into_force(book.overlay, trigger, other_dispatch)


def test_only_what_stands_is_verified_and_settled(book: Book) -> None:
    trigger, first = opened(book)
    second = book.add(D, trigger, first)
    book.refuse(NotStanding, V, second)
    tdva.bring_into_force(book.overlay, trigger, second)
    book.refuse(NotStanding, V, first)
    book.refuse(NotStanding, A, first)
    book.refuse(NotStanding, D, trigger, first)
    book.add(V, second)
    book.add(A, second)


def test_a_trigger_again_names_the_first_trigger(book: Book) -> None:
    trigger = book.add(T)
    again = book.add(T, trigger)
    book.refuse(NotStanding, T, again)
    dispatch = book.add(D, again)
    tdva.bring_into_force(book.overlay, trigger, dispatch)
    assert tdva.get_process(book.overlay, trigger).dispatch == dispatch


def test_a_process_without_a_dispatch_is_verified_and_settled_on_its_trigger(book: Book) -> None:
    trigger = book.add(T)
    book.add(V, trigger)
    book.add(A, trigger)


def test_one_meter_and_period_is_verified_once(book: Book) -> None:
    trigger, dispatch = opened(book)
    book.add(V, dispatch, meter="m", period=1)
    book.add(V, dispatch, meter="m", period=2)
    book.add(V, dispatch, meter="n", period=1)
    book.refuse(VerifiedTwice, V, dispatch, meter="m", period=1)
    second = book.add(D, trigger, dispatch)
    tdva.bring_into_force(book.overlay, trigger, second)
    book.refuse(VerifiedTwice, V, second, meter="m", period=1)


def test_meters_may_have_any_name(book: Book) -> None:
    process = book.add(T)
    names = ["a/1", "a", "1/a", "", "é" * 3_000]
    for name in names:
        book.add(V, process, meter=name, period=1)
        book.refuse(VerifiedTwice, V, process, meter=name, period=1)
    assert len(tdva.verifications(book.overlay, process)) == len(names)
    assert tdva.get_verification(book.overlay, process, "a", 11) is None
    book.add(A, process)
    assert all(tdva.get_verification(book.overlay, process, name, 1) is None for name in names)


def test_what_stands_alone_belongs_to_no_process(book: Book) -> None:
    assert tdva.check_links(book.overlay, book.transaction(None)) is None
    assert dict(book.overlay.changes) == {}


def test_the_root_of_no_verifications_is_that_of_an_empty_tree(book: Book) -> None:
    trigger, _ = opened(book)
    assert tdva.verifications_root(book.overlay, trigger) == Digest(merkle.root(()))
