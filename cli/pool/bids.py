"""Standing bids of the pool market: a file that says what somebody asks or bids, by carrier and hour.

CSV with the columns of COLUMNS. Hours are UTC and of every day, `side` is ask or bid, and `cycle` says for
which cycle of each of the hour's intervals it is signed; it replaces what is left of an earlier cycle's.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from cli.standing_bids import BYTES_MAX, HOURS, BadBids, read_number
from contracts.agent import View
from contracts.capacity.clearing import PRICE_UKWH_MAX
from contracts.community.orders import ENERGY_WH_MAX, Side
from contracts.metering.readings import Carrier
from contracts.pool.agents.bidder import Terms
from contracts.pool.parameters import CYCLES_MAX
from ledger.quantities import EnergyWh, Period, PriceUkwh

COLUMNS: Final = ("carrier", "hour", "cycle", "side", "energy_wh", "limit_ukwh")

Place = tuple[str, int, int]
"""Carrier, hour, cycle."""


@dataclass(frozen=True, slots=True)
class PoolBids:
    """The bids of one supplier or consumer."""

    by_place: Mapping[Place, Terms]

    def wish(self, view: View, period: Period, cycle: int, carrier: Carrier) -> Terms | None:
        """The bid for a cycle of an interval: that of its hour."""
        per_day = view.genesis.periods_per_day
        hour = period % per_day * HOURS // per_day
        return self.by_place.get((carrier.value, hour, cycle))


def read_pool_bids(path: Path) -> PoolBids:
    """Raises BadBids, which names the line."""
    found: dict[Place, Terms] = {}
    try:
        size = path.stat().st_size
        if size > BYTES_MAX:
            raise BadBids(path, 1, f"it has {size} bytes, and {BYTES_MAX} are the most")
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != COLUMNS:
                raise BadBids(path, 1, f"its columns are not {','.join(COLUMNS)}")
            for cells in reader:
                place, terms = _row(path, reader.line_num, cells)
                if place in found:
                    raise BadBids(path, reader.line_num, "there is a bid for this cycle already")
                found[place] = terms
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadBids(path, 1, str(error)) from None
    return PoolBids(found)


def _row(path: Path, line: int, cells: list[str]) -> tuple[Place, Terms]:
    if len(cells) != len(COLUMNS):
        raise BadBids(path, line, f"it has {len(cells)} columns, not {len(COLUMNS)}")
    carrier, hour, cycle, side, energy_wh, limit_ukwh = cells
    place = (
        _choice(path, line, Carrier, carrier),
        read_number(path, line, "hour", hour, 0, HOURS - 1),
        read_number(path, line, "cycle", cycle, 0, CYCLES_MAX - 1),
    )
    energy = EnergyWh(read_number(path, line, "energy_wh", energy_wh, 1, ENERGY_WH_MAX))
    limit = PriceUkwh(read_number(path, line, "limit_ukwh", limit_ukwh, 0, PRICE_UKWH_MAX))
    return place, Terms(Side(_choice(path, line, Side, side)), energy, limit)


def _choice(path: Path, line: int, options: type[StrEnum], text: str) -> str:
    names = [option.value for option in options]
    if text not in names:
        raise BadBids(path, line, f"{text[:20]!r} is not one of {', '.join(names)}")
    return text
