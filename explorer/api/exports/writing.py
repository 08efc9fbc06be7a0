"""Rows as bytes of CSV or Parquet, a part at a time."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from explorer.api.exports.table import Bounds, Format, Kind, Part, Place, Row, Table

TYPES: Final = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.FLAG: pa.bool_(),
    Kind.TIME: pa.timestamp("ms", tz="UTC"),
}
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


class Writer(Protocol):
    """Of pyarrow's, for both formats."""

    def write_batch(self, batch: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class Sink(BytesIO):
    """What was written and not taken yet, as a file that only grows."""

    def __init__(self) -> None:
        super().__init__()
        self._taken = 0

    def tell(self) -> int:
        return self._taken + super().tell()

    def seekable(self) -> bool:
        return False

    def take(self) -> bytes:
        """What is there; memory is let go of."""
        data = self.getvalue()
        self._taken += len(data)
        super().seek(0)
        self.truncate()
        return data


def written(
    table: Table, format: Format, bounds: Bounds, read: Callable[[Bounds, Place], Part]
) -> Iterator[bytes]:
    """The file of a table, in pieces; none of them is empty."""
    sink, place, is_first = Sink(), None, True
    schema = schema_of(table)
    writer = _writer(sink, schema, format)
    while is_first or place is not None:
        place, is_first = _written(writer, schema, format, read(bounds, place)), False
        if data := sink.take():
            yield data
    writer.close()
    if data := sink.take():
        yield data


def _written(writer: Writer, schema: pa.Schema, format: Format, part: Part) -> Place:
    """Where the next part begins; nothing keeps this one while its bytes are sent."""
    writer.write_batch(_batch(schema, part.rows, format))
    return part.next


def _writer(sink: Sink, schema: pa.Schema, format: Format) -> Writer:
    if format == "csv":
        writer: Writer = pa_csv.CSVWriter(sink, schema)
        return writer
    return _Parquet(pa_parquet.ParquetWriter(sink, schema))


class _Parquet:
    """Leaves out what holds no row, which would be a group of its own."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def write_batch(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self._inner.write_batch(batch)

    def close(self) -> None:
        self._inner.close()


def schema_of(table: Table) -> pa.Schema:
    """Its columns, as pyarrow knows them."""
    return pa.schema([(name, TYPES[kind]) for name, kind in table.columns])


def _batch(schema: pa.Schema, rows: Sequence[Row], format: Format) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in schema]
    arrays = [
        pa.array([_harmless(value) for value in column] if format == "csv" else column, type=field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)


def _harmless(value: Any) -> Any:
    """A text that spreadsheets would take for a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value
