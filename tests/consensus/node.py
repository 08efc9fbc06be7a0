"""One validator of a simulated committee: its machine, its disk and its clock."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from consensus.config import Config
from consensus.events import ChainHead, Timer
from consensus.machine import Machine
from crypto.address import Address
from ledger.quantities import Height, Slot
from tests.consensus.clock import Clock
from tests.consensus.disk import Disk
from tests.consensus.scenario import Byzantine
from tests.consensus.timeline import START_MS

INBOX_MAX = 2_000
"""What waits for a validator that stands still; more is lost, as where a socket's buffer is full."""


@dataclass
class Node:
    """One validator's host."""

    place: int
    config: Config
    clock: Clock
    disk: Disk
    order: Callable[[Disk], tuple[int, ...]]
    liar: Byzantine | None = None
    """What the adversary makes of it."""
    friends: frozenset[int] | None = None
    """With whom alone one of two twins is in touch; None: with all."""
    machine: Machine | None = None
    life: int = 0
    """Counts starts, so that what was under way in an earlier life ends with it."""
    timers: dict[Timer, int] = field(default_factory=dict)
    inbox: deque[Callable[[], None]] | None = None
    """What waits while the node stands still; None while it runs."""
    sent: Counter[Address] = field(default_factory=Counter)
    """Messages to each peer since the last tick."""
    occasions: int = 2
    """For saying all that one said in a round to one peer, since the last tick."""
    at: tuple[int, int] = (0, 0)
    """The height and round that it works on."""
    before: tuple[int, int] = (0, 0)
    """Those before the last step."""
    clock_max: int = 0
    """The latest that its clock has shown while it worked on this height."""
    is_syncing: bool = False
    is_rejoining: bool = False
    """Its votes were lost, and it has not come as far yet as it may have signed before."""
    is_lost: bool = False
    """For good."""

    @property
    def address(self) -> Address:
        return self.config.address

    @property
    def is_honest(self) -> bool:
        return self.liar is None

    @property
    def height(self) -> Height:
        """Of the head."""
        return self.disk.height

    @property
    def head(self) -> ChainHead:
        disk = self.disk
        slot = disk.chain[-1][0].slot if disk.chain else START_MS // self.config.slots.slot_ms - 1
        committee, after = disk.committee(disk.height + 1), disk.committee(disk.height + 2)
        return ChainHead(disk.height, Slot(slot), committee, self.order(disk), after)

    def is_in_touch(self, place: int) -> bool:
        """Whether it says anything to this validator, and hears what that one says."""
        return self.friends is None or place in self.friends

    def note_floor(self) -> None:
        """Whether it has rejoined: it may vote on the next block."""
        floor = None if self.machine is None else self.machine.state.log.votes.floor
        if floor is not None and self.height >= floor:
            self.is_rejoining = False
