"""Hashes as people type them."""

from typing import Annotated

import typer

from cli.errors import CommandError, ExitCode
from crypto.hashing import DIGEST_BYTES, Digest

TransactionId = Annotated[str, typer.Argument(help="Identifier of a transaction: 64 hexadecimal digits.")]


def parse_digest(text: str) -> Digest:
    """A hash, or the identifier of a transaction. Raises CommandError."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != DIGEST_BYTES:
        problem = f"{text!r} is not a hash of {2 * DIGEST_BYTES} hexadecimal digits"
        raise CommandError(problem, code=ExitCode.USAGE)
    return Digest(digest)
