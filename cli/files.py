"""Reading and writing what stays on disk: keys for their owner's eyes only, nothing ever overwritten."""

import os
from pathlib import Path

from cli.errors import CommandError, ExitCode
from crypto.errors import BadKey
from crypto.keys import PrivateKey
from ledger.genesis import Genesis

SECRET_MODE = 0o600
PUBLIC_MODE = 0o644


def write_new(path: Path, content: bytes, *, secret: bool = False) -> None:
    """Write a file that does not exist yet; a secret one is never readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE if secret else PUBLIC_MODE
        )
    except FileExistsError:
        raise CommandError(f"{path} exists already", remedy="move it away, or choose another place") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def read_key(path: Path) -> PrivateKey:
    """A private key from its PEM file."""
    try:
        return PrivateKey.from_pem(read(path))
    except BadKey as error:
        raise CommandError(f"{path}: {error}", code=ExitCode.CONFIGURATION) from error


def read_genesis(path: Path) -> Genesis:
    """A genesis file. Raises BadGenesis, which names the path within it."""
    try:
        return Genesis.from_json(read(path).decode())
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not text in UTF-8", code=ExitCode.CONFIGURATION) from error


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", code=ExitCode.CONFIGURATION) from error
