"""The committee's protocol, QBFT, as a machine without I/O: events in, actions out."""

from consensus.actions import Action
from consensus.config import Config
from consensus.events import ChainHead, Event
from consensus.vote_log import VoteLog
from crypto.hashing import Digest


class Machine:
    """One validator's part in the committee.

    The host makes it from its store's head and the recovered vote log, tells it `Started`, then everything
    that happens, one event at a time, and performs the actions of each in order.
    """

    def __init__(self, config: Config, head: ChainHead, log: VoteLog) -> None:
        self._config = config
        self._head = head
        self._log = log

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What to do about an event; `now` is the wall clock in unix milliseconds.

        Never raises for what a peer sent.
        """
        return ()

    def block(self, digest: Digest) -> bytes | None:
        """A block of this height, for a peer that asks for it (its Fetch), if this validator has it."""
        return None
