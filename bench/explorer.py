"""How long the index takes for each question of the explorer's views, over a year of quarter hours."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any, Final

from sqlalchemy import Connection

from bench.year import FIRST_DAY, STORAGE_METER, Year, made_id
from explorer.index.database import Index
from explorer.index.queries.alerts import alerts
from explorer.index.queries.blocks import blocks
from explorer.index.queries.dispatch import days, flows
from explorer.index.queries.markets import book, markets, rounds
from explorer.index.queries.members import members
from explorer.index.queries.meters import meters
from explorer.index.queries.overview import overview
from explorer.index.queries.page import write_cursor
from explorer.index.queries.processes import lanes, processes
from explorer.index.queries.readings import readings
from explorer.index.queries.search import search
from explorer.index.queries.storage import storage
from explorer.index.queries.transactions import Filter, transactions
from explorer.index.queries.validators import attendance
from explorer.index.series import SPAN

AIM_MS: Final = 200
TIMES: Final = 5
"""The least of so many: other work on the machine only adds to them."""

Question = Callable[[Connection], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A question: how long it takes when it is put for the first time, and the fastest of several; and what
    work that is for the processor, whatever else it does (of the database's own process: without it)."""

    view: str
    question: str
    first_ms: float
    best_ms: float
    processor_ms: float
    within: bool
    """Of the aim, by the best."""


def run(index: Index, year: Year) -> Iterator[Row]:
    """A row for every question, as soon as it is measured."""
    for view, question, ask in questions(year):
        times = [_measured(index, ask) for _ in range(TIMES)]
        best_ms, processor_ms = (round(min(column), 1) for column in zip(*times, strict=True))
        yield Row(view, question, round(times[0][0], 1), best_ms, processor_ms, best_ms < AIM_MS)


def questions(year: Year) -> list[tuple[str, str, Question]]:
    """What the nine views and the search ask."""
    first, middle = FIRST_DAY * SPAN, (FIRST_DAY + year.days // 2) * SPAN
    last, meter = first + year.blocks - 1, year.addresses[year.meters // 2]
    deep = write_cursor((year.blocks // 2,))
    wanted = made_id("transaction", year.blocks // 2, 0).hex()
    return [
        ("overview", "all of it", overview),
        ("overview", "members", members),
        ("blocks", "newest", blocks),
        ("blocks", "half a year ago", lambda c: blocks(c, cursor=deep)),
        ("blocks", "transactions, newest", transactions),
        ("blocks", "of a sender", lambda c: transactions(c, which=Filter(sender=meter))),
        ("blocks", "that failed", lambda c: transactions(c, which=Filter(ok=False))),
        (
            "blocks",
            "of a contract, failed",
            lambda c: transactions(c, which=Filter(contract="dispatch", ok=False)),
        ),
        ("blocks", "of a stage that has none", lambda c: transactions(c, which=Filter(stage="T"))),
        ("blocks", "search a hash", lambda c: search(c, wanted)),
        ("blocks", "search the beginning of one", lambda c: search(c, wanted[:6])),
        ("blocks", "search a name", lambda c: search(c, "member 77")),
        ("chain", "processes, newest", processes),
        ("chain", "of a contract", lambda c: processes(c, contract="dispatch")),
        ("chain", "lanes of a day", lambda c: lanes(c, made_id("day", year.days // 2))),
        ("validators", "newest 120", lambda c: attendance(c, None, None)),
        ("validators", "a year in 400 columns", lambda c: attendance(c, 1, None, 400)),
        ("dispatch", "days", days),
        ("dispatch", "a day", lambda c: flows(c, middle, middle + SPAN - 1)),
        ("dispatch", "a year", lambda c: flows(c, first, last)),
        ("storage", "a year", lambda c: storage(c, STORAGE_METER, first, last)),
        ("storage", "a year, 2,000 points", lambda c: storage(c, STORAGE_METER, first, last, 2_000)),
        ("markets", "all", markets),
        ("markets", "rounds", lambda c: rounds(c, "community")),
        ("markets", "a round", lambda c: book(c, "community", middle)),
        ("network", "meters", lambda c: meters(c, limit=200)),
        ("network", "a meter's week", lambda c: readings(c, meter, middle, middle + 7 * SPAN - 1)),
        ("network", "a meter's year", lambda c: readings(c, meter, first, last)),
        ("alerts", "open", lambda c: alerts(c, 1)),
    ]


def _measured(index: Index, ask: Question) -> tuple[float, float]:
    """Milliseconds by the clock, and of the processor."""
    begin, busy = perf_counter(), process_time()
    with index.read() as connection:
        ask(connection)
    return 1_000 * (perf_counter() - begin), 1_000 * (process_time() - busy)
