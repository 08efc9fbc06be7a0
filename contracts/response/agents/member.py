"""What all agents of this market have in common: a key, a look at every block's state, and messages."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from contracts.agent import (
    Action,
    BlockCommitted,
    Computed,
    Event,
    MessageReceived,
    Note,
    SubmissionFailed,
    TimerFired,
)
from contracts.dispatch.agents.sight import Errands
from contracts.response.agents.sight import Sight
from contracts.response.agents.wire import Message
from crypto.address import Address
from crypto.keys import PrivateKey
from ledger.errors import DecodeError


class ResponseMember:
    """Base of the agents; each says what the state, a message, a timer or a result calls for."""

    kind: ClassVar[str]
    hears: ClassVar[Mapping[str, type[Message]]] = {}
    """By topic: the messages that it takes."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self._errands = Errands()
        self._sight: Sight | None = None
        self._warned_of: set[Address] = set()

    @property
    def address(self) -> Address:
        return self._key.address

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What to do about `event`."""
        match event:
            case BlockCommitted(view=view):
                self._sight = Sight(view)
                return tuple(self.follow(self._sight, now))
            case SubmissionFailed(contract=contract, action=action, error=error):
                self._errands.failed(action)
                fields = {"action": f"{contract}.{action}", "error": error}
                return (Note("warning", "a submission failed", fields),)
        return () if self._sight is None else tuple(self._react(self._sight, event, now))

    def follow(self, sight: Sight, now: int) -> Iterator[Action]:
        """What to do, seen the state after a block."""
        raise NotImplementedError

    def heeds(self, sight: Sight, sender: Address, topic: str) -> bool:
        """Whether a message of this topic is read at all, if it comes from this sender."""
        return True

    def hear(self, sight: Sight, sender: Address, message: Any, now: int) -> Iterator[Action]:
        """What to do about a message of one of the kinds in `hears`."""
        yield from ()

    def wake(self, sight: Sight, timer: str, now: int) -> Iterator[Action]:
        """What to do when a timer fires."""
        yield from ()

    def take(self, sight: Sight, computed: Computed, now: int) -> Iterator[Action]:
        """What to do about a result."""
        yield from ()

    def _react(self, sight: Sight, event: Event, now: int) -> Iterator[Action]:
        match event:
            case MessageReceived(sender, topic, body) if topic in self.hears and self.heeds(
                sight, sender, topic
            ):
                try:
                    message = self.hears[topic].decode(body)
                except DecodeError as error:
                    yield from self._warn(sender, str(error))
                else:
                    yield from self.hear(sight, sender, message, now)
            case TimerFired(name):
                yield from self.wake(sight, name, now)
            case Computed():
                yield from self.take(sight, event, now)

    def _warn(self, sender: Address, reason: str) -> Iterator[Action]:
        """Once of each sender, which could have a log written as fast as it sends."""
        if sender not in self._warned_of:
            self._warned_of.add(sender)
            yield Note("warning", "a message does not decode", {"sender": sender, "reason": reason})


def by_topic(*messages: type[Message]) -> Mapping[str, type[Message]]:
    """What a member hears."""
    return {message.TOPIC: message for message in messages}
