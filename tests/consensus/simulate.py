"""Runs the simulator from the command line, from the project's root.

One seed, with a trace:  python -m tests.consensus.simulate SEED
Many, on all cores:      python -m tests.consensus.simulate --seeds 100000
"""

import argparse
import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import Pool

from tests.consensus.scenario import scenario_of
from tests.consensus.trial import simulate

BATCH = 25
"""Seeds that a process runs before it reports."""
PROGRESS_S = 10.0


@dataclass
class Findings:
    """Of some seeds."""

    seeds: int = 0
    failures: dict[int, str] = field(default_factory=dict)
    """What went wrong, by seed."""
    happened: Counter[str] = field(default_factory=Counter)
    """In how many of them something befell the committee."""

    def add(self, other: "Findings") -> None:
        """Those of other seeds, too."""
        self.seeds += other.seeds
        self.failures |= other.failures
        self.happened += other.happened


def try_seeds(seeds: range) -> Findings:
    """One after the other."""
    findings = Findings(len(seeds))
    for seed in seeds:
        try:
            findings.happened.update(set(simulate(seed).happened))
        except Exception as error:
            findings.failures[seed] = f"{type(error).__name__}: {error}"
    gc.collect()
    return findings


def try_many(first: int, count: int, workers: int) -> Iterator[Findings]:
    """Batches, as they are done, by as many processes."""
    end = first + count
    batches = [range(start, min(start + BATCH, end)) for start in range(first, end, BATCH)]
    with Pool(workers, initializer=gc.disable) as pool:
        yield from pool.imap_unordered(try_seeds, batches)


def campaign(first: int, count: int, workers: int) -> int:
    """Try many seeds and tell how it went; the exit code."""
    total, started = Findings(), time.monotonic()
    told = started
    for findings in try_many(first, count, workers):
        total.add(findings)
        for seed, failure in findings.failures.items():
            print(f"seed {seed}: {failure}\n  replay it: {replay_command(seed)}", flush=True)
        if time.monotonic() - told >= PROGRESS_S:
            told = time.monotonic()
            rate = total.seeds / (told - started)
            left = (count - total.seeds) / rate
            print(f"{total.seeds:>8} of {count}, {rate:.1f} seeds/s, {left / 60:.1f} min left", flush=True)
    tell(total, time.monotonic() - started, workers)
    return 1 if total.failures else 0


def tell(total: Findings, seconds: float, workers: int) -> None:
    """How it went."""
    print(f"{'befell the committee':<28} share of seeds")
    for what, seeds in sorted(total.happened.items()):
        print(f"  {what:<26} {seeds / total.seeds:>6.1%}")
    rate = total.seeds / seconds
    print(f"{total.seeds} seeds in {seconds:.1f} s by {workers} processes, {rate:.1f} seeds/s")
    print(f"{len(total.failures)} failed" if total.failures else "all clean")
    for seed in sorted(total.failures):
        print(f"  {replay_command(seed)}")


def replay_command(seed: int) -> str:
    """What replays a seed exactly, with a trace."""
    return f".venv/bin/python -m tests.consensus.simulate {seed}"


def replay(seed: int) -> None:
    """One seed with a trace. Raises Violation."""
    print(scenario_of(seed))
    world = simulate(seed, trace=print)
    print(f"clean: heights {[node.height for node in world.nodes]}; {dict(world.happened)}")


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("seed", type=int, nargs="?", help="to replay")
    parser.add_argument("--seeds", type=int, default=1_000, help="how many to try")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.seed is None:
        return campaign(options.first, options.seeds, options.workers)
    replay(options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
