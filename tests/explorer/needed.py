"""What a machine may lack: then tests are skipped with that cause, or fail where all of them must run."""

import os

import pytest

REQUIRE_ALL = "TESTS_REQUIRE_ALL"
"""Not GRIDQUORUM_...: those are settings of the nodes that tests start, which refuse unknown ones."""


def need(is_there: bool, cause: str) -> None:
    """Skip the test if something is not there; with TESTS_REQUIRE_ALL=1 it fails instead."""
    if is_there:
        return
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(cause)
    pytest.skip(cause)
