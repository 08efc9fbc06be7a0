"""`gridquorum study capacity`: a day of windows in memory, with its tables and figures."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

from cli.output import print_json, report, report_rows, say
from cli.progress import progress
from studies import capacity_shading
from studies.capacity import play
from studies.capacity_case import HOURS, make_case
from studies.capacity_figures import draw
from studies.capacity_tables import hours_of, summary_of, write_tables
from studies.manifest import write_manifest
from studies.profiles import TARIFF

DIRECTORY: Final = Path("capacity-study")


def study_capacity(owners: int, buyers: int, seed: int, out: Path | None, as_json: bool) -> None:
    """Play, report and draw."""
    with progress("windows", HOURS) as advance:
        day = play(make_case(owners, buyers, seed), advance)
    with progress("sizes of market", len(capacity_shading.SIZES)) as advance:
        shading = capacity_shading.run(seed, advance)
    directory = out or DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    made = [*draw(day, shading, directory), *write_tables(day, directory)]
    summary, hours = asdict(summary_of(day)), [asdict(row) for row in hours_of(day)]
    rows = [asdict(row) for row in shading]
    said = {"data": "synthetic but for the tariff", "day": summary, "hours": hours, "shading": rows}
    write_manifest(directory / "manifest.json", seed, [TARIFF], made, **said)
    if as_json:
        print_json(said)
    else:
        report_rows(hours, as_json)
        report_rows(rows, as_json)
        report(summary, as_json)
    say(f"drawn in {directory}; the data are synthetic but for the tariff")
