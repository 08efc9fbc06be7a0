"""`gridquorum demo`: a whole energy day on this machine, end to end, in under two minutes."""

import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.day_watch import DayWatch
from cli.dispatch_network import PROFILES_NAME, found_dispatch_network
from cli.errors import CommandError, ExitCode
from cli.files import read, write_new
from cli.founding import EPOCH, Endpoint, Endpoints
from cli.live import LiveLine
from cli.market import Turns
from cli.network import write_network
from cli.output import AsJson, print_json, say
from cli.processes import NodeProcesses, free_ports, start_up_s
from cli.summary import summarize
from cli.summary_text import show_summary
from cli.testnet import Model, ProfilesFile, Proposers, TariffFile
from ledger.quantities import Day
from studies.profiles import PARK_DAY, TARIFF, load_profiles, load_tariff

VALIDATORS = 4
DISK_BYTES = 200 * 2**20
POLL_S = 0.25
START_UPS = 1.5
"""The chain begins after so many times what the nodes need to start, so that no slot passes without them."""


def demo(
    profiles: ProfilesFile = PARK_DAY,
    tariff: TariffFile = TARIFF,
    model: Model = "pooled",
    proposers: Proposers = Turns.ROTATION,
    slot_ms: Annotated[
        int, typer.Option(min=200, max=10_000, help="Milliseconds a slot, which is a quarter hour of energy.")
    ] = 650,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new folder to keep it in; by default a temporary one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a committee, three microgrids and their storage for a day; fail unless everything adds up."""
    known, prices = load_profiles(profiles), load_tariff(tariff)
    directory = new_directory(out)
    say("starting up")
    begin = datetime.now(UTC) + timedelta(seconds=START_UPS * start_up_s(VALIDATORS + 1))
    network = found_dispatch_network(
        name="demo",
        validators=VALIDATORS,
        profiles=known,
        tariff=prices,
        model=model,
        slot_ms=slot_ms,
        endpoints=free_endpoints(VALIDATORS + 1),
        now=begin,
        turns=proposers,
    )
    write_network(directory, network)
    folders = [directory / "nodes" / node.name for node in network.nodes]
    write_new(folders[-1] / PROFILES_NAME, read(profiles))
    day = Day((known.first_day - EPOCH) // timedelta(days=1))
    say(f"{len(folders)} processes, {slot_ms} ms for a quarter hour, in {directory}")
    run_day(folders, day)
    summary = summarize(folders, day, known)
    if as_json:
        print_json({**summary.to_plain(), "directory": directory})
    else:
        show_summary(summary, directory)
    if not summary.is_sound:
        raise CommandError("the day does not add up; the summary says where", code=ExitCode.UNVERIFIED)


def run_day(folders: list[Path], day: Day) -> None:
    """Start the nodes, show how they get on, and stop them when all of them have the settled day."""
    watch = DayWatch(folders, day)
    with NodeProcesses() as processes, LiveLine() as live:
        for folder in folders:
            processes.start(folder)
        while not watch.is_over():
            processes.check()
            live.show(watch.line())
            time.sleep(POLL_S)


def new_directory(out: Path | None, name: str = "demo") -> Path:
    """A folder that is not there yet, on a disk with room. Raises CommandError."""
    if out is not None and out.exists():
        raise CommandError(f"{out} exists already", remedy="choose a folder that does not exist")
    directory = out or Path(tempfile.mkdtemp(prefix=f"gridquorum-{name}-"))
    directory.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(directory).free
    if free < DISK_BYTES:
        raise CommandError(f"{directory} has {free} bytes free", remedy=f"make room for {DISK_BYTES} bytes")
    return directory


def free_endpoints(nodes: int) -> Endpoints:
    """Ports that are free now, so that demonstrations do not disturb each other or anything else."""
    ports = free_ports(2 * nodes)

    def endpoint(place: int, _name: str) -> Endpoint:
        listen = f"127.0.0.1:{ports[2 * place]}"
        return Endpoint(listen, listen, f"127.0.0.1:{ports[2 * place + 1]}")

    return endpoint
