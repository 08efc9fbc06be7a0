"""A community on a running network: four validators and a node with all homes, until its day is settled."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cli.community.network import VALIDATORS, WINDOWS, found_community
from cli.community.summary import summarize
from cli.community.watch import RoundsWatch
from cli.demo import START_UPS, free_endpoints, new_directory
from cli.errors import CommandError, ExitCode
from cli.founding import EPOCH
from cli.live import LiveLine
from cli.network import write_network
from cli.output import report, say
from cli.processes import NodeProcesses, start_up_s
from contracts.community.matching import Mechanism
from ledger.quantities import Period
from studies.community_data import PERIODS, SyntheticCommunity, synthetic_types

POLL_S: Final = 1.0
EVENING_PERIODS: Final = WINDOWS.lead_slots + 2
"""The chain begins so many quarter hours before the day: no round of it falls due before."""

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
    directory = new_directory(out)
    say("starting up")
    begin = datetime.now(UTC) + timedelta(seconds=START_UPS * start_up_s(VALIDATORS + 1))
    midnight = Period((FIRST_DAY - EPOCH) // timedelta(days=1) * PERIODS)
    rounds = range(midnight, midnight + play.rounds)
    network = found_community(
        community=SyntheticCommunity(play.homes, play.percent, play.seed, synthetic_types(play.seed)),
        mechanism=play.mechanism,
        first_period=Period(midnight - EVENING_PERIODS),
        slot_ms=play.slot_ms,
        endpoints=free_endpoints(VALIDATORS + 1),
        now=begin + timedelta(seconds=play.homes / HOMES_FOUNDED_S),
    )
    write_network(directory, network)
    folders = [directory / "nodes" / node.name for node in network.nodes]
    say(f"{play.homes} synthetic homes, {play.slot_ms} ms for a quarter hour, in {directory}")
    _run(folders, rounds)
    summary = summarize(folders, rounds)
    report({**summary.to_plain(), "directory": directory}, as_json)
    if not summary.is_sound:
        raise CommandError("the day does not add up; the summary says where", code=ExitCode.UNVERIFIED)


def _run(folders: list[Path], rounds: range) -> None:
    """Start the nodes, show how they get on, and stop them when all of them have all rounds settled."""
    watch = RoundsWatch(folders, rounds)
    with NodeProcesses() as processes, LiveLine() as live:
        for folder in folders:
            processes.start(folder)
        while not watch.is_over():
            processes.check()
            live.show(watch.line())
            time.sleep(POLL_S)
