"""What a machine may lack: then the tests that need it are skipped with that cause, or fail where all must run."""

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
