"""Every test that asks for a `url` runs on both databases."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.explorer.index.made import NewDatabase
from tests.explorer.index.servers import new_database, programs, server
from tests.explorer.needed import need

NUMBERS = count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The socket of a server of our own."""
    need(programs() is not None, "PostgreSQL is not installed: apt-get install postgresql")
    with server() as socket:
        yield socket


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewDatabase]:
    """Makes empty databases of one kind."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path_factory.mktemp('index') / 'index.db'}"
        return
    socket = request.getfixturevalue("postgresql")
    # They go with the server.
    yield lambda: new_database(socket, f"index{next(NUMBERS)}")


@pytest.fixture
def url(database: NewDatabase) -> str:
    """Of an empty database."""
    return database()
