"""What holds for every test."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A test may configure logs; the next must not write to a stream that its runner has closed."""
    yield
    structlog.reset_defaults()
