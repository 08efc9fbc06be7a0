"""TDVA: trigger, dispatch, verification, accounting; the four stages of every energy process (BESSVS 3.1.1).

A process is named by its first trigger. Transactions of a process link to earlier, successful ones of it, in
this block or before:

    T   nothing, and opens a process; or the process's first T, and triggers it again
    D   a T of the process; once a dispatch is in force, also that one, which it is to supersede
    V   what stands: the dispatch in force or, as long as there is none, the first T
    A   what stands; it settles the process, once

There is at most one V for a meter and a period. A dispatch comes into force when its contract says so, since
of several plans one is chosen. The records that these rules need are kept in the state; those of
the verifications go when the process is settled, so that the state does not grow with the readings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from crypto.hashing import Digest
from ledger import merkle
from ledger.codec import Value, decode, encode
from ledger.errors import (
    LinkCount,
    LinkedTwice,
    LinkMissing,
    NotStanding,
    Settled,
    VerifiedTwice,
    WrongContract,
    WrongProcess,
    WrongStage,
)
from ledger.fields import as_bytes, as_int, as_text, as_tuple
from ledger.overlay import Overlay, Reader
from ledger.quantities import TxId
from ledger.stage import Stage as Stage
from ledger.transaction import Transaction

RECORD_BYTES_MAX = 2**20
"""More than any record takes, with the name of a meter that came in a transaction."""


@dataclass(frozen=True, slots=True)
class Process:
    """What is known of a TDVA process."""

    id: TxId
    """Its first trigger."""
    contract: str
    dispatch: TxId | None
    """The dispatch in force."""
    settlement: TxId | None
    """The accounting that closed it."""
    verifications: int
    """How many there are."""
    newest: str
    """Where the newest verification is kept, which names the one before it; empty if there is none."""

    @property
    def standing(self) -> TxId:
        """What verifications and the accounting have to link."""
        return self.dispatch or self.id


@dataclass(frozen=True, slots=True)
class _Linked:
    """What is kept of a successful T, D or A."""

    stage: Stage
    process: TxId


def get_process(reader: Reader, process_id: bytes) -> Process:
    """The process with this first trigger. Raises LinkMissing."""
    raw = reader.get(_process_key(process_id))
    if raw is None:
        raise LinkMissing(process_id)
    contract, dispatch, settlement, verifications, newest = as_tuple(_read(raw), "process", 5)
    return Process(
        TxId(process_id),
        as_text(contract, "contract"),
        _optional_id(dispatch),
        _optional_id(settlement),
        as_int(verifications, "verifications"),
        as_text(newest, "newest"),
    )


def process_of(reader: Reader, tx_id: TxId) -> TxId:
    """The process of a successful T, D or A, the only ones that are linked. Raises LinkMissing."""
    return _get_linked(reader, tx_id).process


def check_links(reader: Reader, transaction: Transaction) -> TxId | None:
    """The process that the transaction belongs to, None if to none. Raises LinkError."""
    stage, links = transaction.stage, transaction.links
    if stage is None:
        if links:
            raise LinkCount("none", len(links), "no link")
        return None
    if stage is Stage.TRIGGER and not links:
        return transaction.tx_id
    if not links:
        raise LinkCount(stage.value, 0, "at least one")
    if len(links) != len({*links}):
        raise LinkedTwice(links[0])
    process = _common_process(reader, links, transaction.contract)
    if stage is Stage.DISPATCH:
        _check_dispatch(reader, links, process)
    else:
        expected = process.id if stage is Stage.TRIGGER else process.standing
        _check_single(reader, stage, links, expected)
    return process.id


def record(
    writer: Overlay, transaction: Transaction, process_id: TxId, meter: str = "", period: int = 0
) -> None:
    """Remember a successful transaction; a verification says which meter and period it is of.

    Raises VerifiedTwice, or Settled, before it changes anything.
    """
    tx_id, stage = transaction.tx_id, transaction.stage
    if stage is Stage.VERIFICATION:
        _record_verification(writer, get_process(writer, process_id), tx_id, meter, period)
        return
    if tx_id == process_id:
        _put_process(writer, Process(process_id, transaction.contract, None, None, 0, ""))
    if stage is Stage.ACCOUNTING:
        _settle(writer, get_process(writer, process_id), tx_id)
    if stage is not None:
        writer.put(_linked_key(tx_id), encode((stage.value, process_id)))


def bring_into_force(writer: Overlay, process_id: TxId, dispatch: TxId) -> None:
    """Make a recorded dispatch the one that stands. Raises LinkError."""
    process = get_process(writer, process_id)
    linked = _get_linked(writer, dispatch)
    if linked.process != process_id:
        raise WrongProcess(dispatch, linked.process, process_id)
    if linked.stage is not Stage.DISPATCH:
        raise WrongStage(dispatch, linked.stage.value, Stage.DISPATCH.value)
    _check_open(process)
    _put_process(writer, replace(process, dispatch=dispatch))


def get_verification(reader: Reader, process_id: bytes, meter: str, period: int) -> TxId | None:
    """The verification of a meter and period; None as well once the process is settled."""
    raw = reader.get(_verification_key(process_id, meter, period).encode())
    return None if raw is None else _verification(raw)[0]


def verifications(reader: Reader, process_id: bytes) -> tuple[TxId, ...]:
    """All verifications of an open process in the order of the chain; time proportional to their number."""
    newest_first = [tx_id for _, tx_id in _verifications_backwards(reader, get_process(reader, process_id))]
    return tuple(reversed(newest_first))


def verifications_root(reader: Reader, process_id: bytes) -> Digest:
    """The Merkle root over the identifiers of all verifications, by which an accounting names them."""
    return merkle.root(verifications(reader, process_id))


def _common_process(reader: Reader, links: tuple[TxId, ...], contract: str) -> Process:
    first = _get_linked(reader, links[0])
    process = get_process(reader, first.process)
    if process.contract != contract:
        raise WrongContract(links[0], process.contract, contract)
    for link in links[1:]:
        linked = _get_linked(reader, link)
        if linked.process != process.id:
            raise WrongProcess(link, linked.process, process.id)
    _check_open(process)
    return process


def _check_open(process: Process) -> None:
    if process.settlement is not None:
        raise Settled(process.id, process.settlement)


def _check_dispatch(reader: Reader, links: tuple[TxId, ...], process: Process) -> None:
    trigger = _get_linked(reader, links[0])
    if trigger.stage is not Stage.TRIGGER:
        raise WrongStage(links[0], trigger.stage.value, Stage.TRIGGER.value)
    if process.dispatch is None:
        if len(links) != 1:
            raise LinkCount("D", len(links), "one, its trigger, as no dispatch is in force")
    elif len(links) != 2:
        raise LinkCount("D", len(links), "two, its trigger and the dispatch in force")
    else:
        _check_names(reader, links[1], process.dispatch, Stage.DISPATCH)


def _check_single(reader: Reader, stage: Stage, links: tuple[TxId, ...], expected: TxId) -> None:
    if len(links) != 1:
        raise LinkCount(stage.value, len(links), "one")
    _check_names(reader, links[0], expected, _get_linked(reader, expected).stage)


def _check_names(reader: Reader, link: TxId, expected: TxId, stage: Stage) -> None:
    if link == expected:
        return
    found = _get_linked(reader, link).stage
    if found is not stage:
        raise WrongStage(link, found.value, stage.value)
    raise NotStanding(link, expected)


def _record_verification(writer: Overlay, process: Process, tx_id: TxId, meter: str, period: int) -> None:
    _check_open(process)
    key = _verification_key(process.id, meter, period)
    if writer.get(key.encode()) is not None:
        raise VerifiedTwice(process.id, meter, period)
    writer.put(key.encode(), encode((tx_id, process.newest)))
    _put_process(writer, replace(process, verifications=process.verifications + 1, newest=key))


def _settle(writer: Overlay, process: Process, tx_id: TxId) -> None:
    _check_open(process)
    for key, _ in list(_verifications_backwards(writer, process)):
        writer.delete(key)
    _put_process(writer, replace(process, settlement=tx_id, newest=""))


def _verifications_backwards(reader: Reader, process: Process) -> Iterator[tuple[bytes, TxId]]:
    newest = process.newest
    while newest:
        key = newest.encode()
        raw = reader.get(key)
        if raw is None:
            raise LinkMissing(process.id)
        tx_id, newest = _verification(raw)
        yield key, tx_id


def _get_linked(reader: Reader, tx_id: TxId) -> _Linked:
    raw = reader.get(_linked_key(tx_id))
    if raw is None:
        raise LinkMissing(tx_id)
    stage, process = as_tuple(_read(raw), "link", 2)
    return _Linked(Stage(as_text(stage, "stage")), TxId(as_bytes(process, "process")))


def _put_process(writer: Overlay, process: Process) -> None:
    fields = (process.contract, process.dispatch, process.settlement, process.verifications, process.newest)
    writer.put(_process_key(process.id), encode(fields))


def _verification(raw: bytes) -> tuple[TxId, str]:
    tx_id, newest = as_tuple(_read(raw), "verification", 2)
    return TxId(as_bytes(tx_id, "verification")), as_text(newest, "verification before")


def _read(raw: bytes) -> Value:
    return decode(raw, max_bytes=RECORD_BYTES_MAX)


def _optional_id(value: Value) -> TxId | None:
    return None if value is None else TxId(as_bytes(value, "identifier"))


def _linked_key(tx_id: bytes) -> bytes:
    return f"tdva/link/{tx_id.hex()}".encode()


def _process_key(process_id: bytes) -> bytes:
    return f"tdva/process/{process_id.hex()}".encode()


def _verification_key(process_id: bytes, meter: str, period: int) -> str:
    return f"tdva/verified/{process_id.hex()}/{period}/{meter}"
