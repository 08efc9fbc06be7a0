"""What holds for every test."""

from collections import Counter
from collections.abc import Iterator

import pytest
import structlog


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers run an id once: of tests that share one, all others would be left out without a word."""
    shared = [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]
    if shared:
        raise pytest.UsageError(f"several tests are called {shared[0]}")


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A test may configure logs; the next must not write to a stream that its runner has closed."""
    yield
    structlog.reset_defaults()
