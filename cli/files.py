"""Reading and writing what stays on disk: keys for their owner's eyes only, nothing ever overwritten."""

import os
from pathlib import Path

from cli.errors import CommandError, ExitCode

SECRET_MODE = 0o600
PUBLIC_MODE = 0o644


def check_free(*paths: Path) -> None:
    """Raises CommandError if one is there already: to be asked before what cannot be undone."""
    for path in paths:
        if path.exists():
            raise _taken(path)


def write_new(path: Path, content: bytes, *, secret: bool = False) -> None:
    """Write a file that does not exist yet; a secret one is never readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE if secret else PUBLIC_MODE
        )
    except FileExistsError:
        raise _taken(path) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", code=ExitCode.CONFIGURATION) from error


def _taken(path: Path) -> CommandError:
    return CommandError(f"{path} exists already", remedy="move it away, or choose another place")
