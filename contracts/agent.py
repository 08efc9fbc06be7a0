"""What an agent is: `step(event, now) -> actions`, the shape of the consensus machine.

The node hosts agents and does their I/O. An agent learns what to do from the chain's state at every block and
keeps nothing on disk: secrets are derived from its key (crypto.keys.PrivateKey.derive), so that one that was
restarted goes on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import Height, Period, Slot, TxId
from ledger.receipt import Event as ChainEvent
from ledger.stage import Stage


class View(Protocol):
    """Read access to the committed state at one height."""

    @property
    def genesis(self) -> Genesis: ...

    @property
    def height(self) -> Height: ...

    @property
    def slot(self) -> Slot: ...

    @property
    def period(self) -> Period: ...

    def get(self, contract: str, key: str) -> Value:
        """What `contract` keeps under `key`, or None."""

    def next_sequence(self, address: Address) -> int:
        """The sequence number that the next transaction of `address` must have."""


@dataclass(frozen=True, slots=True)
class BlockCommitted:
    """A block was decided and executed; `view` is the state after it."""

    height: Height
    slot: Slot
    period: Period
    events: tuple[ChainEvent, ...]
    view: View


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A fellow sent something, over a connection that proves who it is."""

    sender: Address
    topic: str
    body: bytes


@dataclass(frozen=True, slots=True)
class TimerFired:
    name: str


@dataclass(frozen=True, slots=True)
class SubmissionFailed:
    """A transaction of this agent was refused, expired, or failed on the chain."""

    contract: str
    action: str
    error: str


@dataclass(frozen=True, slots=True)
class Computed:
    """A Compute ended: with its result, or with an error."""

    tag: str
    result: Any
    error: str = ""
    """Empty if it went well; else what went wrong, and there is no result."""


Event = BlockCommitted | MessageReceived | TimerFired | SubmissionFailed | Computed


@dataclass(frozen=True, slots=True)
class Submit:
    """Send a transaction. The host signs it with the agent's key, numbers it, and sends it until it is in a
    block or expired."""

    contract: str
    action: str
    arguments: Mapping[str, Value]
    stage: Stage | None = None
    links: tuple[TxId, ...] = ()


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send `body` to the agents at `to`, which each take the topics that they know. It may be lost."""

    to: Address
    topic: str
    body: bytes


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Fire TimerFired(name) at `at_ms`; the same name again moves it."""

    name: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Compute:
    """Run a module-level function in a worker process; its result comes back as Computed(tag, result)."""

    tag: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the log. Never a secret."""

    level: Literal["debug", "info", "warning", "error"]
    text: str
    fields: Mapping[str, Value] = field(default_factory=dict)


Action = Submit | SendMessage | SetTimer | Compute | Note


class Agent(Protocol):
    """Somebody who takes part: a park, a storage controller, a committee member."""

    @property
    def kind(self) -> str: ...

    @property
    def address(self) -> Address: ...

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What to do about `event`; `now` is in milliseconds. Never raises for what came from outside."""
