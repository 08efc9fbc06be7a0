"""The summary of a live event for people."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from rich.table import Table

from cli.output import data, fact_table, mark, new_table, shown
from cli.response.event import Share
from cli.response.forgery import Refusal
from cli.response.summary import Summary

KW = 1_000
MICRO = 10**6
MS = 1_000
RESIDUALS_SHOWN = 8


def show_summary(summary: Summary, directory: Path) -> None:
    """Print it."""
    data.print(f"\n[bold]{summary.target_w / KW:+,.3f} kW of injection: asked for, given and settled[/]\n")
    for table in (
        facts(summary),
        stages(summary),
        voltages(summary),
        shares(summary),
        residuals(summary),
        trial(summary),
    ):
        data.print(table)
        data.print()
    data.print(f"The chains and logs of all nodes are kept in {directory}", soft_wrap=True, highlight=False)


def facts(summary: Summary) -> Table:
    """What holds, and what it took."""
    return fact_table((*held(summary), *effort(summary)))


def held(summary: Summary) -> Iterator[tuple[str, str]]:
    """Each with its mark."""
    yield from summary.agreement.facts(summary.money_change)
    lowest_pu, highest_pu = summary.band_pu
    within = (
        f"{lowest_pu:.2f} to {highest_pu:.2f} p.u. in all {len(summary.metered_pu)} readings of the event"
    )
    yield "voltage", f"{mark(summary.voltage_held)} {within}"
    if summary.killed:
        yield "killed", f"{mark(summary.killed_left_out)} {summary.killed}, while it agreed with the others"


def effort(summary: Summary) -> Iterator[tuple[str, str]]:
    """Costs, iterations and messages."""
    convergence, sent = summary.convergence, summary.traffic.values()
    messages, sizes = (sum(each.messages for each in sent), sum(each.message_bytes for each in sent))
    hourly = f"{summary.cost_per_hour:,.4f} CNY an hour, the least for the revealed quotes"
    yield "cost", f"{hourly}; {summary.paid:,.6f} CNY paid for what was metered"
    iterations = f"{len(convergence.residuals)} iterations of ADMM, {convergence.sweeps} sweeps"
    yield "agreement", f"{convergence.rounds} optimisations: {iterations}"
    yield "messages", f"{messages:,} of {sizes:,} bytes, as counted by the nodes that sent them"
    yield "", f"{convergence.messages:,} of {convergence.message_bytes:,} bytes, as the ENO says on the chain"


def stages(summary: Summary) -> Table:
    """When each kind of transaction was made, and how long until its block."""
    table = new_table("transactions", "count", "heights", "made at, s", "to the block, s", "who")
    ordered = sorted(summary.steps, key=lambda step: step.made_ms)
    begin_ms = ordered[0].made_ms
    for (stage, action), group in groupby(ordered, key=lambda step: (step.stage, step.action)):
        steps = list(group)
        heights, made = [step.height for step in steps], [(step.made_ms - begin_ms) / MS for step in steps]
        waited = [step.waited_ms / MS for step in steps]
        who = sorted({step.who for step in steps})
        table.add_row(
            f"{stage or ' '} {action}",
            str(len(steps)),
            span(heights, ""),
            span(made, ".1f"),
            span(waited, ".2f"),
            who[0] if len(who) == 1 else f"{len(who)} members",
        )
    return table


def span(values: list[int] | list[float], form: str) -> str:
    """One value, or the least and the greatest."""
    least, most = format(min(values), form), format(max(values), form)
    return least if least == most else f"{least} to {most}"


def voltages(summary: Summary) -> Table:
    """Where the alarm came from, before and after."""
    table = new_table(f"{summary.alarmed}, p.u.", "without", "as proven", "as metered")
    for row in summary.voltages:
        metered = "" if row.metered_pu is None else f"{row.metered_pu:.5f}"
        table.add_row(row.begin, f"{row.without_pu:.5f}", f"{row.planned_pu:.5f}", metered)
    return table


def shares(summary: Summary) -> Table:
    """What everybody gave, and for how much."""
    columns = ("resource", "kW", "planned kWh", "delivered", "short", "over", "absent", "paid CNY")
    table = new_table(*columns)
    for number, share in enumerate(summary.shares):
        name = f"{number}: {share.owner}, {share.kind}"
        table.add_row(name, f"{share.response_w / KW:,.3f}", *bill_columns(share))
    return table


def bill_columns(share: Share) -> Iterator[str]:
    if share.bill is None:
        return
    bill = share.bill
    for energy_wh in (bill.planned_wh, bill.delivered_wh, bill.short_wh, bill.over_wh):
        yield f"{energy_wh / KW:,.3f}"
    yield str(bill.absent)
    yield f"{bill.payment / MICRO:,.6f}"


def residuals(summary: Summary) -> Table:
    """Some iterations of ADMM, from the first to the last."""
    table = new_table("ADMM iteration", "primal residual, W", "dual residual, CNY/kWh")
    rows = list(enumerate(summary.convergence.residuals, start=1))
    step = max(1, -(-len(rows) // RESIDUALS_SHOWN))
    for number, (primal_w, dual_ukwh) in {**dict(rows[::step]), **dict(rows[-1:])}.items():
        table.add_row(str(number), f"{primal_w:,}", f"{dual_ukwh / MICRO:,.6f}")
    return table


def trial(summary: Summary) -> Table:
    """What the validators said to the dispatch and its forgeries."""
    taken = summary.trial.accepted
    table = new_table("the dispatch", "signed by", "refused", "why")
    table.columns[-1].justify = table.columns[1].justify = "left"
    refused = sum(map(bool, taken.values()))
    table.add_row("as it is", "its sender and the ENO", f"{refused} of {len(taken)}", mark(refused == 0))
    for (change, signed_by), group in groupby(summary.trial.refusals, key=named):
        reasons = [refusal.reason for refusal in group]
        refused = sum(map(bool, reasons))
        why = shown("; ".join(sorted({*reasons})))
        table.add_row(change, signed_by, f"{refused} of {len(reasons)}", f"{mark(all(reasons))} {why}")
    return table


def named(refusal: Refusal) -> tuple[str, str]:
    return refusal.change, refusal.signed_by
