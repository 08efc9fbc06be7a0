"""An index of a year that nobody lived through: rows as the builder writes them, from made blocks.

A block a quarter of an hour, every meter's reading in it; a day of dispatch every day, and a round of the
neighbours' market every hour. The same for the same seed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any, Final

from explorer.index import tables
from explorer.index.database import Index, write_meta
from explorer.index.readers.community import MARKET as COMMUNITY
from explorer.index.readers.dispatch import MARKET as DISPATCH
from explorer.index.readers.dispatch import PARKS, STORAGE, site_subject
from explorer.index.readers.metering import totals
from explorer.index.readers.storages import put_storage
from explorer.index.readers.times import day_name, moment_name
from explorer.index.rows import Rows
from explorer.index.series import SPAN, pack
from explorer.index.tables import STRETCH
from ledger.rows import place_of

FIRST_DAY: Final = 20_454
"""1 January 2026."""
PERIOD_S: Final = 900
SLOT_MS: Final = 900_000
VALIDATORS: Final = tuple(f"GValidator{number}" for number in range(4))
STORAGE_METER: Final = "GStorage"
ORDERS: Final = 40
"""Of a round of the neighbours' market."""
SECOND_ROUND_IN: Final = 50
"""One block in so many needs a second round, and is not signed by one validator."""
SUBJECT_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Year:
    """How large a year is to be."""

    days: int = 365
    meters: int = 1_000
    readings_a_block: int = 20
    """Transactions that are listed of the readings of a block: all meters' would be 35 million a year."""

    @property
    def blocks(self) -> int:
        return self.days * SPAN

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of the meters."""
        return tuple(f"GMeter{number:06}" for number in range(self.meters))


def write_year(index: Index, year: Year, seed: int = 1) -> Iterator[int]:
    """Fill an empty index, a day at a time; yields the days that are done."""
    source = Random(seed)  # noqa: S311 (a benchmark's data, not a secret)
    with index.write() as connection:
        rows = Rows(connection)
        _begin(rows, year)
        rows.write()
        write_meta(
            connection,
            chain="00" * 32,
            name="a made year",
            height=0,
            slot_ms=SLOT_MS,
            period_s=PERIOD_S,
            first_slot=FIRST_DAY * SPAN,
            first_period=FIRST_DAY * SPAN,
        )
    for day in range(year.days):
        with index.write() as connection:
            rows = Rows(connection)
            _add_day(rows, year, day, source)
            rows.write()
            write_meta(connection, height=(day + 1) * SPAN)
        yield day + 1


def made_id(*parts: object) -> bytes:
    """Of a block, a transaction or a process."""
    return sha256(repr(parts).encode()).digest()


def _begin(rows: Rows, year: Year) -> None:
    rows.put(tables.committees, hash=made_id("committee"), addresses=list(VALIDATORS))
    for number, address in enumerate((*VALIDATORS, *year.addresses)):
        roles = ["validator"] if number < len(VALIDATORS) else ["meter"]
        values: dict[str, Any] = {"roles": roles, "organisation": "Made", "standing": "good"}
        rows.put(tables.members, address=address, name=f"member {number}", **values)
    for contract in (DISPATCH, COMMUNITY.contract):
        rows.put(tables.contracts, contract=contract)
    rows.put(tables.market_names, contract=COMMUNITY.contract, title=COMMUNITY.title)
    made = {"model": "pooled", "sites": [["bus", "GBus"]], "parks": 1, "storage_meter": STORAGE_METER}
    rows.put(tables.descriptions, subject=DISPATCH, value=made)
    limits = {"lowest_permille": 100, "highest_permille": 900}
    put_storage(rows, STORAGE_METER, power_w=400_000, energy_wh=10**6, **limits)
    last_period = (FIRST_DAY + year.days) * SPAN - 1
    for address in year.addresses:
        values = {"owner": f"{address}'s owner", "carrier": "electricity", "place": f"place of {address}"}
        counts = {"last_period": last_period, "readings": year.blocks}
        rows.put(tables.meters, address=address, **values, **counts)


def _add_day(rows: Rows, year: Year, day: int, source: Random) -> None:
    process = made_id("day", day)
    _add_dispatch(rows, year, day, process, source)
    _add_meters(rows, year, FIRST_DAY + day, source)
    for number in range(SPAN):
        _add_block(rows, year, day * SPAN + number + 1, process, source)
        if number % 4 == 0:
            _add_round(rows, (FIRST_DAY + day) * SPAN + number, day * SPAN + number + 1, source)


def _add_block(rows: Rows, year: Year, height: int, process: bytes, source: Random) -> None:
    slot, proposer = FIRST_DAY * SPAN + height - 1, VALIDATORS[height % len(VALIDATORS)]
    is_late = source.randrange(SECOND_ROUND_IN) == 0
    signers = VALIDATORS[:-1] if is_late else VALIDATORS
    rows.insert(
        tables.blocks,
        height=height,
        hash=made_id("block", height),
        slot=slot,
        period=slot,
        time_ms=slot * SLOT_MS,
        round=int(is_late),
        proposer=proposer,
        committee=made_id("committee"),
        signers=f"{(1 << len(signers)) - 1:x}",
        signed=len(signers),
        transactions=year.readings_a_block,
        failed=int(is_late),
        bytes=400 * year.readings_a_block,
        steps=10**6,
    )
    stretch = height // STRETCH
    counts = {"late": int(is_late), "rounds": int(is_late), "transactions": year.readings_a_block}
    rows.add(tables.stretches, stretch=stretch, blocks=1, **counts)
    rows.add(tables.attendance, stretch=stretch, address=proposer, proposed=1)
    for address in signers:
        rows.add(tables.attendance, stretch=stretch, address=address, signed=1)
    _add_transactions(rows, year, height, process, is_late)


def _add_transactions(rows: Rows, year: Year, height: int, process: bytes, is_one_failed: bool) -> None:
    addresses = year.addresses
    for position in range(year.readings_a_block):
        is_ok = not (is_one_failed and position == 0)
        rows.insert(
            tables.transactions,
            place=place_of(height, position),
            tx_id=made_id("transaction", height, position),
            contract=DISPATCH,
            action="meter",
            stage="V",
            sender=addresses[(height * year.readings_a_block + position) % len(addresses)],
            is_ok=is_ok,
            error=None if is_ok else "TooLate: the reading came too late",
            process=process if is_ok else None,
        )


def _add_dispatch(rows: Rows, year: Year, day: int, process: bytes, source: Random) -> None:
    first, height = (FIRST_DAY + day) * SPAN, day * SPAN + 1
    rows.put(
        tables.dispatch_days,
        day=FIRST_DAY + day,
        phase="settled",
        revision=1,
        cost_nano=source.randrange(10**13),
        process=process,
        from_period=first,
        to_period=first + SPAN - 1,
    )
    _add_process(
        rows, process, DISPATCH, f"Day {day_name(FIRST_DAY + day)}", height, year.readings_a_block * SPAN
    )
    planned = ("plan_buy_wh", "plan_sell_wh", "plan_curtail_wh", "plan_charge_wh", "plan_discharge_wh")
    metered = ("buy_wh", "sell_wh", "charge_wh", "discharge_wh", "generated_wh", "consumed_wh")
    prices = ("buy_ukwh", "sell_ukwh", "bus_ukwh")
    state = ("plan_soc_wh", "soc_wh", "told_w", "reported_w", "available_w")
    bus = (*planned, *metered, "forecast_wh")
    _add_series(rows, DISPATCH, day, (*bus, *prices), source)
    _add_series(rows, site_subject("bus"), day, bus, source)
    _add_series(rows, STORAGE, day, (*state, "charge_wh", "discharge_wh"), source)
    _add_series(rows, totals("electricity"), day, ("readings", "generated_wh", "consumed_wh"), source)


def _add_meters(rows: Rows, year: Year, span: int, source: Random) -> None:
    for address in year.addresses:
        columns = {name: _column(source, 20_000) for name in ("imported_wh", "exported_wh", "voltage_mv")}
        rows.insert(tables.series, subject=address, span=span, points=pack(columns))


def _add_series(rows: Rows, subject: str, day: int, names: Sequence[str], source: Random) -> None:
    columns = {PARKS: (1,) * SPAN, **{name: _column(source, 400_000) for name in names}}
    rows.insert(tables.series, subject=subject, span=FIRST_DAY + day, points=pack(columns))


def _column(source: Random, below: int) -> tuple[int, ...]:
    """SPAN numbers of a level and a noise, as cheaply as they can be had."""
    level = source.randrange(below)
    return tuple([level + noise for noise in source.randbytes(SPAN)])


def _add_round(rows: Rows, period: int, height: int, source: Random) -> None:
    process, label = made_id("round", period), moment_name(period, PERIOD_S)
    _add_process(rows, process, COMMUNITY.contract, f"{COMMUNITY.title} {label}", height, ORDERS)
    price = source.randrange(100_000, 300_000)
    values = {"price_ukwh": price, "lowest_ukwh": 80_000, "highest_ukwh": 320_000, "traded_wh": 10_000}
    COMMUNITY.put_round(rows, period, label=label, phase="settled", period=period, process=process, **values)
    for number in range(ORDERS):
        rows.insert(
            tables.market_orders,
            contract=COMMUNITY.contract,
            round=period,
            item=f"GHome{number}",
            party=f"GHome{number}",
            side="sell" if number % 2 else "buy",
            price_ukwh=source.randrange(80_000, 320_000),
            quantity_wh=source.randrange(1, 2_000),
            matched_wh=0,
        )


def _add_process(
    rows: Rows, process: bytes, contract: str, label: str, height: int, verifications: int
) -> None:
    rows.insert(
        tables.processes,
        process=process,
        contract=contract,
        label=label,
        opened_height=height,
        opened_ms=(FIRST_DAY * SPAN + height - 1) * SLOT_MS,
        last_height=height + SPAN,
        stage="A",
        is_settled=True,
        triggers=1,
        dispatches=1,
        verifications=verifications,
        accountings=1,
    )
