"""A community on a running network: four validators and a node with all homes, until its day is settled."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from cli.chain_watch import MarketWatch
from cli.community.network import VALIDATORS, WINDOWS, found_community
from cli.community.summary import Summary, summarize
from cli.community.watch import rounds_progress
from cli.errors import CommandError, ExitCode
from cli.founding import EPOCH
from cli.network import write_network
from cli.output import report, say
from cli.playing import conclude, free_endpoints, new_directory, run_nodes, when_started
from contracts.community.matching import Mechanism
from ledger.quantities import Period
from studies.community_data import PERIODS, SyntheticCommunity, synthetic_types

EVENING_PERIODS: Final = WINDOWS.lead_slots + 2
"""The chain begins so many quarter hours before the day: no round of it falls due before."""

HOMES_MAX: Final = 500
AFTERWARDS_PERIODS: Final = 60
"""So many quarter hours after the last round all are settled, or never will be."""

HOMES_FOUNDED_S: Final = 20
"""Homes whose keys and certificates are made, and read, in a second."""

FIRST_DAY: Final = datetime(2012, 11, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Play:
    """A community and its day: so many rounds from midnight on."""

    homes: int
    percent: int
    seed: int
    mechanism: Mechanism
    rounds: int
    slot_ms: int


def play_day(play: Play, out: Path | None, as_json: bool) -> None:
    """What `study community --live` does. Raises CommandError unless everything holds."""
    if play.homes > HOMES_MAX:
        raise CommandError(
            f"one node hosts the agents of all homes: --live plays {HOMES_MAX} at the most",
            remedy="choose fewer with --homes",
            code=ExitCode.USAGE,
        )
    directory = new_directory(out)
    midnight = Period((FIRST_DAY - EPOCH) // timedelta(days=1) * PERIODS)
    rounds = range(midnight, midnight + play.rounds)
    network = found_community(
        community=SyntheticCommunity(play.homes, play.percent, play.seed, synthetic_types(play.seed)),
        mechanism=play.mechanism,
        first_period=Period(midnight - EVENING_PERIODS),
        slot_ms=play.slot_ms,
        endpoints=free_endpoints(VALIDATORS + 1),
        now=when_started(VALIDATORS + 1) + timedelta(seconds=play.homes / HOMES_FOUNDED_S),
    )
    folders = write_network(directory, network)
    say(f"{play.homes} synthetic homes, {play.slot_ms} ms for a quarter hour, in {directory}")
    until = network.genesis.slot_of(Period(rounds[-1] + AFTERWARDS_PERIODS))
    run_nodes(folders, MarketWatch(folders, partial(rounds_progress, rounds), until))
    conclude(summarize(folders, rounds), directory, as_json, show)


def show(summary: Summary, directory: Path) -> None:
    """A line for each of its figures."""
    report({**summary.to_plain(), "directory": directory}, as_json=False)
