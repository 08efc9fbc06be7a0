"""A window ends in the same state in every process, whatever seed its hashes have."""

import subprocess
import sys

from tests.contracts.capacity.market import PERIODS, Market


def scenario() -> str:
    """The hash of the block that settles the usual window, of which a seller falls short."""
    market = Market()
    market.settled({"ash": [625, 0, 100, None], "beech": [500] * PERIODS})
    return market.chain.head.hash.hex()


def test_another_process_with_another_hash_seed_ends_in_the_same_state() -> None:
    expected = scenario()
    code = f"from {__name__} import scenario; print(scenario())"
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == expected
