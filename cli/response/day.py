"""`gridquorum study response`: a day of demand response in memory, with its numbers and figures."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from cli.errors import CommandError
from cli.output import print_json, report, report_rows, say
from cli.progress import progress
from contracts.response.network_errors import NetworkError
from studies.imported_network import SIMBENCH, ImportedNetworkError
from studies.manifest import write_manifest
from studies.profiles import DATA, PARK_DAY
from studies.published_case import published_case
from studies.response import play
from studies.response_case import ResponseCase
from studies.response_figures import draw
from studies.response_report import rows_of, summary_of
from studies.six_nodes import FILES, six_nodes

SIX: Final = "six"
DIRECTORY: Final = Path("response-study")


def study_day(network: str, seed: int, out: Path | None, as_json: bool) -> None:
    """Play, report and draw. Raises CommandError if there is no such network, or it cannot be used."""
    case = load_case(network, seed)
    directory = out or DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    with progress("quarter hours", len(case.day)) as advance:
        day = play(case, seed, advance)
    figures = draw(day, directory)
    rows, summary = [asdict(row) for row in rows_of(day)], asdict(summary_of(day))
    write_manifest(directory / "manifest.json", seed, inputs_of(network), figures, day=summary, events=rows)
    if as_json:
        print_json({"day": summary, "events": rows, "seconds": day.seconds})
    else:
        report_rows(rows, as_json)
        report({**summary, **{f"{part}_s": spent_s for part, spent_s in day.seconds.items()}}, as_json)
    say(f"drawn in {directory}")


def load_case(network: str, seed: int) -> ResponseCase:
    """The six nodes, or a published network."""
    if network == SIX:
        return six_nodes()
    try:
        return published_case(network, seed)
    except (ImportedNetworkError, NetworkError) as error:
        raise CommandError(str(error), remedy=f"or leave --network out, for {SIX}") from error


def inputs_of(network: str) -> Sequence[Path]:
    """The files that a case is read from. Networks come with their packages, and SimBench's days too."""
    if network == SIX:
        return [DATA / name for name in FILES]
    return [] if network.startswith(SIMBENCH) else [PARK_DAY]
