"""The summary of a live window for people."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from cli.capacity.live.network import PERIODS
from cli.capacity.live.summary import Summary
from cli.founding import time_of
from cli.output import data, fact_table, mark, new_table
from contracts.capacity.bids import Side
from ledger.quantities import Period

MICRO = 10**6


def show_summary(summary: Summary, directory: Path) -> None:
    """Print it."""
    hour = f"{time_of(summary.first_period)} to {time_of(Period(summary.first_period + PERIODS))}"
    data.print(f"\n[bold]Capacity from {hour}: sealed, cleared, delivered and {summary.phase}[/]\n")
    for table in (
        fact_table(facts(summary)),
        bids(summary),
        rights(summary),
        payments(summary),
        money(summary),
    ):
        data.print(table)
        data.print()
    data.print("[bold]Look around[/] (nothing runs any more; the chains are kept):\n")
    options = f"--window {summary.window} --dir {directory}/nodes/validator-1"
    for command in ("why dairy", f"export {directory}/tables"):
        data.print(f"    gridquorum capacity {command} {options}", soft_wrap=True, highlight=False)


def facts(summary: Summary) -> Iterator[tuple[str, str]]:
    """What holds."""
    yield from summary.agreement.facts(summary.money_change)
    yield (
        "",
        f"{mark(summary.money_explained)} every balance changed by what is told below; no escrow holds any",
    )
    yield "price", f"{currency(summary.price_ukwh or 0)} CNY/kWh for all {summary.traded_wh(Side.SELL):,} Wh"
    yield "energy", f"{mark(summary.energy_paid)} sellers were paid for just what they delivered, as it came"
    losers = ", ".join(sorted(summary.losers))
    yield "bonds, deposits", f"{mark(summary.culprits_lost)} lost by those who broke their word: {losers}"
    yield "resale", f"{mark(summary.right_resold)} a right was delivered to its second buyer"


def bids(summary: Summary) -> Table:
    """What became of each bid and its bond."""
    table = new_table("bid", "side", "at most, Wh", "revealed", "traded, Wh", "bond, CNY", "lost, CNY", "who")
    table.columns[-1].justify = "left"
    for bid in summary.bids:
        revealed = "yes" if bid.is_revealed else "no"
        bond, lost = currency(bid.bond), currency(bid.bond_lost)
        traded = f"{bid.traded_wh:,}"
        table.add_row(bid.name, bid.side, f"{bid.bound_wh:,}", revealed, traded, bond, lost, bid.conduct)
    return table


def rights(summary: Summary) -> Table:
    """What became of each right and its deposits."""
    table = new_table(
        "right",
        "seller",
        "buyer",
        "holder",
        "Wh",
        "delivered",
        "paid, CNY",
        "back",
        "seller lost",
        "buyer lost",
    )
    for right in summary.rights:
        amounts = (right.paid, right.refunded, right.seller_lost, right.buyer_lost)
        table.add_row(
            f"{right.number}" if right.is_final else f"{right.number}, void",
            right.obligor,
            right.buyer,
            right.holder,
            f"{right.quantity_wh:,}",
            f"{right.delivered_wh:,}",
            *map(currency, amounts),
        )
    return table


def payments(summary: Summary) -> Table:
    """What sellers were paid with the reading of each quarter hour, by right."""
    periods = [Period(summary.first_period + place) for place in range(PERIODS)]
    paid: dict[int, dict[int, int]] = defaultdict(dict)
    for delivery in summary.deliveries:
        paid[delivery.right][delivery.period] = delivery.payment
    table = new_table("paid with the reading of", *map(time_of, periods))
    for right, by_period in sorted(paid.items()):
        table.add_row(f"right {right}, CNY", *(currency(by_period.get(period, 0)) for period in periods))
    return table


def money(summary: Summary) -> Table:
    """Whose balance changed by how much, and for what."""
    table = new_table("received (+), paid (-), CNY", "energy", "resale", "deposits", "bonds", "balance")
    for row in summary.money:
        table.add_row(row.name, *(f"{part / MICRO:+,.6f}" for part in (*row.parts, row.change)))
    return table


def currency(millionths: int) -> str:
    return f"{millionths / MICRO:,.6f}"
