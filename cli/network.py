"""A whole network made in one place, for tests and demonstrations: its members, its nodes and their files.

In life every member makes its own keys (`gridquorum init`), and the authority certifies them from signing
requests; here one process plays all of them, in the same steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.config_text import AgentText, config_text
from cli.files import write_new
from cli.participant import Participant, Registrar, write_identity
from ledger.genesis import Genesis

FIELD = "field"
VALIDATORS = (
    ("Park operators", ("validator", "owner")),
    ("Grid company", ("validator", "eno")),
    ("Energy service provider", ("validator", "provider")),
    ("Regulator", ("validator", "auditor")),
)
FURTHER_VALIDATOR = VALIDATORS[0]

Settings = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class HostedAgent:
    """An agent of a node: what it is, as whom it acts, and its settings."""

    kind: str
    participant: Participant
    settings: Settings


@dataclass(frozen=True, slots=True)
class Node:
    """A node to be: as whom, where it listens, and whom it hosts."""

    participant: Participant
    listen: str
    api_listen: str
    agents: Sequence[HostedAgent]

    @property
    def name(self) -> str:
        return self.participant.name


def create_validators(count: int) -> tuple[Participant, ...]:
    """`validator-1`, `validator-2` ...: the four parties of the committee, then more park operators."""
    parties = [*VALIDATORS, *[FURTHER_VALIDATOR] * (count - len(VALIDATORS))][:count]
    return tuple(
        Participant.create(f"validator-{number}", organisation, roles)
        for number, (organisation, roles) in enumerate(parties, start=1)
    )


def write_network(directory: Path, genesis: Genesis, nodes: Sequence[Node], registrar: Registrar) -> None:
    """`genesis.json`, `authority/` and a folder a node. Raises CommandError if a file is there already."""
    write_new(directory / "genesis.json", genesis.to_json().encode())
    write_new(directory / "authority" / "authority.key", registrar.key.to_pem(), secret=True)
    write_new(directory / "authority" / "authority.crt", registrar.authority.certificate)
    committee = {
        node.name: node.listen for node in nodes if node.participant.key.address in genesis.committee
    }
    for node in nodes:
        peers = [listen for name, listen in committee.items() if name != node.name]
        write_node(directory / "nodes" / node.name, genesis, node, peers, registrar)


def write_node(
    folder: Path, genesis: Genesis, node: Node, peers: Sequence[str], registrar: Registrar
) -> None:
    """One node's folder: its genesis, keys, certificate, agents and configuration."""
    write_new(folder / "genesis.json", genesis.to_json().encode())
    write_identity(folder, "node", node.participant, registrar.certify(node.participant))
    texts = []
    for agent in node.agents:
        stem = "node"
        if agent.participant is not node.participant:
            stem = f"agents/{agent.participant.name}"
            if not (folder / f"{stem}.key").exists():
                write_identity(
                    folder / "agents",
                    agent.participant.name,
                    agent.participant,
                    registrar.certify(agent.participant),
                )
        texts.append(AgentText(agent.kind, stem, agent.settings))
    config = config_text(node.name, node.listen, peers, node.api_listen, texts)
    write_new(folder / "config.toml", config.encode())
