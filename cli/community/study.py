"""`gridquorum study community`: its run, its report, its files."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

from cli.errors import CommandError, ExitCode
from cli.output import print_json, report_rows, say
from cli.progress import progress
from studies.community import Scenario, cost_rows, mechanism_rows, play, rounds
from studies.community_figures import draw
from studies.community_tables import write_tables
from studies.manifest import write_manifest

HOMES_MAX: Final = 10**6


def study_community(whole: Scenario, source: Path | None, directory: Path, as_json: bool) -> None:
    """Play it, report costs and mechanisms, and write figures, tables and manifest. `source` is where the
    homes' types were read from; None if they are synthetic."""
    if whole.homes > HOMES_MAX:
        problem = f"{HOMES_MAX:,} homes are the most that are simulated: they take 4 GB"
        raise CommandError(problem, code=ExitCode.USAGE)
    directory.mkdir(parents=True, exist_ok=True)
    with progress("rounds", rounds(whole)) as advance:
        done = play(whole, advance)
    costs = [asdict(row) for row in cost_rows(done)]
    mechanisms = [asdict(row) for row in mechanism_rows(done)]
    data = whole.types.origin
    if as_json:
        print_json({"data": data, "homes": whole.homes, "costs": costs, "mechanisms": mechanisms})
    else:
        report_rows(costs, as_json)
        report_rows(mechanisms, as_json)
    written = [*draw(done, directory), *write_tables(done, directory)]
    write_manifest(
        directory / "manifest.json",
        whole.seed,
        [] if source is None else [source],
        written,
        data=data,
        homes=whole.homes,
        generators_percent=whole.percent,
        days=whole.days,
        rules=asdict(whole.rules),
    )
    say(f"{data} homes; figures, tables and manifest are in {directory}")
