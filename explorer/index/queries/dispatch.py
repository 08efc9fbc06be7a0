"""The dispatch of a shared storage: days, and what was planned of them against what was metered."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from explorer.index import tables
from explorer.index.queries.curves import POINTS, Curves, Quantity, Thinning, choose_range, read_curves
from explorer.index.queries.descriptions import description
from explorer.index.queries.page import LIMIT, Page, cut, read_cursor
from explorer.index.readers.dispatch import MARKET, PARKS, site_subject

ENERGY: Final = ("Wh", "bar", Thinning.SUM)
PRICE: Final = ("ukwh", "step", Thinning.MEAN)
PLANNED: Final = ("Wh", "step", Thinning.SUM)
FLOWS: Final = (
    ("plan_buy", "Bought, planned", *PLANNED, "plan_buy_wh"),
    ("plan_sell", "Sold, planned", *PLANNED, "plan_sell_wh"),
    ("plan_charge", "Charged, planned", *PLANNED, "plan_charge_wh"),
    ("plan_discharge", "Discharged, planned", *PLANNED, "plan_discharge_wh"),
    ("plan_curtail", "Curtailed, planned", *PLANNED, "plan_curtail_wh"),
    ("forecast", "Net load, forecast", *PLANNED, "forecast_wh"),
    ("buy", "Bought", *ENERGY, "buy_wh"),
    ("sell", "Sold", *ENERGY, "sell_wh"),
    ("charge", "Charged", *ENERGY, "charge_wh"),
    ("discharge", "Discharged", *ENERGY, "discharge_wh"),
    ("generation", "Generated", *ENERGY, "generated_wh"),
    ("load", "Consumed", *ENERGY, "consumed_wh"),
)
PRICES: Final = (
    ("price_buy", "Grid asks", *PRICE, "buy_ukwh"),
    ("price_sell", "Grid pays", *PRICE, "sell_ukwh"),
    ("price_bus", "Bus's internal price", *PRICE, "bus_ukwh"),
)
DEVIATION: Final = ((1, "buy_wh"), (-1, "sell_wh"), (-1, "plan_buy_wh"), (1, "plan_sell_wh"))


@dataclass(frozen=True, slots=True)
class Day:
    """A day's process, as far as it has come."""

    day: int
    """UTC day since 1970."""
    phase: str
    revision: int | None
    """Of the plan in force; None without one."""
    cost_nano: int | None
    process: bytes | None
    from_period: int
    to_period: int
    """The last."""


def days(connection: Connection, *, cursor: str | None = None, limit: int = LIMIT) -> Page[Day]:
    """Days, the latest first. Raises BadCursor."""
    table, place = tables.dispatch_days, read_cursor(cursor, int)
    query = select(table).where(table.c.phase.is_not(None)).order_by(table.c.day.desc()).limit(limit + 1)
    if place is not None:
        query = query.where(table.c.day < place[0])
    found = [Day(*row) for row in connection.execute(query)]
    return cut(found, limit, lambda day: (day.day,))


def site_names(connection: Connection) -> tuple[str, ...]:
    """The sites of plans; none on a chain without this market."""
    return tuple(name for name, _ in description(connection, MARKET).get("sites", ()))


def flows(
    connection: Connection,
    from_period: int | None = None,
    to_period: int | None = None,
    points: int = POINTS,
    site: str | None = None,
) -> Curves:
    """Planned and metered flows of a site, or of all, and the prices. An unknown site has none.

    `deviation` is net import as metered less as planned.
    """
    subject = MARKET if site is None else site_subject(site)
    chosen = choose_range(connection, [subject, MARKET], from_period, to_period, points)
    summed = _summed(connection) if site is None else {}
    quantities = [
        *(Quantity(*known[:5], subject, known[5], summed.get(known[0])) for known in FLOWS),
        *(Quantity(*known[:5], MARKET, known[5]) for known in PRICES),
        Quantity("deviation", "Net import less plan", *ENERGY, subject, DEVIATION, summed.get("buy")),
    ]
    return read_curves(connection, quantities, chosen)


def _summed(connection: Connection) -> dict[str, tuple[str, int]]:
    """The flows that are sums over all parks. What passes a shared bus has one meter."""
    market = description(connection, MARKET)
    connections = ("buy", "sell") if market.get("model") == "paper" else ()
    return dict.fromkeys(("generation", "load", *connections), (PARKS, market.get("parks", 0)))
