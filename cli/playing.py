"""A market played on nodes of this machine, for all that is shown live: when its chain begins, how long its
nodes run, and how it ends."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from cli.errors import CommandError, ExitCode
from cli.founding import Endpoint, Endpoints
from cli.live import LiveLine
from cli.output import print_json, say
from cli.processes import NodeProcesses, free_ports, start_up_s

DISK_BYTES: Final = 200 * 2**20
POLL_S: Final = 0.25
START_UPS: Final = 1.5
"""The chain begins after so many times what the nodes need to start, so that no slot passes without them."""


class Watch(Protocol):
    """Looks at running nodes from outside."""

    def is_over(self) -> bool:
        """Look once: whether all is done. Raises CommandError if it never will be."""

    def line(self) -> str:
        """How far it is."""


class Summary(Protocol):
    """What a run came to."""

    @property
    def is_sound(self) -> bool:
        """Whether everything that must hold does."""

    def to_plain(self) -> dict[str, Any]:
        """For JSON."""


SomeSummary = TypeVar("SomeSummary", bound=Summary)


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


def when_started(nodes: int) -> datetime:
    """When so many nodes will have started, from now on."""
    say("starting up")
    return datetime.now(UTC) + timedelta(seconds=START_UPS * start_up_s(nodes))


def run_nodes(folders: Iterable[Path], watch: Watch) -> None:
    """Start the nodes, show how they get on, and stop them when all is over. Raises CommandError."""
    with NodeProcesses() as processes, LiveLine() as live:
        for folder in folders:
            processes.start(folder)
        while not watch.is_over():
            processes.check()
            live.show(watch.line())
            time.sleep(POLL_S)


def conclude(
    summary: SomeSummary, directory: Path, as_json: bool, show: Callable[[SomeSummary, Path], None]
) -> None:
    """Report what a run came to. Raises CommandError unless everything holds."""
    if as_json:
        print_json({**summary.to_plain(), "directory": directory})
    else:
        show(summary, directory)
    if not summary.is_sound:
        raise CommandError("not everything holds; the summary says what", code=ExitCode.UNVERIFIED)
