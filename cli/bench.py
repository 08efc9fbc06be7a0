"""`gridquorum bench`: measure, and compare with a limit that is measured in the same run."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeVar

import typer

from cli.errors import CommandError, ExitCode
from cli.output import AsJson, report_rows, say
from cli.progress import progress

app = typer.Typer(help="Measure speed against stated limits.", no_args_is_help=True)

Sizes = Annotated[
    str, typer.Option("--sizes", help="Transactions a block, or bids, such as 16,4096; all by default.")
]

R = TypeVar("R")

MODELS = 3
"""Rows that the dispatch benchmark has of each size."""


# Each imports its benchmark when it runs: they bring the solver and the plotting along.


@app.command()
def verify(
    sizes: Sizes = "",
    figure: Annotated[Path, typer.Option("--figure", help="Where to draw the result.")] = Path("verify.svg"),
    as_json: AsJson = False,
) -> None:
    """Verify one and all transactions of a block, 16 to 65,536, against OpenSSL alone; draws figure 8(b)."""
    from bench import verify as benchmark

    chosen = parse_sizes(sizes) or benchmark.SIZES
    rows = watched(benchmark.run(chosen), len(chosen))
    report_rows([asdict(row) for row in rows], as_json)
    benchmark.draw(rows, figure)
    say(f"drawn in {figure}")


@app.command()
def dispatch(as_json: AsJson = False) -> None:
    """Solve the dispatch of 3 to 300 microgrids, and check its certificate."""
    from bench import dispatch as benchmark

    sizes = len(benchmark.MICROGRIDS) * len(benchmark.PERIODS) * MODELS
    report_rows([asdict(row) for row in watched(benchmark.run(), sizes)], as_json)


@app.command()
def clear(sizes: Sizes = "", as_json: AsJson = False) -> None:
    """Clear 1,000 to 1,000,000 bids at a uniform price, against sorting them."""
    from bench import clear as benchmark

    chosen = parse_sizes(sizes) or benchmark.SIZES
    report_rows([asdict(row) for row in watched(benchmark.run(chosen), len(chosen))], as_json)


@app.command()
def commit(sizes: Sizes = "", as_json: AsJson = False) -> None:
    """Commit blocks durably, against raw SQLite inserts of the same bytes."""
    from bench import commit as benchmark

    chosen = parse_sizes(sizes) or benchmark.SIZES
    report_rows(watched(benchmark.run(chosen), len(chosen)), as_json)


@app.command()
def explorer(
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How long the year is.")] = 365,
    meters: Annotated[int, typer.Option(min=1, max=100_000)] = 1_000,
    readings: Annotated[int, typer.Option(min=1, help="Transactions that are listed of a block.")] = 20,
    url: Annotated[
        str, typer.Option("--index", help="An empty database; SQLite for this time alone by default.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Put every question of the explorer's views to an index of a made year, against 200 ms each."""
    from bench import explorer as benchmark
    from bench.year import Year, write_year
    from explorer.index.database import open_index

    year = Year(days, meters, readings)
    with TemporaryDirectory(prefix="gridquorum-bench-") as folder:
        index = open_index(url or f"sqlite:///{folder}/index.db")
        try:
            with progress("days", days) as advance:
                for done in write_year(index, year):
                    advance(done)
            report_rows([asdict(row) for row in benchmark.run(index, year)], as_json)
        finally:
            index.close()


def watched(rows: Iterable[R], total: int) -> Sequence[R]:
    """All rows, with a bar for whoever waits for them."""
    measured = []
    with progress("sizes", total) as advance:
        for row in rows:
            measured.append(row)
            advance(len(measured))
    return measured


def parse_sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in text.split(",") if part)
    except ValueError:
        raise CommandError(f"{text!r} are not sizes such as 16,256", code=ExitCode.USAGE) from None
    if any(size < 1 for size in sizes):
        raise CommandError("a block to measure has at least one transaction", code=ExitCode.USAGE)
    return sizes
