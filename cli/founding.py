"""Founding a network: its members and their keys, its genesis, and which node hosts whom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.market import Parties, Turns, contract_parameters, create_parties
from cli.participant import Participant
from cli.registrar import Registrar
from contracts.steps import DEFAULT_STEPS
from ledger.genesis import Genesis, Limits, Timers
from ledger.quantities import Period, Slot
from studies.profiles import Profiles, TariffProfile

FIELD = "field"
"""The node that hosts everybody who does not validate."""
PROFILES_NAME = "profiles.csv"
"""The parks' curves, in that node's folder."""

VALIDATORS = (
    ("Park operators", ("validator", "owner")),
    ("Grid company", ("validator", "eno")),
    ("Energy service provider", ("validator", "provider")),
    ("Regulator", ("validator", "auditor")),
)
FURTHER_VALIDATOR = VALIDATORS[0]

PERIOD_S = 900
EVENING_PERIODS = 24
"""How many quarter hours before the profiles' first day the chain begins: time to plan that day."""
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
    """A node to be: as whom, where, and whom it hosts."""

    participant: Participant
    endpoint: Endpoint
    agents: Sequence[HostedAgent]

    @property
    def name(self) -> str:
        return self.participant.name


@dataclass(frozen=True, slots=True)
class Network:
    """A network to be: one genesis, the nodes, and the authority that certifies them."""

    genesis: Genesis
    nodes: Sequence[Node]
    registrar: Registrar


def found_network(
    *,
    name: str,
    validators: int,
    profiles: Profiles,
    tariff: TariffProfile,
    model: str,
    slot_ms: int,
    endpoints: Endpoints,
    now: datetime,
    turns: Turns = Turns.ROTATION,
) -> Network:
    """A network whose chain begins in the evening before the profiles' first day."""
    registrar = Registrar.create(f"Authority of {name}", now)
    committee = create_validators(validators)
    parties = create_parties([park.name for park in profiles.parks])
    field = Participant.create(FIELD, "Market platform", ("platform",))
    genesis = Genesis(
        name=name,
        slot_ms=slot_ms,
        first_slot=first_slot(now, slot_ms),
        first_period=Period((profiles.first_day - EPOCH) // timedelta(seconds=PERIOD_S) - EVENING_PERIODS),
        committee=tuple(validator.key.address for validator in committee),
        members=tuple(each.member for each in (*committee, field, *parties.all)),
        authority=registrar.authority.certificate_der,
        limits=Limits(),
        timers=timers(slot_ms),
        steps=DEFAULT_STEPS,
        contracts=contract_parameters(parties, committee, profiles, tariff, model, turns),
        period_s=PERIOD_S,
    )
    hosted = [(validator, validator_agents(validator)) for validator in committee]
    hosted.append((field, field_agents(parties)))
    nodes = [
        Node(participant, endpoints(place, participant.name), agents)
        for place, (participant, agents) in enumerate(hosted)
    ]
    return Network(genesis, nodes, registrar)


def create_validators(count: int) -> tuple[Participant, ...]:
    """`validator-1`, `validator-2` ...: the four parties of the committee, then more park operators."""
    parties = [*VALIDATORS, *[FURTHER_VALIDATOR] * (count - len(VALIDATORS))][:count]
    return tuple(
        Participant.create(f"validator-{number}", organisation, roles)
        for number, (organisation, roles) in enumerate(parties, start=1)
    )


def first_slot(now: datetime, slot_ms: int) -> Slot:
    """The slot that opens next after the nodes have had time to start."""
    start_ms = (now + timedelta(seconds=START_S) - EPOCH) // timedelta(milliseconds=1)
    return Slot(-(-start_ms // slot_ms))


def timers(slot_ms: int) -> Timers:
    """Consensus timers, shortened where slots are short, so that a fast clock also recovers fast."""
    usual = Timers()
    if slot_ms >= usual.base_ms:
        return usual
    return Timers(base_ms=4_000, cap_ms=16_000, resend_ms=2_000, skew_ms=usual.skew_ms)


def validator_agents(validator: Participant) -> list[HostedAgent]:
    """Each validator holds shares of forecasts, and plans."""
    return [HostedAgent(kind, validator, {}) for kind in ("sharing", "dispatcher")]


def field_agents(parties: Parties) -> list[HostedAgent]:
    """The parks and meters play their profiles; the grid company and the storage answer."""
    file = {"profiles": PROFILES_NAME}
    agents = []
    for park, meter in parties.parks:
        agents.append(HostedAgent("park", park, file))
        agents.append(HostedAgent("meter", meter, file))
    agents.append(HostedAgent("grid", parties.grid, {}))
    agents.append(HostedAgent("storage", parties.provider, file))
    agents.append(HostedAgent("meter", parties.storage_meter, file))
    agents.append(HostedAgent("meter", parties.bus_meter, file))
    return agents
