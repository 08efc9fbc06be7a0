"""What only looks at a contract's state asks no more than this: a context on the chain has it, and so has an
agent's sight outside it."""

from typing import Protocol

from ledger.codec import Value
from ledger.genesis import Genesis


class StateReader(Protocol):
    """Read access to one contract's state."""

    @property
    def genesis(self) -> Genesis: ...

    def get(self, key: str) -> Value:
        """What the contract keeps under `key`, or None."""
