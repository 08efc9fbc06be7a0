"""Standing bids: a file that says what somebody asks or bids in windows by the hour in which they begin.

CSV with the columns of COLUMNS, a row for each step, in the order of the curve. Hours are UTC and of every
day; `device` is empty where capacity is wanted. All rows of one hour are one bid, on one side.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from contracts.agent import View
from contracts.capacity.agents.sources import Ask, Want
from contracts.capacity.bids import Side, check_steps
from contracts.capacity.clearing import PRICE_UKWH_MAX, QUANTITY_WH_MAX, Step
from contracts.capacity.records import WindowRecord
from contracts.capacity.refusals import BadCurve
from ledger.quantities import EnergyWh, PriceUkwh
from node.errors import ConfigurationError

COLUMNS: Final = ("hour", "device", "quantity_wh", "price_ukwh")
HOURS: Final = 24
BYTES_MAX: Final = 2**20
DIGITS_MAX: Final = 20
"""Of a number in a file: longer ones are nobody's quantities, however many zeros they begin with."""


class BadBids(ConfigurationError):
    """A file of standing bids that cannot be used; says the line."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}, line {line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StandingBids:
    """The bids of one trader, by hour."""

    by_hour: Mapping[int, Ask | Want]

    def bid(self, view: View, record: WindowRecord) -> Ask | Want | None:
        """The bid for a window: that of the hour in which it begins."""
        genesis = view.genesis
        place = record.first_period % genesis.periods_per_day
        return self.by_hour.get(place * HOURS // genesis.periods_per_day)


def read_bids(path: Path) -> StandingBids:
    """Raises BadBids, which names the line."""
    try:
        size = path.stat().st_size
        if size > BYTES_MAX:
            raise BadBids(path, 1, f"it has {size} bytes, and {BYTES_MAX} are the most")
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            header = tuple(next(reader, ()))
            if header != COLUMNS:
                raise BadBids(path, 1, f"its columns are not {','.join(COLUMNS)}")
            rows = [_row(path, reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadBids(path, 1, str(error)) from None
    hours = {hour: [*of_hour] for hour, of_hour in groupby(rows, key=lambda row: row.hour)}
    if sum(map(len, hours.values())) != len(rows):
        raise BadBids(path, 1, "the rows of an hour do not follow each other")
    return StandingBids({hour: _bid(path, of_hour) for hour, of_hour in hours.items()})


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    hour: int
    device: int | None
    step: Step


def _row(path: Path, line: int, cells: list[str]) -> _Row:
    if len(cells) != len(COLUMNS):
        raise BadBids(path, line, f"it has {len(cells)} columns, not {len(COLUMNS)}")
    hour = read_number(path, line, "hour", cells[0], 0, HOURS - 1)
    device = read_number(path, line, "device", cells[1], 0, 2**20) if cells[1] else None
    quantity = read_number(path, line, "quantity_wh", cells[2], 1, QUANTITY_WH_MAX)
    price = read_number(path, line, "price_ukwh", cells[3], 0, PRICE_UKWH_MAX)
    return _Row(line, hour, device, Step(EnergyWh(quantity), PriceUkwh(price)))


def read_number(path: Path, line: int, name: str, text: str, least: int, most: int) -> int:
    """A cell's whole number. Raises BadBids."""
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    if not (is_number and least <= int(text) <= most):
        raise BadBids(path, line, f"{name} is {text[:20]!r}, not a whole number from {least} to {most}")
    return int(text)


def _bid(path: Path, rows: list[_Row]) -> Ask | Want:
    """The rows of one hour as one bid."""
    first, steps = rows[0], tuple([row.step for row in rows])
    other = next((row for row in rows if row.device != first.device), None)
    if other is not None:
        raise BadBids(path, other.line, f"another device than in line {first.line}, in the same hour")
    total = EnergyWh(sum(step.quantity_wh for step in steps))
    side = Side.BUY if first.device is None else Side.SELL
    try:
        check_steps(side, steps, total, PRICE_UKWH_MAX)
    except BadCurve as error:
        raise BadBids(path, first.line, str(error)) from None
    return Want(total, steps) if first.device is None else Ask(first.device, steps)
