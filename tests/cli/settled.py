"""A network as `testnet init` makes it, whose first day was played here and is in its nodes' stores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.agents import agent_kinds
from cli.dispatch_network import PROFILES_NAME, found_dispatch_network
from cli.files import read, write_new
from cli.founding import Network
from cli.network import write_network
from cli.testnet import local_endpoints
from contracts.account.contract import Account
from contracts.contract import Contract
from contracts.dispatch.contract import Dispatch
from contracts.dispatch.records import day_key, decode_day
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.proposers.contract import Proposers
from contracts.sharing.contract import Sharing
from crypto.keys import PrivateKey
from ledger.quantities import Day
from ledger.store import Store
from node.agents import make_residents
from node.application import standard_application, standard_rules
from node.config import CONFIG_NAME, load_config
from node.files import STORE_NAME, read_key
from studies.profiles import PARK_DAY, load_profiles, load_tariff
from tests.contracts.chain import Chain
from tests.contracts.hosts import Hosts

DAY = Day(16_960)
"""8 June 2016."""
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
CONTRACTS = (Membership(), Account(), Metering(), Proposers(), Sharing(), Dispatch())
"""As a node has them."""


@dataclass
class NetworkChain(Chain):
    """A chain of a network's own keys, in which the validators take turns."""

    keys: Sequence[PrivateKey] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rules = standard_rules(self.genesis)
        self._keys = {key.address: key for key in self.keys}


def settled_network(directory: Path) -> list[Path]:
    """The nodes' folders, each with the chain of a settled day."""
    network = found_dispatch_network(
        name="test",
        validators=4,
        profiles=load_profiles(),
        tariff=load_tariff(),
        model="pooled",
        slot_ms=1_000,
        endpoints=local_endpoints(21_000),
        now=NOW,
    )
    write_network(directory, network)
    folders = [directory / "nodes" / node.name for node in network.nodes]
    write_new(folders[-1] / PROFILES_NAME, read(PARK_DAY))
    chain = play(network, folders, CONTRACTS, is_settled)
    for folder in folders:
        keep(chain, folder)
    return folders


def play(
    network: Network,
    folders: Sequence[Path],
    contracts: Sequence[Contract],
    is_over: Callable[[NetworkChain], bool],
    step: Callable[[Hosts], None] = Hosts.step_slot,
) -> NetworkChain:
    """The network's market until it is over, with the agents that the nodes' configurations name."""
    residents = [
        resident
        for folder in folders
        for resident in make_residents(load_config(folder / CONFIG_NAME), network.genesis, agent_kinds())
    ]
    chain = begin_chain(network, folders, contracts)
    hosts = Hosts(chain, [resident.agent for resident in residents])
    while not is_over(chain):
        step(hosts)
    return chain


def begin_chain(
    network: Network, folders: Sequence[Path], contracts: Sequence[Contract] = CONTRACTS
) -> NetworkChain:
    """The genesis of a network, with the keys that are in its nodes' folders."""
    keys = [read_key(path) for folder in folders for path in sorted(folder.rglob("*.key"))]
    return NetworkChain(network.genesis, contracts, keys=keys)


def is_settled(chain: Chain) -> bool:
    value = chain.get("dispatch", day_key(DAY))
    return value is not None and decode_day(value).phase.value == "settled"


def keep(chain: NetworkChain, folder: Path) -> None:
    """Write all blocks into a node's store."""
    path = load_config(folder / CONFIG_NAME).node.data / STORE_NAME
    path.parent.mkdir(exist_ok=True)
    store = Store.create(path, chain.genesis, standard_application())
    for executed in chain.blocks:
        store.append(executed, chain.seal(executed))
    store.close()
