"""What rules remember from block to block, so that a detector that restarts goes on as if it had not."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ledger.codec import Value

Key: TypeAlias = tuple[str, str]
"""A rule, or a part of it, and its subject."""


class Memory:
    """Values by key, and which of them changed since they were last kept. One entry a rule and subject."""

    def __init__(self, kept: Mapping[Key, Value] | None = None) -> None:
        self._parts: dict[str, dict[str, Value]] = {}
        self._changed: set[Key] = set()
        self._kept = set(kept or ())
        for (part, subject), value in (kept or {}).items():
            self._parts.setdefault(part, {})[subject] = value

    def get(self, part: str, subject: str) -> Value:
        """What is remembered; None if nothing is."""
        return self._parts.get(part, {}).get(subject)

    def put(self, part: str, subject: str, value: Value) -> None:
        """Remember a value; None forgets."""
        if self.get(part, subject) == value:
            return
        if value is not None:
            self._changed.add((part, subject))
            self._parts.setdefault(part, {})[subject] = value
            return
        if (part, subject) in self._kept:
            self._changed.add((part, subject))
        else:
            self._changed.discard((part, subject))
        del self._parts[part][subject]
        if not self._parts[part]:
            del self._parts[part]

    def of(self, part: str) -> Iterator[tuple[str, Value]]:
        """(subject, value) of one part, in the order of subjects."""
        yield from sorted(self._parts.get(part, {}).items())

    def parts(self) -> tuple[str, ...]:
        """The parts of which anything is remembered."""
        return tuple(sorted(self._parts))

    def size(self) -> int:
        """How many values it holds."""
        return sum(map(len, self._parts.values()))

    def changes(self) -> Mapping[Key, Value]:
        """What changed since this was last asked; None is what was kept then and is forgotten by now."""
        changed = {(part, subject): self.get(part, subject) for part, subject in sorted(self._changed)}
        self._kept.update(key for key, value in changed.items() if value is not None)
        self._kept.difference_update(key for key, value in changed.items() if value is None)
        self._changed.clear()
        return changed
