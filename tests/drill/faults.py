"""The faults, each as what breaks, how long, and what mends it."""

import os
import random
import re
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.certification import REASONS, Revocation
from node.config import CONFIG_NAME
from tests.drill.nodes import (
    ACTIVATION_BLOCKS,
    FAKETIME,
    GUEST,
    NAMES,
    OWN_CLOCK,
    SMALL_DISK,
    VALIDATORS,
    Nodes,
)
from tests.drill.operators import Unmet, decide, send, settle, until

Act = Callable[[Nodes], None]

FIRST, SECOND, LAST = VALIDATORS[0], VALIDATORS[1], VALIDATORS[3]
TEN_MINUTES_S: Final = 600
POLL_S: Final = 0.05
END_S: Final = 30.0
"""Within which a node must end that cannot go on."""
KILLS: Final = 10
KILLED_SHARE: Final = 0.3
BETWEEN_KILLS_S: Final = (0.5, 3.0)
LOG_TAIL: Final = 4_096
JUDGED_S: Final = 30.0
CUT_S: Final = 10.0
QUORUM: Final = 3
VOTING_BLOCKS: Final = 20
HOLD_BACK: Final = "\n[chain]\nblock_version_max = 1\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that happens to the nodes, and is over after a while."""

    says: str
    strike: Act
    heal: Act
    lasts_s: float = 6.0
    needs: tuple[tuple[bool, str], ...] = ()
    """What must be there, and what to do if it is not."""


def killed(*names: str) -> Fault:
    return Fault(
        f"kill -9 of {_listed(names)}",
        lambda nodes: nodes.kill(*names),
        lambda nodes: nodes.start(*names),
    )


def paused(*names: str) -> Fault:
    return Fault(
        f"{_listed(names)} stopped in its tracks (SIGSTOP)",
        lambda nodes: nodes.signal(signal.SIGSTOP, *names),
        lambda nodes: nodes.signal(signal.SIGCONT, *names),
    )


def cut_off(says: str, *names: str, one_way: bool = False) -> Fault:
    """These nodes are parted from all others; `one_way`: they are heard, and hear nothing."""

    def strike(nodes: Nodes) -> None:
        others = [name for name in NAMES if name not in names]
        for name in names:
            (nodes.lan.deafen if one_way else nodes.lan.cut)(name, others)

    return Fault(says, strike, lambda nodes: _heal_links(nodes, *names), lasts_s=8.0)


def wrong_clock(says: str, offset_s: int, *, running: bool) -> Fault:
    """A clock that is off from the start of the process on, or is set while it runs."""

    def strike(nodes: Nodes) -> None:
        if not running:
            nodes.kill(OWN_CLOCK)
        nodes.set_clock(offset_s)
        if not running:
            nodes.start(OWN_CLOCK)
        until(lambda: abs(_clock_offset_ms(nodes)) > 900 * abs(offset_s), JUDGED_S, "the clock is not off")

    needs = (bool(FAKETIME), "install Debian's libfaketime, or leave out the clocks")
    return Fault(says, strike, lambda nodes: nodes.set_clock(0), lasts_s=8.0, needs=(needs,))


def kill_proposer(nodes: Nodes) -> None:
    """The one whose turn is next, just when the block before it is there."""
    with nodes.client(NAMES[-1]) as client:
        height = int(client.head()["height"])
        while int(client.head()["height"]) == height:
            time.sleep(POLL_S)
        proposer = VALIDATORS[(int(client.head()["height"]) + 1) % len(VALIDATORS)]
    nodes.kill(proposer)


def kill_at_random(nodes: Nodes) -> None:
    """Again and again, whichever, at whatever it is doing; most of the time there is no quorum."""
    chance = random.Random()
    for _ in range(KILLS):
        nodes.kill(*[name for name in NAMES if nodes.is_running(name) and chance.random() < KILLED_SHARE])
        start_missing(nodes)
        time.sleep(chance.uniform(*BETWEEN_KILLS_S))


def start_missing(nodes: Nodes) -> None:
    nodes.start(*[name for name in NAMES if not nodes.is_running(name)])


def slow_down(nodes: Nodes) -> None:
    for name in (FIRST, SECOND):
        nodes.lan.slow_down(name)


def fill_disk(nodes: Nodes) -> None:
    """Until the node has ended, by itself and with a reason."""
    disk = nodes.home(SMALL_DISK) / "data"
    with _ballast(nodes).open("wb") as file:
        free = os.statvfs(disk)
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize)
    wait_for_end(nodes, SMALL_DISK, "No space left|disk is full")


def free_disk(nodes: Nodes) -> None:
    _ballast(nodes).unlink()
    start_missing(nodes)


def wipe(nodes: Nodes) -> None:
    """All that the node ever wrote is gone, its votes too."""
    nodes.kill(LAST)
    shutil.rmtree(nodes.home(LAST) / "data")


def rejoin(nodes: Nodes) -> None:
    """As the operator's page says: the key signs nothing until its old votes cannot matter any more."""
    given = nodes.folder / "given"
    given.mkdir()
    for name in ("genesis.json", "node.crt"):
        (nodes.home(LAST) / name).rename(given / name)
    options = ("--genesis", str(given / "genesis.json"), "--certificate", str(given / "node.crt"))
    nodes.command(LAST, "cli", "join", *options, "--rejoining", "--dir", str(nodes.home(LAST)))
    nodes.start(LAST)
    shutil.rmtree(given)


