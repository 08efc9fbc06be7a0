"""How far the index has come, and what the genesis fixed."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from explorer.index import tables


@dataclass(frozen=True, slots=True)
class Position:
    """The last block of the index; height 0 as long as there is none."""

    chain: str | None
    """The genesis hash, hex; None as long as nothing was indexed."""
    name: str
    height: int
    slot: int | None
    time_ms: int | None
    period: int | None
    """The energy period of the slot."""
    slot_ms: int
    period_s: int
    first_slot: int
    first_period: int
    unread: int
    """Things in blocks that could not be read, so that they are missing here."""


def position(connection: Connection) -> Position:
    """Where the index stands."""
    facts = {row.key: row.value for row in connection.execute(select(tables.meta))}
    height = int(facts.get("height", 0))
    block = connection.execute(
        select(tables.blocks.c.slot, tables.blocks.c.time_ms, tables.blocks.c.period).where(
            tables.blocks.c.height == height
        )
    ).first()
    return Position(
        chain=facts.get("chain"),
        name=facts.get("name", ""),
        height=height,
        slot=block.slot if block else None,
        time_ms=block.time_ms if block else None,
        period=block.period if block else None,
        slot_ms=int(facts.get("slot_ms", 1)),
        period_s=int(facts.get("period_s", 900)),
        first_slot=int(facts.get("first_slot", 0)),
        first_period=int(facts.get("first_period", 0)),
        unread=connection.execute(select(func.count()).select_from(tables.unread)).scalar() or 0,
    )
