"""What all agents of this market have in common: a key, and a look at the chain's state with every block."""

from collections.abc import Iterator
from typing import ClassVar

from contracts.agent import Action, BlockCommitted, Event, Note, SubmissionFailed, View
from contracts.dispatch.agents.sight import Errands
from crypto.address import Address
from crypto.keys import PrivateKey


class ResponseMember:
    """Base of the agents; each says in `follow` what the state calls for, in `react` what all else does."""

    kind: ClassVar[str]

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self._errands = Errands()
        self._view: View | None = None

    @property
    def address(self) -> Address:
        return self._key.address

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What to do about `event`."""
        match event:
            case BlockCommitted(view=view):
                self._view = view
                return tuple(self.follow(view, now))
            case SubmissionFailed(contract=contract, action=action, error=error):
                self._errands.failed(action)
                fields = {"action": f"{contract}.{action}", "error": error}
                return (Note("warning", "a submission failed", fields),)
        return () if self._view is None else tuple(self.react(self._view, event, now))

    def follow(self, view: View, now: int) -> Iterator[Action]:
        """What to do, seen the state after a block."""
        raise NotImplementedError

    def react(self, view: View, event: Event, now: int) -> Iterator[Action]:
        """What to do about a message, a timer or a result."""
        yield from ()
