"""Governance ends in the same state in every process, whatever seed its hashes have."""

import subprocess
import sys

from tests.contracts.chain import VALIDATORS, Chain
from tests.contracts.membership.council import MEMBERSHIP, decide, enter, found, propose, report, shown, vote

ROLES = {**dict.fromkeys((*VALIDATORS, "elm", "fir"), ("validator",)), "ash": ("microgrid",)}


def scenario() -> Chain:
    """Something of everything that needs no authority, whose certificate is another in every process."""
    chain = found(authority=b"", roles=ROLES)
    chain.make_block()
    for name in ("elm", "fir"):
        assert enter(chain, name).ok
    assert decide(chain, "remove", "alder").ok
    assert report(chain, "birch").ok
    assert report(chain, "cedar", 1).ok
    assert propose(chain, "expel", "ash", "elm").ok
    for voter in ("fir", "dogwood", "elm"):
        vote(chain, voter, 4)
    assert chain.call("alder", MEMBERSHIP, "show_synced", shown(chain)).ok
    return chain


def test_another_process_with_another_hash_seed_ends_in_the_same_state() -> None:
    expected = scenario().head.hash.hex()
    code = f"from {__name__} import scenario; print(scenario().head.hash.hex())"
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == expected
