"""`gridquorum demo`: a whole energy day on this machine, end to end, in under two minutes."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.day_watch import DayWatch
from cli.dispatch_network import PROFILES_NAME, found_dispatch_network
from cli.explore import explore
from cli.files import read, write_new
from cli.founding import EPOCH
from cli.market import Turns
from cli.network import write_network
from cli.output import AsJson, say
from cli.playing import conclude, free_endpoints, new_directory, run_nodes, when_started
from cli.summary import summarize
from cli.summary_text import show_summary
from cli.testnet import Model, ProfilesFile, Proposers, TariffFile
from ledger.quantities import Day
from studies.profiles import PARK_DAY, TARIFF, load_profiles, load_tariff

VALIDATORS = 4


def demo(
    profiles: ProfilesFile = PARK_DAY,
    tariff: TariffFile = TARIFF,
    model: Model = "pooled",
    proposers: Proposers = Turns.ROTATION,
    slot_ms: Annotated[
        int, typer.Option(min=200, max=10_000, help="Milliseconds a slot, which is a quarter hour of energy.")
    ] = 650,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new folder to keep it in; by default a temporary one.")
    ] = None,
    as_json: AsJson = False,
    explored: Annotated[
        bool | None,
        typer.Option(
            "--explore/--no-explore",
            help="Show the day in the explorer afterwards, until Ctrl-C; by default on a terminal.",
        ),
    ] = None,
) -> None:
    """Run a committee, three microgrids and their storage for a day; fail unless everything adds up."""
    known, prices = load_profiles(profiles), load_tariff(tariff)
    directory = new_directory(out)
    network = found_dispatch_network(
        name="demo",
        validators=VALIDATORS,
        profiles=known,
        tariff=prices,
        model=model,
        slot_ms=slot_ms,
        endpoints=free_endpoints(VALIDATORS + 1),
        now=when_started(VALIDATORS + 1),
        turns=proposers,
    )
    folders = write_network(directory, network)
    write_new(folders[-1] / PROFILES_NAME, read(profiles))
    day = Day((known.first_day - EPOCH) // timedelta(days=1))
    say(f"{len(folders)} processes, {slot_ms} ms for a quarter hour, in {directory}")
    run_nodes(folders, DayWatch(folders, day))
    conclude(summarize(folders, day, known), directory, as_json, show_summary)
    if explored or (explored is None and sys.stdout.isatty() and not as_json):
        explore(folders[0])