def outdate(nodes: Nodes) -> None:
    """One node's software knows only the first version of blocks, and the committee votes for the second."""
    _config(nodes).write_text(_config(nodes).read_text() + HOLD_BACK)
    nodes.kill(LAST)
    nodes.start(LAST)
    with nodes.client(FIRST) as client:
        height = int(client.head()["height"]) + VOTING_BLOCKS + ACTIVATION_BLOCKS
    decide(nodes, "propose_version", {"version": 2, "height": height, "reason": "the drill"})
    wait_for_end(nodes, LAST, "upgrade it")


def upgrade(nodes: Nodes) -> None:
    _config(nodes).write_text(_config(nodes).read_text().removesuffix(HOLD_BACK))
    start_missing(nodes)


def contradict(nodes: Nodes) -> None:
    """Somebody with a validator's key prepares two blocks; the chain must know and suspend the validator."""
    nodes.kill(LAST)
    others = [nodes.endpoint(name).reach for name in VALIDATORS if name != LAST]
    nodes.command(LAST, "tests.drill.impostor", str(nodes.home(LAST)), *others)
    until(
        lambda: _standing(nodes) == "suspended", JUDGED_S, f"{LAST} contradicted itself and was not suspended"
    )


def reinstate(nodes: Nodes) -> None:
    start_missing(nodes)
    member = nodes.network.genesis.committee[VALIDATORS.index(LAST)]
    decide(nodes, "propose", {"kind": "reinstate", "member": member, "reason": "the drill"})


def revoke(nodes: Nodes) -> None:
    """A follower whose certificate the authority revokes must lose every connection, and all that comes."""
    address = nodes.guest.key.address
    nodes.start(GUEST)
    until(lambda: _peers(nodes, GUEST) >= QUORUM, JUDGED_S, f"{GUEST} did not connect")
    serial = nodes.network.registrar.register.issued[-1].serial
    statement = Revocation(nodes.network.genesis.hash, address, serial, REASONS[0])
    arguments = {"revocation": statement.encode(), "signature": statement.sign(nodes.network.registrar.key)}
    settle(nodes, FIRST, send(nodes, FIRST, "membership", "revoke", arguments))
    until(lambda: _peers(nodes, GUEST) == 0, CUT_S, f"{GUEST} is revoked and still connected")


def wait_for_end(nodes: Nodes, name: str, reason: str) -> None:
    """The node must end by itself, not in good order, and say why. Raises Unmet."""
    code = nodes.wait_for_end(name, END_S)
    if not code:
        raise Unmet(f"{name} did not end in {END_S:.0f} s (exit code {code})")
    if not re.search(reason, nodes.log(name)[-LOG_TAIL:]):
        raise Unmet(f"{name} ended and did not say {reason!r}")


def _clock_offset_ms(nodes: Nodes) -> int:
    """By how much the others' clocks differ from the node's own, as it sees it."""
    with nodes.client(OWN_CLOCK) as client:
        return int(client.status()["clock_offset_ms"])


def _standing(nodes: Nodes) -> str:
    member = nodes.network.genesis.committee[VALIDATORS.index(LAST)]
    with nodes.client(FIRST) as client:
        return str(client.state("membership", f"member/{member}")["standing"])


def _peers(nodes: Nodes, name: str) -> int:
    with nodes.client(name) as client:
        return len(client.peers()["peers"])


def _config(nodes: Nodes) -> Path:
    return nodes.home(LAST) / CONFIG_NAME


def _heal_links(nodes: Nodes, *names: str) -> None:
    for name in names:
        nodes.lan.heal(name)


def _ballast(nodes: Nodes) -> Path:
    return nodes.home(SMALL_DISK) / "data" / "ballast"


def _listed(names: tuple[str, ...]) -> str:
    return "all" if names == NAMES else " and ".join(names)


FAULTS: Final[Mapping[str, Fault]] = {
    "kill": killed(FIRST),
    "kill-proposer": Fault("kill -9 of the proposer at its turn", kill_proposer, start_missing),
    "kill-all": killed(*NAMES),
    "kill-random": Fault("kill -9 of any, ten times", kill_at_random, start_missing, lasts_s=0.0),
    "pause": paused(SECOND),
    "pause-two": paused(FIRST, LAST),
    "cut": cut_off(f"{LAST} is cut off", LAST),
    "partition": cut_off("partition, two against two", FIRST, SECOND),
    "one-way": cut_off(f"{FIRST} is heard, and hears nothing", FIRST, one_way=True),
    "slow": Fault(
        f"slow, lossy links of {FIRST} and {SECOND}",
        slow_down,
        lambda nodes: _heal_links(nodes, FIRST, SECOND),
        lasts_s=10.0,
    ),
    "full-disk": Fault(f"full disk of {SMALL_DISK}", fill_disk, free_disk, lasts_s=2.0),
    "clock-fast": wrong_clock(f"{OWN_CLOCK} starts 10 min fast", TEN_MINUTES_S, running=False),
    "clock-slow": wrong_clock(f"{OWN_CLOCK} starts 10 min slow", -TEN_MINUTES_S, running=False),
    "clock-step": wrong_clock(f"{OWN_CLOCK} is set 10 min ahead, and back", TEN_MINUTES_S, running=True),
    "wipe": Fault(f"{LAST} loses its disk, and rejoins", wipe, rejoin),
    "contradiction": Fault(f"{LAST} prepares two blocks, is suspended and reinstated", contradict, reinstate),
    "revocation": Fault(
        "a follower is revoked, and cut off", revoke, lambda nodes: nodes.kill(GUEST), lasts_s=3.0
    ),
    "versions": Fault(f"blocks of version 2, which {LAST} must be upgraded for", outdate, upgrade),
}
