"""What a node is made of; node.startup opens it from the configuration."""

from dataclasses import dataclass

from consensus.machine import Machine
from crypto.keys import PrivateKey
from ledger.application import Rules
from ledger.store import Store
from net.mesh import Reach
from net.tls import Contexts
from node.accusations import Accusations
from node.agent_host import Resident
from node.vote_files import VoteFiles


@dataclass(frozen=True, slots=True)
class Vote:
    """What a node needs to vote, now or once it is elected."""

    machine: Machine
    files: VoteFiles
    accusations: Accusations


@dataclass(frozen=True, slots=True)
class Parts:
    """All that a node needs, opened and not in use yet."""

    name: str
    key: PrivateKey
    store: Store
    rules: Rules
    contexts: Contexts
    reach: Reach
    snapshot_blocks: int
    residents: tuple[Resident, ...]
    vote: Vote | None
    """None for a node that never votes."""
