"""`gridquorum study`: reproduce what a paper says, and draw it."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CommandError, ExitCode
from cli.output import AsJson, print_json, report, report_rows, say
from cli.progress import progress
from contracts.community.matching import Mechanism
from contracts.pool.matching import Ranking
from studies.community_rules import Foresight, Rules, Storing

app = typer.Typer(help="Reproduce published claims, with tables and figures.", no_args_is_help=True)

SlotMs = Annotated[int, typer.Option(min=500, help="With --live: milliseconds a quarter hour.")]

# Each imports its study when it runs: they bring the plotting along.


def check_options(
    context: typer.Context, live: bool, *, not_live: Sequence[str], only_live: Sequence[str]
) -> None:
    """Raises CommandError for an option that was given and would be ignored."""
    for name in not_live if live else only_live:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            problem = f"{option} has no meaning {'with' if live else 'without'} --live"
            raise CommandError(problem, code=ExitCode.USAGE)


@app.command()
def poe(
    heights: Annotated[int, typer.Option(min=100, help="How many heights; eight weeks by default.")] = 5_376,
    seed: Annotated[int, typer.Option(min=0, help="Names the run; the same seed gives the same run.")] = 1,
    figure: Annotated[Path, typer.Option("--figure", help="Where to draw the result.")] = Path("poe.svg"),
    as_json: AsJson = False,
) -> None:
    """Proof of energy: shares of proposals against shares of energy, hits a height, waits for a turn."""
    from studies import poe as study

    with progress("heights", heights) as advance:
        done = study.run(seed, heights, advance)
    rows, fit = [asdict(row) for row in study.rows_of(done)], asdict(study.fit_of(done))
    if as_json:
        print_json({"members": rows, **fit})
    else:
        report_rows(rows, as_json)
        report(fit, as_json)
    study.draw(done, figure)
    say(f"drawn in {figure}")


@app.command()
def response(
    context: typer.Context,
    network: Annotated[
        str, typer.Option(help="six, cigre-lv, kerber-village, simbench-1-LV-semiurb4--2-sw and the like.")
    ] = "six",
    seed: Annotated[int, typer.Option(min=0, help="Names the run; the same seed gives the same run.")] = 1,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="One event on the six nodes: four validators, six owners, ten processes."
        ),
    ] = False,
    kill: Annotated[
        str, typer.Option(metavar="OWNER", help="With --live: whose process is killed in mid-ADMM.")
    ] = "",
    instructions: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="With --live: what the operator is asked for, in columns begins,periods,target_w.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Directory for figures and manifest; with --live a new one for all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Demand response: a day on a network, before and after its events, against curtailing alone.

    With --live an event as it happens, from the alarm to the settlement; fails unless everything holds.
    """
    check_options(context, live, not_live=("seed",), only_live=("kill", "instructions"))
    if live and network != "six":
        raise CommandError("--live plays the network of six nodes", code=ExitCode.USAGE)
    if live:
        from cli.response.live import play_event

        play_event(out, kill, instructions, as_json)
    else:
        from cli.response.day import study_day

        study_day(network, seed, out, as_json)


