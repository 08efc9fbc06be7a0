"""A PostgreSQL server of Debian's package, for as long as the tests of one process run."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PROGRAMS = Path("/usr/lib/postgresql")
OWNER = "postgres"
"""Whom the server runs as where the tests run as root, which it refuses."""


def programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """The folder of the socket of a server without a port. Raises CalledProcessError, with its log."""
    bin_folder = programs()
    assert bin_folder is not None
    folder = Path(tempfile.mkdtemp(prefix="gq-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER, OWNER)
        data = folder / "data"
        # Most databases order text as some language does.
        order = "--locale-provider=icu", "--icu-locale=en-US"
        _run(bin_folder / "initdb", "-D", data, "-A", "trust", "-U", OWNER, "--no-sync", "-E", "UTF8", *order)
        # A socket alone, so that no port can be taken; nothing has to survive.
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        _run(bin_folder / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield str(folder)
        finally:
            _run(bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(socket: str, name: str) -> str:
    """The URL of a new database on the server."""
    with psycopg.connect(host=socket, user=OWNER, dbname=OWNER, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return f"postgresql+psycopg://{OWNER}@/{name}?host={socket}"


def _run(*command: object) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        owner = pwd.getpwnam(OWNER)
        words = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", *words]
    # Not a pipe: the server would keep it open.
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    done.check_returncode()
