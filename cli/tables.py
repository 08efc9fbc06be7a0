"""Tables for people: CSV files in a folder."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.output import say

MarketTables = Annotated[Path, typer.Argument(help="A folder for bids.csv, trades.csv and bills.csv.")]


def write_tables(out: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Each as a file of its name in `out`, which is made if need be."""
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_table(out / f"{name}.csv", rows)
    say(f"written to {out}: {', '.join(f'{len(rows)} {name}' for name, rows in tables.items())}")


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """As CSV; without rows an empty file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
        if rows:
            writer.writeheader()
        writer.writerows(rows)
