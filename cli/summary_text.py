"""The summary for people."""

import sys
from pathlib import Path

from rich.table import Table

from cli.day_balance import Energy
from cli.output import data, mark
from cli.summary import Summary

KWH = 1_000


def show_summary(summary: Summary, directory: Path) -> None:
    """Print it, and what to try next."""
    data.print(f"\n[bold]{summary.day}, settled[/]\n")
    data.print(facts(summary))
    data.print()
    data.print(energies(summary))
    data.print()
    data.print(payments(summary))
    data.print()
    data.print("[bold]Look around[/] (nothing runs any more; the chains are kept):\n")
    for command in suggestions(summary, directory):
        data.print(f"    {command}", soft_wrap=True, highlight=False)


def facts(summary: Summary) -> Table:
    """Agreement, costs, storage and verification."""
    agreement, costs, storage = summary.agreement, summary.costs, summary.storage
    saved = costs.cost_without_storage - costs.plan_cost
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row(
        "blocks", f"{agreement.blocks} in {agreement.slots} slots, {agreement.transactions} transactions"
    )
    table.add_row(
        "state roots",
        f"{mark(agreement.roots_agree)} all {agreement.nodes} nodes, {agreement.state_root[:16]}...",
    )
    table.add_row("cost, each park alone", f"{costs.cost_alone:,.2f} CNY")
    table.add_row("cost, on one bus", f"{costs.cost_without_storage:,.2f} CNY without storage")
    table.add_row("cost of the plan", f"{costs.plan_cost:,.2f} CNY: the storage saves {saved:,.2f}")
    table.add_row(
        "proven bound", f"{costs.plan_bound:,.2f} CNY: no plan is cheaper by more than {costs.plan_gap:,.6f}"
    )
    table.add_row(
        "storage",
        f"{storage.start_wh / KWH:,.1f} kWh at the start, {storage.end_wh / KWH:,.1f} at the end, "
        f"between {storage.lowest_wh / KWH:,.1f} and {storage.highest_wh / KWH:,.1f}; "
        f"charged {storage.charged_wh / KWH:,.1f}, discharged {storage.discharged_wh / KWH:,.1f}",
    )
    check = summary.verification
    table.add_row(
        "verification", f"plan {check.plan_ms:.1f} ms; the whole chain, from genesis, {check.chain_s:.1f} s"
    )
    return table


def energies(summary: Summary) -> Table:
    """What came and went at every meter, in kWh."""
    table = Table(box=None, pad_edge=False)
    table.add_column("energy, kWh")
    for title in ("generated", "imported", "consumed", "exported", "readings", "balance"):
        table.add_column(title, justify="right")
    for meter in (*summary.parks, summary.bus):
        table.add_row(meter.place, *columns(meter))
    return table


def columns(meter: Energy) -> tuple[str, ...]:
    energies_wh = (meter.generated_wh, meter.imported_wh, meter.consumed_wh, meter.exported_wh)
    return (*(f"{energy / KWH:,.1f}" for energy in energies_wh), str(meter.readings), mark(meter.balanced))


def payments(summary: Summary) -> Table:
    """Who pays and who is paid."""
    table = Table(box=None, pad_edge=False)
    table.add_column("money, CNY")
    table.add_column("pays (+)", justify="right")
    for party, amount in summary.money.bills.items():
        table.add_row(party, f"{amount:,.6f}")
    table.add_row("loss account", f"{summary.money.loss_account:,.6f}")
    table.add_row("sum of all changes", f"{summary.money.sum_of_changes:,.6f} {mark(summary.money.balanced)}")
    return table


def suggestions(summary: Summary, directory: Path) -> tuple[str, ...]:
    called = Path(sys.argv[0])
    program = str(called) if called.name == "gridquorum" else "gridquorum"
    node = f"--dir {directory}/nodes/validator-1"
    return (
        f"{program} explore {directory}/nodes/validator-1",
        f"{program} plan show {node} --day {summary.day}",
        f"{program} plan show {node} --day {summary.day} --json > plan.json",
        f"{program} plan verify plan.json",
        f"{program} chain tdva {summary.settlement} {node}",
        f"{program} chain proof {summary.settlement} {node} --out proof.bin",
        f"{program} chain proposers {node}",
        f"{program} chain check {node}",
    )
