"""`gridquorum study`: reproduce what a paper says, and draw it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, print_json, report, report_rows, say
from cli.progress import progress

app = typer.Typer(help="Reproduce published claims, with tables and figures.", no_args_is_help=True)

# Each imports its study when it runs: they bring the plotting along.


@app.command()
def poe(
    heights: Annotated[int, typer.Option(min=100, help="How many heights; eight weeks by default.")] = 5_376,
    seed: Annotated[int, typer.Option(min=0, help="Names the run; the same seed gives the same run.")] = 1,
    figure: Annotated[Path, typer.Option("--figure", help="Where to draw the result.")] = Path("poe.svg"),
    as_json: AsJson = False,
) -> None:
    """Proof of energy: shares of proposals against shares of energy, hits a height, waits for a turn."""
    from studies import poe as study

    with progress("heights", heights) as advance:
        done = study.run(seed, heights, advance)
    rows, fit = [asdict(row) for row in study.rows_of(done)], asdict(study.fit_of(done))
    if as_json:
        print_json({"members": rows, **fit})
    else:
        report_rows(rows, as_json)
        report(fit, as_json)
    study.draw(done, figure)
    say(f"drawn in {figure}")


@app.command()
def capacity(
    owners: Annotated[int, typer.Option(min=1, help="Batteries.")] = 80,
    buyers: Annotated[int, typer.Option(min=1, help="Those who need storage.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Names the run; the same seed gives the same run.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Directory for figures, tables and manifest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Capacity rights: a day of windows cleared, delivered and paid, and what shading a bid would gain."""
    from cli.capacity_study import study_capacity

    study_capacity(owners, buyers, seed, out, as_json)
