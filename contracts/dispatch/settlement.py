"""The day's payments, from the plan, its prices and what the meters say: pure, exact, and summing to zero.

A payment is positive for the one who pays. Values are in billionths of the currency (nano, ukwh * Wh)
until each party's total is rounded once; what is left over (rounding, the storage's penalties, meter
residual) is the loss account's.
"""

from dataclasses import dataclass
from operator import mul

from contracts.dispatch.model import Flows, Series
from ledger.quantities import Amount, divide_half_even

NANO_PER_AMOUNT = 1_000

Readings = tuple[int | None, ...]
"""Metered net energy in each period, Wh; None where the reading is missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill: what for, the net energy, and what it costs."""

    item: str
    energy_wh: int
    nano: int


@dataclass(frozen=True, slots=True)
class Bill:
    """All that a party owes (+) or is owed (-), rounded once."""

    party: str
    lines: tuple[Line, ...]

    @property
    def nano(self) -> int:
        return sum(line.nano for line in self.lines)

    @property
    def amount(self) -> Amount:
        return Amount(divide_half_even(self.nano, NANO_PER_AMOUNT))


@dataclass(frozen=True, slots=True)
class Settlement:
    """The bills of the parks in their order, of the storage and of the grid, and what the loss account
    pays."""

    parks: tuple[Bill, ...]
    storage: Bill
    grid: Bill

    @property
    def loss(self) -> Amount:
        return Amount(-sum(bill.amount for bill in (*self.parks, self.storage, self.grid)))


@dataclass(frozen=True, slots=True)
class Metered:
    """The day's readings: + is consumed by a park, charged by the storage, imported by the bus's
    connection."""

    parks_wh: tuple[Readings, ...]
    storage_wh: Readings
    connection_wh: Readings


@dataclass(frozen=True, slots=True)
class Completed:
    """The day's energies with missing readings estimated; `estimated` names them by meter and position."""

    parks_wh: tuple[Series, ...]
    storage_wh: Series
    connection_wh: Series
    estimated: tuple[tuple[str, int], ...]


def complete_pooled(metered: Metered, bus: Flows, net_wh: Series) -> Completed:
    """Fill what the meters missed, by this rule, in each period.

    - The storage: what the connection's reading leaves when all parks were read; otherwise as planned.
    - Parks: what the connection leaves after the storage and the other parks, or without the connection's
      reading what the opened sum `net_wh` and the planned curtailment leave after the other parks; in
      equal parts, the odd Wh to the first of them.
    - The connection: the sum of parks and storage.
    """
    rows, estimated = [], []
    opened = map(int.__add__, net_wh, bus.curtail_wh)
    for index, (planned_wh, opened_wh) in enumerate(zip(_net_flow(bus), opened, strict=True)):
        parks = tuple(readings[index] for readings in metered.parks_wh)
        readings = parks, metered.storage_wh[index], metered.connection_wh[index]
        rows.append(_complete_period(*readings, planned_wh, opened_wh))
        estimated += [(name, index) for name in _missing(*readings)]
    parks_wh, storage_wh, connection_wh = zip(*rows, strict=True)
    return Completed(tuple(zip(*parks_wh, strict=True)), storage_wh, connection_wh, tuple(estimated))


def _complete_period(
    parks: tuple[int | None, ...],
    storage: int | None,
    connection: int | None,
    planned_wh: int,
    opened_wh: int,
) -> tuple[list[int], int, int]:
    known = sum(reading for reading in parks if reading is not None)
    missing = parks.count(None)
    if storage is None:
        storage = planned_wh if connection is None or missing else connection - known
    rest = (opened_wh if connection is None else connection - storage) - known
    estimates = iter(equal_parts(rest, missing))
    filled = [next(estimates) if reading is None else reading for reading in parks]
    return filled, storage, sum(filled) + storage if connection is None else connection


def _missing(parks: tuple[int | None, ...], storage: int | None, connection: int | None) -> list[str]:
    meters = [*((f"park {number}", reading) for number, reading in enumerate(parks, start=1))]
    meters += [("storage", storage), ("connection", connection)]
    return [name for name, reading in meters if reading is None]


def imbalance_prices(
    connection_wh: Series, planned_wh: Series, buy_ukwh: Series, sell_ukwh: Series
) -> Series:
    """The bus's single price of deviations: what it costs the bus at the tariff that its connection carries
    the metered energy instead of the planned one (+ imports), by Wh of the difference.

    It lies between the prices of buying and selling, and nothing is left over when a planned import becomes
    an export. Without a deviation it is the price of the connection's own direction.
    """
    columns = zip(connection_wh, planned_wh, buy_ukwh, sell_ukwh, strict=True)
    return tuple(_imbalance_price(*column) for column in columns)


def _imbalance_price(metered_wh: int, planned_wh: int, buy_ukwh: int, sell_ukwh: int) -> int:
    deviation_wh = metered_wh - planned_wh
    if deviation_wh == 0:
        return buy_ukwh if metered_wh > 0 else sell_ukwh
    prices = buy_ukwh, sell_ukwh
    more_nano = _at_tariff(metered_wh, *prices) - _at_tariff(planned_wh, *prices)
    sign = 1 if deviation_wh > 0 else -1
    return divide_half_even(sign * more_nano, sign * deviation_wh)


