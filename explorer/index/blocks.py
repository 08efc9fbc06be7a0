"""From a block to rows. Everything follows from what the block holds, and from nothing else but where earlier
transactions belong."""

from collections.abc import Mapping
from typing import Final

from contracts.errors import ContractError
from explorer.index import tables
from explorer.index.facts import Entry, Facts
from explorer.index.history import Past
from explorer.index.readers.all import READERS
from explorer.index.readers.reader import Happening, Read
from explorer.index.rows import Rows
from explorer.index.tables import STRETCH
from ledger.genesis import Genesis
from ledger.quantities import TxId
from ledger.receipt import Event
from ledger.stage import Stage

UNEXPECTED: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, ContractError)
REASON_CHARS: Final = 500

COUNTED: Final = {
    Stage.TRIGGER: "triggers",
    Stage.DISPATCH: "dispatches",
    Stage.VERIFICATION: "verifications",
    Stage.ACCOUNTING: "accountings",
}


def genesis_rows(rows: Rows, genesis: Genesis) -> None:
    """What is known before the first block."""
    for name in genesis.contracts:
        rows.begin(tables.contracts, contract=name)
    for name in READERS:
        begin = READERS[name].begin
        if begin is not None and (name == "membership" or name in genesis.contracts):
            begin(rows, genesis)


def block_rows(rows: Rows, facts: Facts, past: Past) -> Mapping[TxId, tuple[TxId, int]]:
    """Add what this block says; returns process and place of each transaction in it that later ones link."""
    _add_block(rows, facts)
    for event in facts.slot_events:
        _read_event(rows, event, Happening(facts, past, event.fields, None, None))
    processes: dict[TxId, TxId] = {}
    for entry in facts.entries:
        process = _process_of(entry, processes, past)
        _add_transaction(rows, entry, process)
        if process is not None:
            processes[entry.transaction.tx_id] = process
            _add_to_process(rows, facts, entry, process)
        if entry.receipt.ok:
            _read_action(rows, entry, Happening(facts, past, entry.arguments, entry, process))
        for event in entry.receipt.events:
            _read_event(rows, event, Happening(facts, past, event.fields, entry, process))
    return {
        entry.transaction.tx_id: (processes[entry.transaction.tx_id], entry.place)
        for entry in facts.entries
        if entry.transaction.tx_id in processes and entry.transaction.stage is not Stage.VERIFICATION
    }


def _add_block(rows: Rows, facts: Facts) -> None:
    header = facts.block.header
    rows.insert(
        tables.blocks,
        height=facts.height,
        hash=facts.block.hash,
        slot=facts.slot,
        period=facts.period,
        time_ms=facts.time_ms,
        round=facts.seals.round,
        proposer=header.proposer,
        committee=header.committee,
        signers=f"{sum(1 << seal.member for seal in facts.seals.seals):x}",
        signed=len(facts.seals.seals),
        transactions=len(facts.receipts),
        failed=sum(not receipt.ok for receipt in facts.receipts),
        bytes=len(facts.block.raw),
        steps=sum(receipt.steps for receipt in facts.receipts),
    )
    addresses = [validator.address for validator in facts.committee.validators]
    rows.begin(tables.committees, hash=header.committee, addresses=addresses)
    stretch, rounds = facts.height // STRETCH, facts.seals.round
    counts = {"blocks": 1, "late": int(rounds > 0), "rounds": rounds, "transactions": len(facts.receipts)}
    rows.add(tables.stretches, stretch=stretch, **counts)
    rows.add(tables.attendance, stretch=stretch, address=header.proposer, proposed=1)
    for address in facts.signers:
        rows.add(tables.attendance, stretch=stretch, address=address, signed=1)


def _process_of(entry: Entry, processes: Mapping[TxId, TxId], past: Past) -> TxId | None:
    transaction = entry.transaction
    if not entry.receipt.ok or transaction.stage is None:
        return None
    if not transaction.links:
        return transaction.tx_id
    return processes.get(transaction.links[0]) or past.process_of(transaction.links[0])


def _add_transaction(rows: Rows, entry: Entry, process: TxId | None) -> None:
    transaction, receipt = entry.transaction, entry.receipt
    rows.insert(
        tables.transactions,
        place=entry.place,
        tx_id=transaction.tx_id,
        contract=transaction.contract,
        action=transaction.action,
        stage=transaction.stage and transaction.stage.value,
        sender=transaction.sender,
        is_ok=receipt.ok,
        error=receipt.error or None,
        process=process,
    )


def _add_to_process(rows: Rows, facts: Facts, entry: Entry, process: TxId) -> None:
    transaction = entry.transaction
    if transaction.stage is None:
        return
    rows.begin(
        tables.processes,
        process=process,
        contract=transaction.contract,
        opened_height=facts.height,
        opened_ms=facts.time_ms,
    )
    rows.put(tables.processes, process=process, last_height=facts.height, stage=transaction.stage.value)
    rows.add(tables.processes, process=process, **{COUNTED[transaction.stage]: 1})
    if transaction.stage is Stage.ACCOUNTING:
        rows.put(tables.processes, process=process, is_settled=True)


def _read_action(rows: Rows, entry: Entry, seen: Happening) -> None:
    contract, action = entry.transaction.contract, entry.transaction.action
    reader = READERS.get(contract)
    _read(rows, seen, reader.actions.get(action) if reader else None, f"{contract}.{action}")


def _read_event(rows: Rows, event: Event, seen: Happening) -> None:
    reader = READERS.get(event.contract)
    _read(rows, seen, reader.events.get(event.name) if reader else None, f"{event.contract}: {event.name}")


def _read(rows: Rows, seen: Happening, read: Read | None, what: str) -> None:
    """A later version of a contract may tell what its reader here does not expect: that is written down, and
    the index goes on, as the chain does."""
    if read is None:
        return
    try:
        read(rows, seen)
    except UNEXPECTED as error:
        rows.put(tables.unread, height=seen.facts.height, what=what, reason=reason_of(error))


def reason_of(error: Exception) -> str:
    """Why something could not be read."""
    return f"{type(error).__name__}: {error}"[:REASON_CHARS]
