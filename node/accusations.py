"""Evidence that the chain has not judged yet, in a file: the votes that make it may never come again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from crypto.address import Address, parse_address
from crypto.errors import BadAddress
from ledger.ballots import BALLOT_BYTES_MAX
from ledger.codec import Value, decode, encode
from ledger.errors import DecodeError
from ledger.fields import as_bytes, as_text, as_tuple
from ledger.genesis import COMMITTEE_MAX
from node.vote_files import replace_file

NAME: Final = "accusations"
"""In the data folder."""

FILE_BYTES_MAX: Final = COMMITTEE_MAX * (2 * BALLOT_BYTES_MAX + 128)

log = structlog.get_logger("node")


@dataclass(frozen=True, slots=True)
class Accusation:
    """Two votes of one validator that contradict each other (ledger.evidence)."""

    validator: Address
    first: bytes
    """A signed ballot, as is the second."""
    second: bytes


class Accusations:
    """One a validator, and no more than a committee has."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = {accusation.validator: accusation for accusation in _read(path)}

    def __iter__(self) -> Iterator[Accusation]:
        return iter(tuple(self._open.values()))

    def add(self, accusation: Accusation) -> None:
        """Remember until the chain has judged it. Raises OSError."""
        if accusation.validator not in self._open and len(self._open) < COMMITTEE_MAX:
            self._open[accusation.validator] = accusation
            self._write()

    def settle(self, validator: Address) -> None:
        """It is judged. Raises OSError."""
        if self._open.pop(validator, None):
            self._write()

    def _write(self) -> None:
        fields = [(each.validator, each.first, each.second) for each in self._open.values()]
        replace_file(self._path, encode(tuple(fields)))


def _read(path: Path) -> list[Accusation]:
    """What was kept; nothing of a file that is damaged, since it is of use but not needed."""
    if not path.exists():
        return []
    try:
        value = decode(path.read_bytes()[:FILE_BYTES_MAX], max_bytes=FILE_BYTES_MAX)
        return [_accusation(item) for item in as_tuple(value, "accusations")]
    except (DecodeError, BadAddress) as error:
        log.warning("accusations lost", file=str(path), reason=str(error))
        return []


def _accusation(value: Value) -> Accusation:
    validator, first, second = as_tuple(value, "accusation", 3)
    address = parse_address(as_text(validator, "validator"))
    return Accusation(address, as_bytes(first, "ballot"), as_bytes(second, "ballot"))
