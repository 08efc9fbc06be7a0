"""What became of each fault: a line, a table, and files for machines."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fault."""

    fault: str
    says: str
    seconds_without_blocks: float
    """The longest time between two blocks, less the slot's length."""
    blocks: int
    """How many were compared on all nodes."""
    blocks_lost: int
    roots_equal: bool
    transactions: int
    """How many became final meanwhile."""
    transactions_lost: int
    """How many that were sent before the end of the fault are in no block after it."""
    trouble: str = ""

    @property
    def is_good(self) -> bool:
        return self.roots_equal and not (self.blocks_lost or self.transactions_lost or self.trouble)


def summary(outcome: Outcome) -> str:
    verdict = "as it should be" if outcome.is_good else outcome.trouble or "NOT as it should be"
    return f"{outcome.fault}: {outcome.seconds_without_blocks} s without blocks; {verdict}"


def write_outcomes(out: Path, outcomes: Sequence[Outcome]) -> None:
    rows = [asdict(outcome) for outcome in outcomes]
    (out / "drill.json").write_text(json.dumps(rows, indent=2) + "\n")
    with (out / "drill.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Outcome)])
        writer.writeheader()
        writer.writerows(rows)


def table(outcomes: Sequence[Outcome]) -> Table:
    made = Table("fault", "s without blocks", "blocks lost", "roots equal", "transactions lost", "trouble")
    for each in outcomes:
        made.add_row(
            each.says,
            f"{each.seconds_without_blocks:.1f}",
            f"{each.blocks_lost} of {each.blocks}",
            "yes" if each.roots_equal else "NO",
            f"{each.transactions_lost} of {each.transactions + each.transactions_lost}",
            each.trouble,
        )
    return made
