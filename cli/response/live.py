"""An event on a running network: four validators and six owners, each a process, from the alarm to the
settlement."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.errors import CommandError, ExitCode
from cli.founding import PERIOD_S
from cli.live import LiveLine
from cli.output import say
from cli.playing import POLL_S, conclude, new_directory
from cli.processes import NodeProcesses
from cli.response.forgery import Refusal
from cli.response.instructions import read_instructions
from cli.response.market import PERIODS_MAX, owner_names
from cli.response.scene import Scene, found
from cli.response.summary import Summary, summarize
from cli.response.text import show_summary
from cli.response.trial import offer_forgeries, try_dispatch
from cli.response.watch import EventWatch, Traffic, sent_by
from contracts.response.agents.messages import AnswerMessage
from node.errors import Unreachable
from studies.response_sequence import draw
from studies.six_nodes import six_nodes

SLOT_MS: Final = 3_000
FIGURE: Final = "sequence.svg"
QUICK_POLL_S: Final = 0.02
ANSWERS_BEFORE_KILL: Final = 5
"""Who has answered so often is in the midst of the optimisation, which takes dozens of answers."""

NOTHING: Final = Traffic(0, 0)


@dataclass(frozen=True, slots=True)
class Played:
    """What is seen of the nodes only while they run."""

    traffic: Mapping[str, Traffic]
    """By topic, of all nodes."""
    offered: Sequence[Refusal]
    """What the validators' own APIs said to forgeries."""


def play_event(out: Path | None, victim: str, instructions: Path | None, as_json: bool) -> None:
    """What `study response --live` does. Raises CommandError unless everything holds."""
    names = owner_names(six_nodes())
    if victim and victim not in names:
        raise CommandError(f"{victim} is no owner", remedy=f"one of {', '.join(names)}", code=ExitCode.USAGE)
    if instructions is not None:
        read_instructions(instructions, PERIOD_S, PERIODS_MAX)
    directory = new_directory(out, "response")
    summary = run(directory, victim, instructions)
    draw(summary.steps, summary.slot_ms, directory / FIGURE)
    conclude(summary, directory, as_json, show_summary)


def run(directory: Path, victim: str, instructions: Path | None, slot_ms: int = SLOT_MS) -> Summary:
    """From the founding to the summary. Raises CommandError."""
    scene = found(directory, slot_ms, instructions)
    say(f"{len(scene.folders)} processes, {slot_ms} ms for a quarter hour, in {directory}")
    played = play(scene, victim)
    trial = try_dispatch(scene, played.offered)
    return summarize(scene.validators, scene.owners, played.traffic, victim, trial)


def play(scene: Scene, victim: str) -> Played:
    """Run the nodes until the event is settled; one may be killed in the midst of the optimisation."""
    watch, sent = EventWatch(scene.validators, scene.network.genesis), dict[str, Mapping[str, Traffic]]()
    with NodeProcesses() as processes, LiveLine() as live:
        for folder in scene.folders.values():
            processes.start(folder)
        while not watch.is_over():
            processes.check()
            live.show(watch.line())
            if victim and victim not in sent:
                sent |= pause_to_kill(processes, scene.folders[victim])
            else:
                time.sleep(POLL_S)
        if victim and victim not in sent:
            raise CommandError(f"{victim} was never in the midst of an optimisation")
        sent |= {name: sent_by(folder) for name, folder in scene.folders.items() if name not in sent}
        return Played(total(sent.values()), offer_forgeries(scene))


def pause_to_kill(processes: NodeProcesses, folder: Path) -> Mapping[str, Mapping[str, Traffic]]:
    """Wait a little; kill the node, and return what it sent, once it is in the midst of the optimisation."""
    deadline = time.monotonic() + POLL_S
    while time.monotonic() < deadline:
        with suppress(Unreachable):
            sent = sent_by(folder)
            if sent.get(AnswerMessage.TOPIC, NOTHING).messages >= ANSWERS_BEFORE_KILL:
                processes.kill(folder.name)
                say(f"killed {folder.name} after {sent[AnswerMessage.TOPIC].messages} answers")
                return {folder.name: sent}
        time.sleep(QUICK_POLL_S)
    return {}


def total(sent: Iterable[Mapping[str, Traffic]]) -> Mapping[str, Traffic]:
    """By topic, of all nodes together."""
    messages, sizes = Counter[str](), Counter[str]()
    for topic, traffic in (item for of_one in sent for item in of_one.items()):
        messages[topic] += traffic.messages
        sizes[topic] += traffic.message_bytes
    return {topic: Traffic(messages[topic], sizes[topic]) for topic in sorted(messages)}
