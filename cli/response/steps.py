"""The transactions of an event: when each was made, by the log of its maker's node, and when its block was
final, by a validator's. All nodes run on this machine, so all logs have one clock."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from cli.describe import Names
from contracts.response.parameters import RESPONSE
from contracts.response.records import Alarm, EventRecord
from ledger.quantities import Period
from ledger.store import Store
from ledger.transaction import Transaction
from studies.response_sequence import Step

MADE: Final = "transaction made"
KEPT: Final = "block"
MS: Final = 1_000
ALARM: Final = "alarm"
"""What a reading is called that a trigger names."""

METER_READING: Final = ("metering", "report")


def read_steps(store: Store, record: EventRecord, validator: Path, folders: Sequence[Path]) -> Sequence[Step]:
    """All transactions of an event, from its alarm on, in the order of the chain."""
    made_ms = {line["tx_id"]: time_ms(line) for folder in folders for line in read_log(folder, MADE)}
    kept_ms = {line["height"]: time_ms(line) for line in read_log(validator, KEPT)}
    names = Names(store.genesis, store.state)
    return [
        Step(
            stage=transaction.stage.value if transaction.stage else "",
            action=transaction.action if transaction.contract == RESPONSE else ALARM,
            who=names[transaction.sender],
            height=height,
            made_ms=made_ms[transaction.tx_id.hex()],
            kept_ms=kept_ms[height],
        )
        for height, transaction in transactions(store)
        if is_of(record, transaction)
    ]


def transactions(store: Store) -> Iterator[tuple[int, Transaction]]:
    """All that did what they were to do, with their heights."""
    for height in range(1, store.head.height + 1):
        receipts, _ = store.receipts(height)
        for receipt in receipts:
            if receipt.ok:
                yield height, store.transaction(receipt.tx_id).transaction


def is_of(record: EventRecord, transaction: Transaction) -> bool:
    """Whether it belongs to an event: its trigger, what names it, and the reading that was its alarm."""
    arguments = transaction.arguments
    if transaction.contract == RESPONSE:
        return transaction.tx_id == record.process or arguments.get("event") == record.number
    is_reading = (transaction.contract, transaction.action) == METER_READING
    return is_reading and record.alarm == Alarm(transaction.sender, cast(Period, arguments["period"]))


def read_log(folder: Path, event: str) -> Iterator[Mapping[str, Any]]:
    """The lines of a node's log about one kind of event; the last may be cut off where a node was killed."""
    for line in (folder / "node.log").read_text(errors="replace").splitlines():
        if line.startswith("{") and line.endswith("}"):
            document = json.loads(line)
            if document["event"] == event:
                yield document


def time_ms(line: Mapping[str, Any]) -> int:
    """When a line was written, in unix milliseconds."""
    return round(datetime.fromisoformat(line["timestamp"]).timestamp() * MS)
