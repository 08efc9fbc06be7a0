"""What all agents of this market have in common: a key, and a look at every block's state."""

from collections.abc import Iterator
from typing import ClassVar

from contracts.agent import Action, BlockCommitted, Event, Note, SubmissionFailed
from contracts.capacity.agents.sight import Sight
from contracts.dispatch.agents.sight import Errands
from crypto.address import Address
from crypto.keys import PrivateKey


class CapacityMember:
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
                return tuple(self.follow(Sight(view)))
            case SubmissionFailed(contract="capacity" as contract, action=action, error=error):
                self._errands.failed(action)
                fields = {"action": f"{contract}.{action}", "error": error}
                return (Note("warning", "a submission failed", fields),)
        return ()

    def follow(self, sight: Sight) -> Iterator[Action]:
        """What to do, seen the state after a block."""
        raise NotImplementedError
