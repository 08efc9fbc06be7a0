"""Writing a row that may be there already, in the words of either database."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Insert, Table, case, func
from sqlalchemy.dialects import postgresql, sqlite


def upsert(
    connection: Connection,
    table: Table,
    values: Iterable[str],
    added: Iterable[str] = (),
    lifted: Iterable[str] = (),
) -> Insert:
    """A statement that inserts a row; one with the same key gets these values, these amounts added, and those
    that are lifted where they are higher than its own.

    What else the row has stays as it was.
    """
    # The two are classes of their own, with the same words.
    is_sqlite = connection.dialect.name == "sqlite"
    statement = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    new, keys = statement.excluded, [column.name for column in table.primary_key]
    updates: dict[str, Any] = {name: new[name] for name in values}
    updates |= {name: func.coalesce(table.c[name], 0) + new[name] for name in added}
    updates |= {name: case((table.c[name] > new[name], table.c[name]), else_=new[name]) for name in lifted}
    if not updates:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=updates)
