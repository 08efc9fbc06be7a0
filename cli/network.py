"""The files of a network made in one place, for tests and demonstrations.

In life every member makes its own keys (`gridquorum init`), and the authority certifies them from signing
requests; here one process plays all of them, in the same steps.
"""

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from cli.config_text import AgentText, config_text
from cli.files import write_new
from cli.founding import HostedAgent, Network, Node
from cli.participant import Participant, write_identity
from cli.register import write_register
from cli.registrar import Registrar, write_authority
from explorer.api.access import is_loopback
from node.config import CONFIG_NAME, load_config, split_endpoint

TOKEN_NAME = "api.token"  # noqa: S105


def write_network(directory: Path, network: Network) -> list[Path]:
    """`genesis.json`, `authority/` and `nodes/`; returns the nodes' folders. Raises CommandError if a file is
    there already."""
    registrar = network.registrar
    write_new(directory / "genesis.json", network.genesis.to_json().encode())
    write_authority(directory / "authority", registrar)
    folders = [directory / "nodes" / node.name for node in network.nodes]
    for folder, node in zip(folders, network.nodes, strict=True):
        write_node(folder, network, node)
    write_register(directory / "authority", registrar.register)
    return folders


def write_node(folder: Path, network: Network, node: Node) -> None:
    """One node's folder: its genesis, keys, certificate, agents and configuration."""
    write_new(folder / "genesis.json", network.genesis.to_json().encode())
    certified(folder, "node", node.participant, network.registrar)
    texts = list(write_agents(folder, node, network.registrar))
    peers = dialled(network, node)
    endpoint = node.endpoint
    # Where all nodes share a machine, the validators' indexes are enough to look at.
    explorer = node.validates
    token = write_token(folder, endpoint.api)
    config = config_text(node.name, endpoint.listen, peers, endpoint.api, texts, token, explorer)
    write_new(folder / CONFIG_NAME, config.encode())
    if node.validates:
        from node.startup import create_vote_log  # brings the whole network along

        create_vote_log(load_config(folder / CONFIG_NAME), rejoining=False)


def write_token(folder: Path, api: str) -> str:
    """The name of the file with the API's token, which an API has that others than this machine reach."""
    if is_loopback(split_endpoint(api)[0]):
        return ""
    write_new(folder / TOKEN_NAME, f"{secrets.token_hex(32)}\n".encode(), secret=True)
    return TOKEN_NAME


def dialled(network: Network, node: Node) -> Sequence[str]:
    """Where those are reached whom a node dials: the committee, and its neighbours."""
    return [
        other.endpoint.reach
        for other in network.nodes
        if other is not node and (other.validates or other.name in node.neighbours)
    ]


def write_agents(folder: Path, node: Node, registrar: Registrar) -> Iterator[AgentText]:
    """The key files of a node's agents; those who act as the node itself use its own."""
    for agent in node.agents:
        yield AgentText(agent.kind, write_agent(folder, node, agent, registrar), agent.settings)


def write_agent(folder: Path, node: Node, agent: HostedAgent, registrar: Registrar) -> str:
    if agent.participant is node.participant:
        return "node"
    certified(folder / "agents", agent.participant.name, agent.participant, registrar)
    return f"agents/{agent.participant.name}"


def certified(folder: Path, stem: str, participant: Participant, registrar: Registrar) -> None:
    write_identity(folder, stem, participant, registrar.admit(participant))
