"""What the genesis says of a market's sites, a storage or a network."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from explorer.index import tables


def description(connection: Connection, subject: str) -> Mapping[str, Any]:
    """Of a market, by its contract; empty on a chain that does not have it."""
    query = select(tables.descriptions.c.value).where(tables.descriptions.c.subject == subject)
    return connection.execute(query).scalar() or {}
