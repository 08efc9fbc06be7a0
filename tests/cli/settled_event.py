"""A demand response network as `study response --live` founds it, whose event was played here: the chain is
in its nodes' stores, and its transactions are in their logs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cli.agents import agent_kinds
from cli.network import write_network
from cli.response.network import found_response_network
from cli.response.scene import Scene, first_period
from cli.response.watch import EVENT
from cli.testnet import local_endpoints
from contracts.account.contract import Account
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.response.contract import Response
from contracts.response.process import OVER
from contracts.response.records import decode_event, event_key
from node.agents import make_residents
from node.config import CONFIG_NAME, load_config
from node.files import read_key
from studies.six_nodes import six_nodes
from tests.cli.settled import NOW, NetworkChain, keep
from tests.contracts.hosts import Hosts

CONTRACTS = (Membership(), Account(), Metering(), Response())
SLOT_MS = 1_000


def found(directory: Path) -> Scene:
    """The network's files."""
    case = six_nodes()
    network = found_response_network(
        name="test",
        case=case,
        first_period=first_period(case),
        slot_ms=SLOT_MS,
        endpoints=local_endpoints(21_000),
        now=NOW,
    )
    write_network(directory, network)
    return Scene(network, {node.name: directory / "nodes" / node.name for node in network.nodes})


def settled_event(directory: Path) -> Scene:
    """The network with its settled event in all nodes' stores, and in all nodes' logs."""
    scene = found(directory)
    chain = play(scene)
    log = "\n".join(json.dumps(line) for line in log_lines(chain))
    for folder in scene.folders.values():
        keep(chain, folder)
        (folder / "node.log").write_text(log)
    return scene


def play(scene: Scene) -> NetworkChain:
    """The event, with the agents that the nodes' configurations name."""
    genesis, folders = scene.network.genesis, scene.folders.values()
    keys = [read_key(path) for folder in folders for path in sorted(folder.rglob("*.key"))]
    chain = NetworkChain(genesis, CONTRACTS, keys=keys)
    configs = [load_config(folder / CONFIG_NAME) for folder in folders]
    residents = [each for config in configs for each in make_residents(config, genesis, agent_kinds())]
    hosts = Hosts(chain, [resident.agent for resident in residents])
    while not is_over(chain):
        hosts.step_slot()
    return chain


def is_over(chain: NetworkChain) -> bool:
    value = chain.get("response", event_key(EVENT))
    return value is not None and decode_event(value).phase in OVER


def log_lines(chain: NetworkChain) -> Iterator[dict[str, object]]:
    """As a node writes them: each transaction was made when the slot before its block's began."""
    for executed in chain.blocks:
        slot = executed.block.header.slot
        for transaction in executed.transactions:
            tx_id = transaction.tx_id.hex()
            yield {"event": "transaction made", "tx_id": tx_id, "timestamp": stamp(slot - 1)}
        yield {"event": "block", "height": executed.block.header.height, "timestamp": stamp(slot)}


def stamp(slot: int) -> str:
    return datetime.fromtimestamp(slot * SLOT_MS / 1_000, UTC).isoformat()
