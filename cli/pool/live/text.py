"""The summary of a live pool for people."""

from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from cli.founding import time_of
from cli.output import data, fact_table, mark, new_table
from cli.pool.live.cast import CAST
from cli.pool.live.market import Way
from cli.pool.live.summary import Summary
from contracts.metering.readings import Carrier
from contracts.pool.records import Phase

MICRO = 10**6
NANO = 10**9


def show_summary(summary: Summary, directory: Path) -> None:
    """Print it."""
    first, *_, last = summary.intervals
    span = f"from {time_of(first.period)} to the quarter hour of {time_of(last.period)}"
    data.print(f"\n[bold]Four carriers {span}: bid for, pooled, delivered and settled[/]\n")
    for table in (
        fact_table(facts(summary)),
        intervals(summary),
        carriers(summary),
        seats(summary),
        money(summary),
    ):
        data.print(table)
        data.print()
    data.print("[bold]Look around[/] (nothing runs any more; the chains are kept):\n")
    node = f"--dir {directory}/nodes/validator-1"
    for command in (f"why {first.period} offices", f"export {last.period} {directory}/tables"):
        data.print(f"    gridquorum pool {command} {node}", soft_wrap=True, highlight=False)


def facts(summary: Summary) -> Iterator[tuple[str, str]]:
    """What holds."""
    yield from summary.agreement.facts(summary.money_change)
    yield "", f"{mark(summary.money_explained)} balances changed by the bills below; escrows are empty"
    cycles = sum(row.cycles for row in summary.intervals)
    each = f"{cycles} cycles of {summary.cycle_slots:.1f} slots"
    settled = sum(row.phase == Phase.SETTLED.value for row in summary.intervals)
    of_all = f"{settled} of {len(summary.intervals)}"
    yield "intervals", f"{mark(summary.is_settled)} {of_all} traded and settled, after {each}"
    yield "energy", f"{mark(summary.energy_balanced)} everybody is billed for what it traded, to the Wh"
    yield "ways", f"{mark(summary.ways_used)} between two, out of the pool, into a storage and out of it"
    silent = ", ".join(f"{row.name}'s {row.carrier}" for row in summary.silent)
    yield "silent meter", f"{mark(summary.silence_billed)} {silent}: billed as the most that it could tell"


def intervals(summary: Summary) -> Table:
    """What each interval traded, and how."""
    table = new_table("interval", "cycles", *(f"{way.value}, Wh" for way in Way), "then")
    for row in summary.intervals:
        energies = [summary.energy_wh(period=row.period, way=way.value) for way in Way]
        table.add_row(time_of(row.period), f"{row.cycles}", *(f"{wh:,}" for wh in energies), row.phase)
    return table


def carriers(summary: Summary) -> Table:
    """The same by carrier."""
    table = new_table("carrier", *(f"{way.value}, Wh" for way in Way))
    for carrier in Carrier:
        energies = [summary.energy_wh(carrier=carrier.value, way=way.value) for way in Way]
        table.add_row(carrier.value, *(f"{wh:,}" for wh in energies))
    return table


def seats(summary: Summary) -> Table:
    """What each party traded of each carrier, what its meter said, and what it pays."""
    columns = ("carrier", "bought (+), Wh", "readings", "of the network, Wh", "fees, CNY", "bill, CNY")
    table = new_table("pays (+), is paid (-)", *columns)
    for row in summary.seats:
        table.add_row(
            row.name,
            row.carrier,
            f"{row.bought_wh:+,}",
            f"{row.readings}",
            f"{row.network_wh:+,}",
            f"{row.fees_nano / NANO:,.6f}",
            f"{row.amount / MICRO:+,.6f}",
        )
    return table


def money(summary: Summary) -> Table:
    """Whose balance changed by how much."""
    table = new_table("the whole chain", "bills, CNY", "paid, CNY", "who")
    table.columns[-1].justify = "left"
    plays = {player.name: player.plays for player in CAST}
    for row in summary.money:
        who = plays.get(row.name, "the network's owner: all that the others leave")
        table.add_row(row.name, f"{row.billed / MICRO:+,.6f}", f"{row.paid / MICRO:+,.6f}", who)
    return table
