"""Founding a network: its members and their keys, its genesis, and which node hosts whom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.participant import Participant
from cli.registrar import Registrar
from contracts.steps import DEFAULT_STEPS
from ledger.codec import Value
from ledger.genesis import VALIDATOR, Genesis, Limits, Timers
from ledger.quantities import Period, Slot

COMMITTEE = (
    ("Park operators", ("validator", "owner")),
    ("Grid company", ("validator", "eno")),
    ("Energy service provider", ("validator", "provider")),
    ("Regulator", ("validator", "auditor")),
)
FURTHER_VALIDATOR = COMMITTEE[0]

PERIOD_S = 900
START_S = 2
"""Time for the nodes to find each other before the first slot."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a node listens, where others reach it, and where its API is."""

    listen: str
    reach: str
    api: str


Endpoints = Callable[[int, str], Endpoint]
"""The endpoint of the node with this place among the nodes and this name."""


@dataclass(frozen=True, slots=True)
class HostedAgent:
    """An agent of a node: what it is, as whom it acts, and its settings."""

    kind: str
    participant: Participant
    settings: Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Node:
    """A node to be: as whom, where, whom it hosts, and whom it talks to."""

    participant: Participant
    endpoint: Endpoint
    agents: Sequence[HostedAgent]
    neighbours: Sequence[str] = ()
    """Names of the nodes that it dials beside the committee's."""

    @property
    def name(self) -> str:
        return self.participant.name

    @property
    def validates(self) -> bool:
        return VALIDATOR in self.participant.roles


@dataclass(frozen=True, slots=True)
class Network:
    """A network to be: one genesis, the nodes, and the authority that certifies them."""

    genesis: Genesis
    nodes: Sequence[Node]
    registrar: Registrar


def found_network(
    name: str,
    nodes: Sequence[Node],
    contracts: Mapping[str, Mapping[str, Value]],
    slot_ms: int,
    first_period: Period,
    now: datetime,
) -> Network:
    """A network whose committee are the nodes that validate, and whose chain begins soon after `now`."""
    registrar = Registrar.create(f"Authority of {name}", now)
    genesis = Genesis(
        name=name,
        slot_ms=slot_ms,
        first_slot=first_slot(now, slot_ms),
        first_period=first_period,
        committee=tuple(node.participant.key.address for node in nodes if node.validates),
        members=tuple(participant.member for participant in participants(nodes)),
        authority=registrar.authority.certificate_der,
        limits=Limits(),
        timers=timers(slot_ms),
        steps=DEFAULT_STEPS,
        contracts=contracts,
        period_s=PERIOD_S,
    )
    return Network(genesis, nodes, registrar)


def participants(nodes: Sequence[Node]) -> Sequence[Participant]:
    """All who take part, each once: first those whose nodes they are, then whom these host."""
    hosted = [agent.participant for node in nodes for agent in node.agents]
    everybody = [*(node.participant for node in nodes), *hosted]
    return list({participant.name: participant for participant in everybody}.values())


def create_validators(count: int) -> tuple[Participant, ...]:
    """`validator-1`, `validator-2` ...: the four parties of the committee, then more park operators."""
    parties = [*COMMITTEE, *[FURTHER_VALIDATOR] * (count - len(COMMITTEE))][:count]
    return tuple(
        Participant.create(f"validator-{number}", organisation, roles)
        for number, (organisation, roles) in enumerate(parties, start=1)
    )


def first_slot(now: datetime, slot_ms: int) -> Slot:
    """The slot that opens next after the nodes have had time to start."""
    start_ms = (now + timedelta(seconds=START_S) - EPOCH) // timedelta(milliseconds=1)
    return Slot(-(-start_ms // slot_ms))


def time_of(period: Period) -> str:
    """When a quarter hour begins, UTC."""
    return f"{EPOCH + period * timedelta(seconds=PERIOD_S):%H:%M}"


def timers(slot_ms: int) -> Timers:
    """Consensus timers, shortened where slots are short, so that a fast clock also recovers fast."""
    usual = Timers()
    if slot_ms >= usual.base_ms:
        return usual
    return Timers(base_ms=4_000, cap_ms=16_000, resend_ms=2_000, skew_ms=usual.skew_ms)
