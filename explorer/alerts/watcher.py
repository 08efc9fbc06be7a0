"""The detector beside the follower: it looks at every block that is indexed, in the same transaction.

What it remembers is kept in the table `detector`, so that it goes on after a restart, and a batch that is
undone is undone for it too.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, select

from explorer.alerts.alert import Alert, encode_alert
from explorer.alerts.blocks import BlockReader
from explorer.alerts.detector import Detector
from explorer.alerts.memory import Key, Memory
from explorer.alerts.settings import settings_of
from explorer.index import tables
from explorer.index.facts import Facts
from explorer.index.rows import Rows
from explorer.index.upsert import upsert
from ledger.codec import Value, decode, encode
from ledger.genesis import Genesis

VALUE_BYTES_MAX: Final = 2**22
VALUE_ITEMS_MAX: Final = 2**18
SEEN: Final[Key] = ("seen", "")
"""The height up to which what is kept is of."""


class AlertWatcher:
    """Finds alerts while blocks are indexed. See explorer.index.follower.Watcher."""

    def __init__(self, genesis: Genesis) -> None:
        self._genesis = genesis
        self._settings = settings_of(genesis)
        self._height: int | None = None
        self._memory = Memory()
        self._remember({})

    def begin(self, connection: Connection) -> None:
        """Go on from what is kept; what is in memory is it, unless the last batch was undone or another
        follower indexed meanwhile."""
        kept = connection.execute(_one(SEEN)).scalar()
        height = None if kept is None else _decoded(kept)
        if height is None or height != self._height:
            rows = connection.execute(select(tables.detector))
            self._remember({(row.part, row.subject): _decoded(row.value) for row in rows})
        self._height = None

    def observe(self, facts: Facts, rows: Rows) -> None:
        """The next block: what it changed of the alerts is added to the rows."""
        alerts = self._detector.observe(facts.height, facts.slot, facts.period, self._reader.read(facts))
        for alert in alerts:
            rows.put(tables.alerts, **_row(alert, facts.height))
        for what, reason in self._reader.unread.items():
            rows.put(tables.unread, height=facts.height, what=what, reason=reason)
        self._memory.put(*SEEN, facts.height)

    def end(self, connection: Connection) -> None:
        """Keep what is to be remembered."""
        changes = self._memory.changes()
        _keep(connection, changes)
        height = self._memory.get(*SEEN)
        self._height = height if isinstance(height, int) else None

    def _remember(self, kept: Mapping[Key, Value]) -> None:
        self._memory = Memory(kept)
        self._detector = Detector(self._settings, self._memory)
        self._reader = BlockReader(self._genesis, self._memory)


def _row(alert: Alert, height: int) -> dict[str, Any]:
    row = dict(encode_alert(alert))
    del row["subject"]
    return {
        **row,
        "subject": alert.subject.name,
        "subject_kind": alert.subject.kind.value,
        "is_open": alert.is_open,
        "changed_height": height,
    }


def _keep(connection: Connection, changes: Mapping[Key, Value]) -> None:
    table = tables.detector
    forgotten = [
        {"of_part": part, "of": subject} for (part, subject), value in changes.items() if value is None
    ]
    if forgotten:
        here = and_(table.c.part == bindparam("of_part"), table.c.subject == bindparam("of"))
        connection.execute(delete(table).where(here), forgotten)
    rows = [
        {"part": part, "subject": subject, "value": encode(value)}
        for (part, subject), value in changes.items()
        if value is not None
    ]
    if rows:
        connection.execute(upsert(connection, table, ["value"]), rows)


def _one(key: Key) -> Any:
    table = tables.detector
    return select(table.c.value).where(and_(table.c.part == key[0], table.c.subject == key[1]))


def _decoded(value: bytes) -> Value:
    return decode(value, max_bytes=VALUE_BYTES_MAX, max_items=VALUE_ITEMS_MAX)
