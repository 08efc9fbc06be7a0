"""The files that a node's configuration names, read and checked against each other."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crypto.certificate import Identity, identity_of
from crypto.errors import BadKey, CertificateError
from crypto.keys import PrivateKey
from ledger.errors import BadGenesis
from ledger.genesis import Genesis
from node.errors import Locked, UnusableFile, WrongCertificate
from node.vote_files import put_in_place

STORE_NAME = "chain.db"
"""The chain, in the data folder."""


def read_file(path: Path) -> bytes:
    """The bytes of a file. Raises UnusableFile."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableFile(path, error.strerror or str(error)) from None


def read_genesis(path: Path) -> Genesis:
    """The chain's genesis. Raises UnusableFile."""
    try:
        return Genesis.from_json(read_file(path).decode())
    except (BadGenesis, UnicodeDecodeError) as error:
        raise UnusableFile(path, str(error)) from None


def read_key(path: Path) -> PrivateKey:
    """A private key. Raises UnusableFile."""
    try:
        return PrivateKey.from_pem(read_file(path))
    except BadKey as error:
        raise UnusableFile(path, str(error)) from None


def read_certificate(path: Path, key: PrivateKey, authority: bytes) -> Identity:
    """Who the certificate says the key's owner is. Raises UnusableFile or WrongCertificate.

    Its dates are not looked at: a committee goes on with certificates that have expired.
    """
    try:
        identity = identity_of(read_file(path), authority)
    except CertificateError as error:
        raise WrongCertificate(path, str(error)) from None
    if identity.public_key != key.public_key:
        raise WrongCertificate(path, f"it certifies {identity.address}, but the key is of {key.address}")
    return identity


def put_store_in_place(fresh: Path, path: Path) -> None:
    """Give a store that is closed its name for good, where there is none of this name.

    The write-ahead log of one that was there before would be played into it, so that goes first.
    """
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    put_in_place(fresh, path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a key or a data folder for this process alone. Raises Locked if another process has it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Locked(path) from None
    finally:
        os.close(descriptor)