@app.command()
def community(
    context: typer.Context,
    homes: Annotated[int, typer.Option(min=20, help="How many; 100,000 take minutes a scenario.")] = 1_000,
    percent: Annotated[int, typer.Option(min=1, max=99, help="Of the homes, those that generate.")] = 30,
    days: Annotated[int, typer.Option(min=1, help="How long; a month by default.")] = 30,
    mechanism: Annotated[Mechanism, typer.Option(help="How orders become trades.")] = Mechanism.AUCTION,
    foresight: Annotated[Foresight, typer.Option(help="What homes know when they order.")] = (
        Foresight.PERFECT
    ),
    storing: Annotated[Storing, typer.Option(help="Whom a home's battery serves.")] = Storing.SHARED,
    ausgrid: Annotated[
        Path | None, typer.Option(help="Ausgrid's CSV of solar homes, to take the homes' types from.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Names the run; the same seed gives the same run.")] = 1,
    live: Annotated[
        bool, typer.Option("--live", help="A day on four validators and a node with all homes' agents.")
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, max=96, help="With --live: rounds from midnight on.")] = 96,
    slot_ms: SlotMs = 4_000,
    out: Annotated[
        Path | None, typer.Option(help="Directory for figures, tables and manifest; with --live a new one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Neighbours that trade: power and cost by size and share of generators, beside a central utility.

    With --live a day on a running network; fails unless every round is settled and everything adds up.
    """
    not_live = ("days", "foresight", "storing", "ausgrid")
    check_options(context, live, not_live=not_live, only_live=("rounds", "slot_ms"))
    if live:
        from cli.community.live import Play, play_day

        play_day(Play(homes, percent, seed, mechanism, rounds, slot_ms), out, as_json)
    else:
        from cli.community.study import study_community
        from studies.ausgrid import read_types
        from studies.community import Scenario
        from studies.community_data import synthetic_types

        types = synthetic_types(seed) if ausgrid is None else read_types(ausgrid)
        rules = Rules(mechanism, foresight, storing)
        scenario = Scenario(homes, percent, days, seed, types, rules)
        study_community(scenario, ausgrid, out or Path("community"), as_json)


@app.command()
def capacity(
    context: typer.Context,
    owners: Annotated[int, typer.Option(min=1, help="Batteries.")] = 80,
    buyers: Annotated[int, typer.Option(min=1, help="Those who need storage.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Names the run; the same seed gives the same run.")] = 1,
    live: Annotated[
        bool, typer.Option("--live", help="One window: four validators, six traders, ten processes.")
    ] = False,
    slot_ms: SlotMs = 2_000,
    out: Annotated[
        Path | None, typer.Option(help="Directory for figures, tables and manifest; with --live a new one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Capacity rights: a day of windows cleared, delivered and paid, and what shading a bid would gain.

    With --live a window on a running network, in which one trader does not reveal, one does not pay and one
    delivers too little; fails unless everything holds.
    """
    check_options(context, live, not_live=("owners", "buyers", "seed"), only_live=("slot_ms",))
    if live:
        from cli.capacity.live.live import play_window

        play_window(out, slot_ms, as_json)
    else:
        from cli.capacity.study import study_capacity

        study_capacity(owners, buyers, seed, out, as_json)


@app.command()
def storage(
    seed: Annotated[int, typer.Option(min=0, help="Names the shares; the same seed deals the same.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Directory for figures, tables and manifest.")] = None,
    as_json: AsJson = False,
) -> None:
    """A shared storage: what five sizes of it save three parks, proven, beside what the paper prints."""
    from cli.storage_study import study_storage

    study_storage(seed, out, as_json)


@app.command()
def pool(
    context: typer.Context,
    suppliers: Annotated[int, typer.Option(min=1, help="Of each carrier.")] = 12,
    consumers: Annotated[int, typer.Option(min=1, help="Of each carrier.")] = 25,
    ranking: Annotated[Ranking, typer.Option(help="By what offers are ranked.")] = Ranking.VALUE,
    seed: Annotated[int, typer.Option(min=0, help="Names the run; the same seed gives the same run.")] = 1,
    live: Annotated[
        bool,
        typer.Option("--live", help="Twelve quarter hours: four validators, a platform, five parties."),
    ] = False,
    slot_ms: SlotMs = 2_000,
    out: Annotated[
        Path | None, typer.Option(help="Directory for figures, tables and manifest; with --live a new one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Electricity, heat, cold and gas: a district's day of bidding cycles and pools, by two rankings.

    With --live three hours on a running network with a storage and a silent meter; fails unless everything
    holds.
    """
    not_live = ("suppliers", "consumers", "ranking", "seed")
    check_options(context, live, not_live=not_live, only_live=("slot_ms",))
    if live:
        from cli.pool.live.live import play_intervals

        play_intervals(out, slot_ms, as_json)
    else:
        from cli.pool.study import study_pool

        study_pool(suppliers, consumers, ranking, seed, out, as_json)
