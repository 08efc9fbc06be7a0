"""Fuzz all targets in turn, on one core: `python -m tests.fuzz.campaign --minutes 60 [TARGET ...]`.

What is found stays below the folder, as does the corpus, from which the next campaign goes on. The exit code
is 1 if anything was found.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.fuzz.targets import TARGETS

REPLAY = "python -m tests.fuzz.replay"


@dataclass(frozen=True, slots=True)
class Run:
    """What fuzzing one target gave."""

    name: str
    seconds: int
    executions: int
    branches: int
    """Edges of the code that some input of the corpus covers."""
    found: tuple[Path, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default"
    )
    parser.add_argument("--minutes", type=float, default=60, help="for all targets together")
    parser.add_argument(
        "--folder", type=Path, default=Path(".fuzz"), help="of the corpus and of what is found"
    )
    asked = parser.parse_args()
    names = asked.targets or list(TARGETS)
    shares = sum(TARGETS[name].share for name in names)
    runs = []
    for name in names:
        seconds = max(1, round(60 * asked.minutes * TARGETS[name].share / shares))
        runs.append(fuzz(name, seconds, asked.folder))
        say(runs[-1])
    Console().print(table(runs))
    return int(any(run.found for run in runs))


def fuzz(name: str, seconds: int, folder: Path) -> Run:
    """One target for so long, or until something is found."""
    found = folder / name / "found"
    before = {*found.glob("*")}
    command = [sys.executable, "-m", "tests.fuzz.fuzz", name, str(folder)]
    options = [f"-max_total_time={seconds}", "-print_final_stats=1"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, errors="replace")
    (folder / name / "log").write_text(done.stderr + done.stdout)
    artifacts = tuple(sorted({*found.glob("*")} - before))
    if done.returncode and not artifacts:
        # It broke before or beside an input, in a seed or a mutator: its log says where.
        artifacts = (folder / name / "log",)
    return Run(
        name, seconds, _last(r"units: +(\d+)", done.stderr), _last(r"cov: (\d+)", done.stderr), artifacts
    )


def say(run: Run) -> None:
    print(f"{run.name}: {run.executions} inputs in {run.seconds} s", flush=True)
    for path in run.found:
        print(f"FOUND in {run.name}; replay it: {REPLAY} {run.name} {path}", flush=True)


def table(runs: Sequence[Run]) -> Table:
    made = Table("target", "seconds", "inputs", "branches", "found")
    for run in runs:
        made.add_row(run.name, *map(str, (run.seconds, run.executions, run.branches, len(run.found))))
    return made


def _last(pattern: str, text: str) -> int:
    numbers = re.findall(pattern, text)
    return int(numbers[-1]) if numbers else 0


if __name__ == "__main__":
    sys.exit(main())
