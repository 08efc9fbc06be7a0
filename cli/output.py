"""Data to stdout, messages to stderr, JSON when asked for; NO_COLOR is honoured by Rich."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]

PIPE_COLUMNS = 200
"""Nobody's lines are cut because there is no terminal to measure."""

data = Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS)
messages = Console(stderr=True, width=None if sys.stderr.isatty() else PIPE_COLUMNS)


def print_json(value: Any) -> None:
    """One JSON document on stdout: bytes as hex, tuples as arrays, integers exact."""
    sys.stdout.write(json.dumps(plain(value), indent=2, ensure_ascii=False) + "\n")


def plain(value: Any) -> Any:
    """`value` in JSON's own types."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return value


def report(value: Mapping[str, Any], as_json: bool) -> None:
    """One thing with its attributes: JSON, or a line for each of them."""
    if as_json:
        print_json(value)
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, item in plain(value).items():
        table.add_row(f"[bold]{name}[/bold]", text_of(item))
    data.print(table)


def report_rows(rows: Sequence[Mapping[str, Any]], as_json: bool, name: str = "rows") -> None:
    """Several things of one kind: JSON `{name: [...]}`, or a table."""
    if as_json:
        print_json({name: rows})
        return
    table = Table(box=None, pad_edge=False)
    for column in rows[0] if rows else ():
        table.add_column(column, justify="right" if isinstance(rows[0][column], int | float) else "left")
    for row in rows:
        table.add_row(*(text_of(item) for item in plain(row).values()))
    data.print(table)


def new_table(*columns: str) -> Table:
    """The first column is text, the others are numbers."""
    table = Table(box=None, pad_edge=False)
    for place, title in enumerate(columns):
        table.add_column(title, justify="right" if place else "left")
    return table


def fact_table(facts: Iterable[tuple[str, str]]) -> Table:
    """A line for each name and what is said of it."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, text in facts:
        table.add_row(name, text)
    return table


def mark(holds: bool) -> str:
    """For what has to hold."""
    return "[green]ok[/]" if holds else "[bold red]BROKEN[/]"


def text_of(item: Any) -> str:
    """A value for people, on one line."""
    if isinstance(item, float):
        return f"{item:,.4g}"
    return shown(json.dumps(item, ensure_ascii=False) if isinstance(item, dict | list) else str(item))


def shown(text: str) -> str:
    """Text that anybody may have written: markup in it is shown, not obeyed, and what would control the
    terminal, turn the line around or begin another is a question mark."""
    return escape("".join(letter if letter.isprintable() else "?" for letter in text))


def say(text: str) -> None:
    """A message for whoever is watching; never part of the data."""
    messages.print(text, highlight=False)
