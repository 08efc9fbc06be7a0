"""What all agents of this market have in common: a key, and a look at every block's state."""

from collections.abc import Iterator
from typing import ClassVar

from contracts.agent import (
    Action,
    BlockCommitted,
    Event,
    MessageReceived,
    Note,
    SubmissionFailed,
    TimerFired,
)
from contracts.dispatch.agents.sight import Errands
from contracts.pool.agents.sight import Sight
from contracts.pool.parameters import POOL
from crypto.address import Address
from crypto.keys import PrivateKey


class PoolMember:
    """Base of the agents; each says what the state calls for."""

    kind: ClassVar[str]

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self._errands = Errands()

    @property
    def address(self) -> Address:
        return self._key.address

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What to do about `event`."""
        match event:
            case BlockCommitted(view=view):
                return tuple(self.follow(Sight(view), now))
            case MessageReceived():
                return tuple(self.hear(event))
            case TimerFired(name=name):
                return tuple(self.wake(name))
            case SubmissionFailed(contract=contract, action=action, error=error) if contract == POOL:
                self._errands.failed(action)
                fields = {"action": f"{contract}.{action}", "error": error}
                return (Note("warning", "a submission failed", fields),)
        return ()

    def follow(self, sight: Sight, now: int) -> Iterator[Action]:
        """What to do, seen the state after a block."""
        raise NotImplementedError

    def hear(self, message: MessageReceived) -> Iterator[Action]:
        """What to do about a message."""
        yield from ()

    def wake(self, timer: str) -> Iterator[Action]:
        """What to do now that a timer fired."""
        yield from ()
