"""`gridquorum study pool`: a district's day in memory, with its tables and figures."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from cli.output import print_json, report_rows, say
from cli.progress import progress
from contracts.pool.matching import Ranking
from studies.manifest import write_manifest
from studies.pool import play
from studies.pool_case import COMMISSION, CYCLES, IDLE_CYCLES, PRICES, QUARTERS, make_case
from studies.pool_figures import draw
from studies.pool_tables import rankings_of, rows_of, write_tables

DIRECTORY: Final = Path("pool-study")


def study_pool(
    suppliers: int, consumers: int, ranking: Ranking, seed: int, out: Path | None, as_json: bool
) -> None:
    """Play, report and draw."""
    case = make_case(suppliers, consumers, seed)
    with progress("quarter hours", QUARTERS) as advance:
        day = play(case, ranking, advance)
    plain = replace(case, storage_wh=0)
    rankings = rankings_of(play(plain, Ranking.VALUE), play(plain, Ranking.PRICE))
    directory = out or DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    made = [*draw(day, rankings, directory), *write_tables(day, directory)]
    carriers, compared = [asdict(row) for row in rows_of(day)], [asdict(row) for row in rankings]
    assumed = {
        "prices": {carrier.value: prices for carrier, prices in PRICES.items()},
        "commission": asdict(COMMISSION),
        "cycles": CYCLES,
        "idle_cycles": IDLE_CYCLES,
        "storage_wh": case.storage_wh,
        "storage_w": case.storage_w,
    }
    said: dict[str, Any] = {"data": "synthetic; of the prices 0.43 is the paper's", "ranking": ranking.value}
    said |= {"carriers": carriers, "rankings": compared, "assumed": assumed}
    write_manifest(directory / "manifest.json", seed, [], made, **said)
    if as_json:
        print_json(said)
    else:
        report_rows(carriers, as_json)
        report_rows(compared, as_json)
    say(f"drawn in {directory}; the data are synthetic")
