"""`gridquorum plan`: show the storage's plan of a day, and check a plan exactly."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.dispatch_day import DispatchDay, date_of, find_day
from cli.errors import CommandError, ExitCode
from cli.node_directory import HERE, NodeDirectory, open_chain
from cli.output import AsJson, data, print_json, report, report_rows
from cli.plan_file import Judgement, PlanFile, judge, read_plan, to_plain
from contracts.dispatch.model import Plan, Problem, states_of_charge, storage_flows

app = typer.Typer(help="Show and check dispatch plans.", no_args_is_help=True)

NANO = 10**9
DayOption = Annotated[str, typer.Option("--day", help="The UTC day, as 2016-06-08; by default the newest.")]


@app.command()
def show(day: DayOption = "", directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Show the plan that stands for a day; with --json, as a file that `plan verify` takes."""
    with open_chain(directory) as store:
        found = find_day(store, day)
        file = found.plan_file(store, found.newest_revision())
    if as_json:
        print_json(to_plain(file))
        return
    report(describe(found, file, judge(file)), as_json)
    data.print()
    report_rows(table(file.problem, file.plan), as_json)


@app.command()
def verify(
    path: Annotated[
        Path | None, typer.Argument(help="A plan from `plan show --json`; without it, the chain's own.")
    ] = None,
    day: DayOption = "",
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Take the problem from this node's chain, not from the file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a plan and its certificate in exact integers; if it fails, name what, exit with 6."""
    if path is None:
        file = chain_plan(directory or HERE, day)
    else:
        file = read_plan(path)
        if directory is not None:
            check_problem(path, file, directory)
    judgement = judge(file)
    report({"verified": True, **costs(judgement)}, as_json)


def check_problem(path: Path, file: PlanFile, directory: Path) -> None:
    """That a file's problem is the one that the chain knows of the same day. Raises CommandError."""
    with open_chain(directory) as store:
        found = find_day(store, date_of(store.genesis.day(file.problem.first_period)))
        if file.problem != found.problem(found.newest_revision()):
            problem = f"{path} solves another problem than the chain's of {found.date}"
            raise CommandError(problem, code=ExitCode.UNVERIFIED)


def chain_plan(directory: Path, day: str) -> PlanFile:
    """The plan that stands on a node's chain."""
    with open_chain(directory) as store:
        found = find_day(store, day)
        return found.plan_file(store, found.newest_revision())


def describe(day: DispatchDay, file: PlanFile, judgement: Judgement) -> dict[str, Any]:
    revision = day.newest_revision()
    record = day.plan(revision)
    return {
        "day": day.date,
        "phase": day.record.phase.value,
        "model": file.problem.model,
        "revision": revision,
        "transaction": record.tx_id,
        "proven": record.is_proven,
        **costs(judgement),
    }


def costs(judgement: Judgement) -> dict[str, int]:
    """Exact, in billionths of the currency."""
    return {
        "cost_nano": judgement.cost_nano,
        "bound_nano": judgement.bound_nano,
        "gap_nano": judgement.gap_nano,
    }


def table(problem: Problem, plan: Plan) -> list[dict[str, Any]]:
    """The plan over all sites, a row a period; the state of charge at its end."""
    charged, discharged = storage_flows(plan)
    sums = {
        name: [sum(values) for values in zip(*(getattr(site, name) for site in plan.sites), strict=True)]
        for name in ("buy_wh", "sell_wh", "curtail_wh")
    }
    units = problem.storage.units_per_wh
    return [
        {
            "period": problem.first_period + index,
            "net_wh": sum(site.net_wh[index] for site in problem.sites),
            **{name: values[index] for name, values in sums.items()},
            "charge_wh": charged[index],
            "discharge_wh": discharged[index],
            "stored_wh": state // units,
        }
        for index, state in enumerate(states_of_charge(problem, plan))
    ]
