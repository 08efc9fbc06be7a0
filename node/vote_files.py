"""The vote log on disk: two copies, each flushed before a vote leaves the house. The format is consensus'."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FILE_MODE: Final = 0o600
APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC


class VoteFiles:
    """Both copies, opened for appending. All methods raise OSError; what follows must not be done then."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._files = [os.open(path, APPEND) for path in paths]

    def append(self, frames: bytes) -> None:
        """To the first copy, flushed; then to the second."""
        for path, file in zip(self._paths, self._files, strict=True):
            _write(path, file, frames)

    def rewrite(self, image: bytes) -> None:
        """Replace the first copy by new content, then the second; a crash leaves the old or the new."""
        for place, path in enumerate(self._paths):
            replace_file(path, image)
            old, self._files[place] = self._files[place], os.open(path, APPEND)
            os.close(old)

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            os.close(file)


def read_votes(paths: tuple[Path, Path]) -> tuple[bytes | None, bytes | None]:
    """The bytes of the copies; None for one that is not there."""
    first, second = (path.read_bytes() if path.exists() else None for path in paths)
    return first, second


def replace_file(path: Path, content: bytes) -> None:
    """New file, flush, rename, flush the folder."""
    fresh = path.with_name(path.name + ".new")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        _write(fresh, file, content)
    finally:
        os.close(file)
    put_in_place(fresh, path)


def put_in_place(fresh: Path, path: Path) -> None:
    """Give a flushed file the name of another, for good."""
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(path: Path, file: int, content: bytes) -> None:
    """All of it, and down to the disk. Raises OSError, which names the file."""
    left = memoryview(content)
    try:
        while left:
            left = left[os.write(file, left) :]
        os.fsync(file)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
