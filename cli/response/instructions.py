"""Instructions to the ENO: a file that says what is asked of its network, and when.

CSV with the columns of COLUMNS: when the response begins (UTC, on a period's first second), for how many
periods, and the change of injection, + for more and - for less. The file is read again whenever it changes,
so that a dispatch centre instructs by writing a row; one that cannot be read then is logged, and what stood
before it stands. A row that comes too late for its deadlines is logged and not followed.
"""

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from cli.founding import EPOCH
from cli.standing_bids import BYTES_MAX, DIGITS_MAX
from contracts.agent import View
from contracts.response.agents.sources import Instruction
from contracts.response.quotes import POWER_W_MAX
from ledger.quantities import Period, PowerW
from node.errors import ConfigurationError

INSTRUCTIONS: Final = "instructions"
"""The setting of the ENO's agent that names the file."""

COLUMNS: Final = ("begins", "periods", "target_w")

log = structlog.get_logger("response")


class BadInstructions(ConfigurationError):
    """A file of instructions that cannot be used; says the line."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}, line {line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class InstructionFile:
    """What a file says, as of when it was last read. Raises BadInstructions."""

    def __init__(self, path: Path, period_s: int, periods_max: int) -> None:
        self._path = path
        self._period_s = period_s
        self._periods_max = periods_max
        self._stamp = self._look()
        self._standing = self._read()

    def __call__(self, _view: View) -> Sequence[Instruction]:
        """The instructions that stand."""
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._standing = self._read()
                log.info("instructions read", path=str(self._path), instructions=len(self._standing))
            except BadInstructions as error:
                log.error("instructions not read", path=str(error.path), line=error.line, reason=error.reason)
        return self._standing

    def _look(self) -> tuple[int, int] | None:
        """What changes with the file; None if there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _read(self) -> Sequence[Instruction]:
        return read_instructions(self._path, self._period_s, self._periods_max)


def read_instructions(path: Path, period_s: int, periods_max: int) -> Sequence[Instruction]:
    """In the order of the file. Raises BadInstructions, which names the line."""
    try:
        size = path.stat().st_size
        if size > BYTES_MAX:
            raise BadInstructions(path, 1, f"it has {size} bytes, and {BYTES_MAX} are the most")
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != COLUMNS:
                raise BadInstructions(path, 1, f"its columns are not {','.join(COLUMNS)}")
            return tuple([_row(path, reader.line_num, cells, period_s, periods_max) for cells in reader])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInstructions(path, 1, str(error)) from None


def _row(path: Path, line: int, cells: list[str], period_s: int, periods_max: int) -> Instruction:
    if len(cells) != len(COLUMNS):
        raise BadInstructions(path, line, f"it has {len(cells)} columns, not {len(COLUMNS)}")
    begins, periods, target_w = cells
    count = _number(path, line, "periods", periods, 1, periods_max)
    target = _number(path, line, "target_w", target_w, -POWER_W_MAX, POWER_W_MAX)
    if target == 0:
        raise BadInstructions(path, line, "target_w is 0, which asks for nothing")
    return Instruction(_period(path, line, begins, period_s), count, PowerW(target))


def _period(path: Path, line: int, text: str, period_s: int) -> Period:
    try:
        begins = datetime.fromisoformat(text)
    except ValueError:
        begins = None
    if begins is None or begins.tzinfo is None or begins < EPOCH:
        raise BadInstructions(path, line, f"begins is {text[:40]!r}, not a time such as 2026-06-21T13:45Z")
    period, rest = divmod(begins - EPOCH, timedelta(seconds=period_s))
    if rest:
        raise BadInstructions(path, line, f"{text} is not when a period of {period_s} s begins")
    return Period(period)


def _number(path: Path, line: int, name: str, text: str, least: int, most: int) -> int:
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= DIGITS_MAX
    if not (is_number and least <= int(text) <= most):
        problem = f"{name} is {text[:20]!r}, not a whole number from {least} to {most}"
        raise BadInstructions(path, line, problem)
    return int(text)
