"""`gridquorum study storage`: Table 4 of Liu and Ai (2024) in both models, with its tables and figures."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

from cli.market import STORAGE, rating_w
from cli.output import print_json, report, report_rows, say
from cli.progress import progress
from contracts.dispatch.model import Tariff
from studies import storage
from studies.manifest import write_manifest
from studies.profiles import PARK_DAY, TARIFF, load_profiles, load_tariff
from studies.storage_case import Case
from studies.storage_figures import draw
from studies.storage_sharing import share_curve
from studies.storage_tables import cost_rows, proof_rows, summary_of, write_tables

DIRECTORY: Final = Path("storage-study")


def study_storage(seed: int, out: Path | None, as_json: bool) -> None:
    """Plan, report and draw."""
    case = shipped_case()
    with progress("storages", len(storage.places())) as advance:
        study = storage.run(case, advance)
    sharing = share_curve(case.parks[0].forecast.load_wh, seed)
    directory = out or DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    made = [*draw(study, sharing, directory), *write_tables(study, sharing, directory)]
    costs, proofs = [asdict(row) for row in cost_rows(study)], [asdict(row) for row in proof_rows(study)]
    summary = asdict(summary_of(study, sharing))
    said = {"costs": costs, "proofs": proofs, "summary": summary}
    write_manifest(directory / "manifest.json", seed, [PARK_DAY, TARIFF], made, **said)
    if as_json:
        print_json(said)
    else:
        report_rows(costs, as_json)
        report_rows(proofs, as_json)
        report(summary, as_json)
    say(f"drawn in {directory}; curves and tariff are those of studies/data, not the paper's")


def shipped_case() -> Case:
    """The park day that the project ships, and the storage and ratings of `testnet init`."""
    parks, tariff = load_profiles().parks, load_tariff()
    ratings_w = [rating_w(park) for park in parks]
    return Case(parks, ratings_w, Tariff(tariff.buy_ukwh, tariff.sell_ukwh), STORAGE)
