"""`gridquorum study`: reproduce what a paper says, and draw it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CommandError, ExitCode
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
def response(
    network: Annotated[
        str, typer.Option(help="six, cigre-lv, kerber-village, simbench-1-LV-semiurb4--2-sw and the like.")
    ] = "six",
    seed: Annotated[int, typer.Option(min=0, help="Names the run; the same seed gives the same run.")] = 1,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="One event on the six nodes: four validators, six owners, ten processes."
        ),
    ] = False,
    kill: Annotated[
        str, typer.Option(metavar="OWNER", help="With --live: whose process is killed in mid-ADMM.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Directory for figures and manifest; with --live a new one for all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Demand response: a day on a network, before and after its events, against curtailing alone.

    With --live an event as it happens, from the alarm to the settlement; fails unless everything holds.
    """
    if live and network != "six":
        raise CommandError("--live plays the network of six nodes", code=ExitCode.USAGE)
    if kill and not live:
        raise CommandError("--kill is for an event that is played --live", code=ExitCode.USAGE)
    if live:
        from cli.response.live import play_event

        play_event(out, kill, as_json)
    else:
        from cli.response.day import study_day

        study_day(network, seed, out, as_json)
