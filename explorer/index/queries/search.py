"""Whatever a short text may mean: a height, a part of a hash, an address, a name."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, LargeBinary, Table, func, literal, or_, select

from explorer.index import tables
from explorer.index.readers.metering import UNKNOWN
from explorer.index.types import WHOLE_MAX, legible

FOUND_MAX: Final = 20
QUERY_CHARS_MAX: Final = 100
HEX_CHARS_MIN: Final = 4
"""Of the beginning of a hash; fewer are too many hashes'."""
HASH_CHARS: Final = 64
ESCAPE: Final = "\\"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that the text may mean."""

    kind: str
    """block, transaction, process, member, meter or contract."""
    id: str
    """A height, an identifier in hex, an address, or a contract's name."""
    label: str


def search(connection: Connection, text: str) -> tuple[Found, ...]:
    """At most FOUND_MAX: what is meant exactly comes before what only contains the text."""
    wanted = legible(text.strip())[:QUERY_CHARS_MAX]
    if not wanted:
        return ()
    finders = (_by_height, _by_hash, _named_members, _named_meters, _contracts, _labelled)
    found: dict[tuple[str, str], Found] = {}
    for finder in finders:
        for item in finder(connection, wanted):
            found.setdefault((item.kind, item.id), item)
    return tuple(found.values())[:FOUND_MAX]


def _by_height(connection: Connection, wanted: str) -> list[Found]:
    number = wanted.removeprefix("#")
    if not (number.isascii() and number.isdecimal()) or int(number) > WHOLE_MAX:
        return []
    query = select(tables.blocks.c.height).where(tables.blocks.c.height == int(number))
    return [Found("block", str(row.height), f"Block {row.height}") for row in connection.execute(query)]


def _by_hash(connection: Connection, wanted: str) -> list[Found]:
    digits = wanted.lower().removeprefix("0x")
    is_hex = all(digit in "0123456789abcdef" for digit in digits)
    if not is_hex or not HEX_CHARS_MIN <= len(digits) <= HASH_CHARS:
        return []
    processes, transactions, blocks = tables.processes, tables.transactions, tables.blocks
    return [
        *(
            Found("process", row.process.hex(), row.label or f"Process of {row.contract}")
            for row in _beginning(connection, processes, processes.c.process, digits)
        ),
        *(
            Found("transaction", row.tx_id.hex(), f"{row.contract}.{row.action}")
            for row in _beginning(connection, transactions, transactions.c.tx_id, digits)
        ),
        *(
            Found("block", str(row.height), f"Block {row.height}")
            for row in _beginning(connection, blocks, blocks.c.hash, digits)
        ),
    ]


def _beginning(connection: Connection, table: Table, column: ColumnElement[Any], digits: str) -> Any:
    """Rows whose identifier begins with these hexadecimal digits."""
    low, high = bytes.fromhex(digits.ljust(HASH_CHARS, "0")), bytes.fromhex(digits.ljust(HASH_CHARS, "f"))
    between = column.between(literal(low, LargeBinary), literal(high, LargeBinary))
    return connection.execute(select(table).where(between).order_by(column).limit(FOUND_MAX))


def _named_members(connection: Connection, wanted: str) -> list[Found]:
    table = tables.members
    alike = or_(_contains(table.c.name, wanted), _contains(table.c.organisation, wanted))
    query = select(table).where(or_(_begins(table.c.address, wanted), alike)).order_by(table.c.name)
    return [
        Found("member", row.address, " · ".join(part for part in (row.name, row.organisation) if part))
        for row in connection.execute(query.limit(FOUND_MAX))
    ]


def _named_meters(connection: Connection, wanted: str) -> list[Found]:
    table = tables.meters
    alike = or_(_begins(table.c.address, wanted), _contains(table.c.place, wanted))
    query = select(table).where(alike).order_by(table.c.place, table.c.address)
    return [
        Found("meter", row.address, f"{row.place or row.address} ({row.carrier or UNKNOWN})")
        for row in connection.execute(query.limit(FOUND_MAX))
    ]


def _contracts(connection: Connection, wanted: str) -> list[Found]:
    table = tables.contracts
    query = select(table).where(_contains(table.c.contract, wanted)).order_by(table.c.contract)
    return [
        Found("contract", row.contract, row.contract) for row in connection.execute(query.limit(FOUND_MAX))
    ]


def _labelled(connection: Connection, wanted: str) -> list[Found]:
    """Of the newest processes, as there is no end of them."""
    table = tables.processes
    newest = select(table).order_by(table.c.opened_height.desc()).limit(2_000).subquery()
    query = select(newest).where(_contains(newest.c.label, wanted)).limit(FOUND_MAX)
    return [Found("process", row.process.hex(), row.label) for row in connection.execute(query)]


def _contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whatever signs the text has, it is only text."""
    # Names hold the other letters as they were written.
    spelled = {text.lower(), _small(text)}
    alike = [func.lower(column).like(f"%{_escaped(each)}%", escape=ESCAPE) for each in sorted(spelled)]
    return or_(*alike)


def _begins(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    return func.lower(column).like(f"{_escaped(_small(text))}%", escape=ESCAPE)


def _small(text: str) -> str:
    """As databases make letters small: those of ASCII alone."""
    return text.encode().lower().decode()


def _escaped(text: str) -> str:
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return text
