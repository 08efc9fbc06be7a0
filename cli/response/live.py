"""An event on a running network: four validators and six owners, each a process, from the alarm to the
settlement."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cli.demo import START_UPS, free_endpoints
from cli.errors import CommandError, ExitCode
from cli.founding import EPOCH, Network, participants
from cli.live import LiveLine
from cli.network import write_network
from cli.node_directory import open_chain
from cli.output import say
from cli.processes import NodeProcesses, start_up_s
from cli.response.event import per_unit, read_event
from cli.response.forgery import NO_KEY, Before, Keys, Refusal, forgeries, offer
from cli.response.network import OPERATOR, VALIDATORS, found_response_network
from cli.response.summary import Summary, Trial, summarize
from cli.response.watch import EVENT, EventWatch, Traffic, sent_by
from contracts.response.agents.messages import AnswerMessage
from contracts.response.network import NPU
from contracts.response.solving.sweep import run_sweep
from ledger.quantities import Period
from ledger.transaction import Transaction
from node.errors import Unreachable
from studies.make_six_nodes import DAY
from studies.profiles import PERIODS_A_DAY
from studies.response_case import ResponseCase
from studies.six_nodes import six_nodes

SLOT_MS: Final = 3_000
LEAD_PERIODS: Final = 2
"""The chain begins so many quarter hours before a bus goes over voltage."""

POLL_S: Final = 0.25
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


@dataclass(frozen=True, slots=True)
class Scene:
    """A founded network, ready to be started."""

    network: Network
    folders: Mapping[str, Path]
    """By node."""

    @property
    def validators(self) -> Sequence[Path]:
        return [self.folders[node.name] for node in self.network.nodes if node.validates]

    @property
    def owners(self) -> Sequence[Path]:
        return [self.folders[node.name] for node in self.network.nodes if not node.validates]

    def dispatch(self) -> Transaction:
        """That of the event, as the first validator has it."""
        with open_chain(self.validators[0]) as store:
            return read_event(store, EVENT).transaction

    def keys(self, dispatch: Transaction) -> Keys:
        """What a forger would need; here all keys were made in one place."""
        keys = {each.key.address: each.key for each in participants(self.network.nodes)}
        operator = next(node for node in self.network.nodes if node.name == OPERATOR)
        return Keys(keys[dispatch.sender], operator.participant.key)


def run(directory: Path, victim: str, slot_ms: int = SLOT_MS) -> Summary:
    """From the founding to the summary. Raises CommandError."""
    scene = found(directory, slot_ms)
    if victim and victim not in [folder.name for folder in scene.owners]:
        names = ", ".join(folder.name for folder in scene.owners)
        raise CommandError(f"{victim} is no owner's node", remedy=f"one of {names}", code=ExitCode.USAGE)
    say(f"{len(scene.folders)} processes, {slot_ms} ms for a quarter hour, in {directory}")
    played = play(scene, victim)
    trial = try_dispatch(scene, played.offered)
    return summarize(scene.validators, scene.owners, played.traffic, victim, trial)


def found(directory: Path, slot_ms: int) -> Scene:
    """A network below a folder, whose chain begins when its nodes have had time to start."""
    case = six_nodes()
    nodes = VALIDATORS + len(case.resources)
    say("starting up")
    network = found_response_network(
        name="response",
        case=case,
        first_period=Period(midnight() + first_alarm(case) - LEAD_PERIODS),
        slot_ms=slot_ms,
        endpoints=free_endpoints(nodes),
        now=datetime.now(UTC) + timedelta(seconds=START_UPS * start_up_s(nodes)),
    )
    write_network(directory, network)
    return Scene(network, {node.name: directory / "nodes" / node.name for node in network.nodes})


def midnight() -> int:
    """The first period of the case's day."""
    return (DAY - EPOCH) // timedelta(days=1) * PERIODS_A_DAY


def first_alarm(case: ResponseCase) -> int:
    """The first quarter hour in which a bus is over voltage if nobody responds."""
    nobody = [0] * len(case.resources)
    flows = run_sweep(case.network, [case.injections(quarter, nobody) for quarter in range(len(case.day))])
    highest_pu = case.network.highest_npu / NPU
    return next(
        quarter
        for quarter, voltages in enumerate(flows.voltages_npu)
        if any(per_unit(voltage) > highest_pu for voltage in voltages)
    )


def play(scene: Scene, victim: str) -> Played:
    """Run the nodes until the event is settled; one may be killed in the midst of the optimisation."""
    watch, sent = EventWatch(scene.validators), dict[str, Mapping[str, Traffic]]()
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


def offer_forgeries(scene: Scene) -> Sequence[Refusal]:
    """To the running validators, what who has no keys can make; all else they would put into a block."""
    dispatch = scene.dispatch()
    unsigned = [each for each in forgeries(dispatch, scene.keys(dispatch)) if each.signed_by == NO_KEY]
    return [refusal for forgery in unsigned for refusal in offer(forgery, scene.validators)]


def try_dispatch(scene: Scene, offered: Sequence[Refusal]) -> Trial:
    """On each validator's own chain, before the dispatch: the dispatch itself, and all its forgeries."""
    dispatch = scene.dispatch()
    forged = [each for each in forgeries(dispatch, scene.keys(dispatch)) if each.signed_by != NO_KEY]
    before = {folder.name: Before(folder, dispatch.tx_id) for folder in scene.validators}
    return Trial(
        accepted={name: validator.judge(dispatch) for name, validator in before.items()},
        refusals=[
            *offered,
            *(validator.refuse(forgery) for forgery in forged for validator in before.values()),
        ],
    )
