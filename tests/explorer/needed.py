"""What a machine may lack: then tests are skipped with that cause, or fail where all of them must run."""

import os

import pytest

REQUIRE_ALL = "GRIDQUORUM_REQUIRE_ALL"


def need(is_there: bool, cause: str) -> None:
    """Skip the test if something is not there; with GRIDQUORUM_REQUIRE_ALL=1 it fails instead."""
    if is_there:
        return
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(cause)
    pytest.skip(cause)
