"""Networks as `study capacity --live` and `study pool --live` found them, played here until they are settled:
the chains are in their nodes' stores."""

from pathlib import Path

from cli.capacity.live.network import found_capacity_network, write_capacity_network
from cli.capacity.live.window import WINDOW
from cli.pool.live.network import PERIODS, found_pool_network, write_pool_network
from cli.testnet import local_endpoints
from contracts.account.contract import Account
from contracts.capacity.contract import Capacity
from contracts.capacity.keys import window_key
from contracts.capacity.records import Phase as WindowPhase
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.pool.contract import Pool
from contracts.pool.records import Phase, interval_key
from tests.cli.settled import NOW, NetworkChain, keep, play
from tests.contracts.hosts import Hosts

SLOT_MS = 1_000
USUAL = (Membership(), Account(), Metering())


def settled_window(directory: Path) -> list[Path]:
    """The nodes' folders, each with the chain of a settled window."""
    network = found_capacity_network(slot_ms=SLOT_MS, endpoints=local_endpoints(21_000), now=NOW)
    folders = write_capacity_network(directory, network)
    chain = play(network, folders, (*USUAL, Capacity()), has_settled_window)
    for folder in folders:
        keep(chain, folder)
    return folders


def has_settled_window(chain: NetworkChain) -> bool:
    return phase_of(chain, "capacity", window_key(WINDOW)) == WindowPhase.SETTLED


def settled_intervals(directory: Path) -> list[Path]:
    """The nodes' folders, each with the chain of all intervals, settled."""
    network = found_pool_network(slot_ms=SLOT_MS, endpoints=local_endpoints(21_000), now=NOW)
    folders = write_pool_network(directory, network)
    chain = play(network, folders, (*USUAL, Pool()), has_settled_intervals, step_in_halves)
    for folder in folders:
        keep(chain, folder)
    return folders


def has_settled_intervals(chain: NetworkChain) -> bool:
    return all(phase_of(chain, "pool", interval_key(period)) == Phase.SETTLED for period in PERIODS)


def phase_of(chain: NetworkChain, contract: str, key: str) -> str | None:
    record = chain.get(contract, key)
    return None if record is None else str(record["phase"])  # type: ignore[call-overload, index]


def step_in_halves(hosts: Hosts) -> None:
    """A block, and before the next what timers within the slot bring."""
    hosts.step_slot()
    hosts.now_ms += SLOT_MS // 2
    hosts.fire_timers()
    hosts.settle()
