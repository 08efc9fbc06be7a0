"""The stage of a live event: a network below a folder, whose chain begins shortly before a bus goes over
voltage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from cli.files import read, write_new
from cli.founding import EPOCH, Network, participants
from cli.network import write_network
from cli.node_directory import open_chain
from cli.playing import free_endpoints, when_started
from cli.response.event import read_event
from cli.response.forgery import Keys
from cli.response.network import OPERATOR, VALIDATORS, found_response_network
from cli.response.watch import EVENT
from ledger.quantities import Period
from ledger.transaction import Transaction
from studies.make_six_nodes import DAY
from studies.profiles import PERIODS_A_DAY
from studies.response import broken_spans
from studies.response_case import ResponseCase
from studies.six_nodes import six_nodes

INSTRUCTIONS_NAME: Final = "instructions.csv"
LEAD_PERIODS: Final = 2
"""The chain begins so many quarter hours before a limit breaks."""


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


def found(directory: Path, slot_ms: int, instructions: Path | None = None) -> Scene:
    """A network below a folder, whose chain begins when its nodes have had time to start.

    The operator has a copy of the instructions, which may be changed while the chain runs.
    """
    case = six_nodes()
    nodes = VALIDATORS + len(case.resources)
    network = found_response_network(
        name="response",
        case=case,
        first_period=first_period(case),
        slot_ms=slot_ms,
        endpoints=free_endpoints(nodes),
        now=when_started(nodes),
        instructions="" if instructions is None else INSTRUCTIONS_NAME,
    )
    write_network(directory, network)
    scene = Scene(network, {node.name: directory / "nodes" / node.name for node in network.nodes})
    if instructions is not None:
        write_new(scene.folders[OPERATOR] / INSTRUCTIONS_NAME, read(instructions))
    return scene


def first_period(case: ResponseCase) -> Period:
    """Of the chain: in the morning of the case's day, shortly before a limit breaks if nobody responds."""
    midnight = (DAY - EPOCH) // timedelta(days=1) * PERIODS_A_DAY
    return Period(midnight + next(broken_spans(case)).start - LEAD_PERIODS)