def _at_tariff(energy_wh: int, buy_ukwh: int, sell_ukwh: int) -> int:
    return energy_wh * (buy_ukwh if energy_wh > 0 else sell_ukwh)


def planned_connection(bus: Flows) -> Series:
    """What the plan has the bus import (+) or export (-)."""
    return tuple(map(int.__sub__, bus.buy_wh, bus.sell_wh))


def share_weights(bus_ukwh: Series, imbalance_ukwh: Series) -> Series:
    """The public weights w of z = sum of w * q, the one number that a park declares of its secret
    forecast q."""
    return tuple(map(int.__sub__, bus_ukwh, imbalance_ukwh))


def equal_parts(total: int, count: int) -> list[int]:
    """`total` in whole parts that differ by at most 1, the greater ones first."""
    if count == 0:
        return []
    part, more = divmod(total, count)
    return [part + 1] * more + [part] * (count - more)


def settle_pooled(
    *,
    bus: Flows,
    net_wh: Series,
    bus_ukwh: Series,
    buy_ukwh: Series,
    sell_ukwh: Series,
    energies: Completed,
    declared_nano: tuple[int | None, ...],
) -> Settlement:
    """Everything planned trades at the bus price, every deviation of a park at the imbalance price.

    Park n, with forecast q and metered m, pays the sum over t of bus * q + imbalance * (m - q), which is the
    public sum of imbalance * m and its declared z = sum of (bus - imbalance) * q. Since the sum of all q was
    opened, so is the sum of all z: those who have not declared share equally what the others leave of it.
    The storage is paid the bus price for its planned flow; what it falls short costs it max(buy, bus), what
    it delivers beyond earns min(sell, bus). The grid is paid the tariff on the connection's energy.
    """
    planned_wh = planned_connection(bus)
    imbalance_ukwh = imbalance_prices(energies.connection_wh, planned_wh, buy_ukwh, sell_ukwh)
    weights = share_weights(bus_ukwh, imbalance_ukwh)
    shares = _shares(_value(weights, net_wh), declared_nano)
    parks = tuple(
        _park_bill(number, imbalance_ukwh, park_wh, share)
        for number, (park_wh, share) in enumerate(zip(energies.parks_wh, shares, strict=True))
    )
    flow_wh = _net_flow(bus)
    planned = Line("planned flow at the bus price", sum(flow_wh), _value(bus_ukwh, flow_wh))
    short_ukwh = tuple(map(max, buy_ukwh, bus_ukwh))
    beyond_ukwh = tuple(map(min, sell_ukwh, bus_ukwh))
    deviations = _deviations(flow_wh, energies.storage_wh, short_ukwh, beyond_ukwh)
    grid = _grid_bill(energies.connection_wh, buy_ukwh, sell_ukwh)
    return Settlement(parks, Bill("storage", (planned, *deviations)), grid)


def _park_bill(number: int, imbalance_ukwh: Series, metered_wh: Series, share_nano: int) -> Bill:
    metered = Line(
        "metered energy at the imbalance price", sum(metered_wh), _value(imbalance_ukwh, metered_wh)
    )
    share = Line("planned share, at the bus price less the imbalance price", 0, share_nano)
    return Bill(f"park {number + 1}", (metered, share))


def _shares(total: int, declared: tuple[int | None, ...]) -> list[int]:
    known = sum(share for share in declared if share is not None)
    rest = iter(equal_parts(total - known, declared.count(None)))
    return [next(rest) if share is None else share for share in declared]


def _net_flow(flows: Flows) -> Series:
    """+ charges the storage."""
    return tuple(map(int.__sub__, flows.charge_wh, flows.discharge_wh))


def _deviations(
    planned_wh: Series, metered_wh: Series, short_ukwh: Series, beyond_ukwh: Series
) -> tuple[Line, Line]:
    """What the storage took more, or gave less, than planned, and the other way round."""
    deviations = tuple(map(int.__sub__, metered_wh, planned_wh))
    short_wh = tuple(max(0, deviation) for deviation in deviations)
    beyond_wh = tuple(min(0, deviation) for deviation in deviations)
    return (
        Line("short of the plan", sum(short_wh), _value(short_ukwh, short_wh)),
        Line("beyond the plan", sum(beyond_wh), _value(beyond_ukwh, beyond_wh)),
    )


def _grid_bill(connection_wh: Series, buy_ukwh: Series, sell_ukwh: Series) -> Bill:
    imported_wh = tuple(-max(0, energy) for energy in connection_wh)
    exported_wh = tuple(max(0, -energy) for energy in connection_wh)
    return Bill(
        "grid",
        (
            Line("energy that the bus imported", sum(imported_wh), _value(buy_ukwh, imported_wh)),
            Line("energy that the bus exported", sum(exported_wh), _value(sell_ukwh, exported_wh)),
        ),
    )


def _value(prices_ukwh: Series, energies_wh: Series) -> int:
    return sum(map(mul, prices_ukwh, energies_wh))
