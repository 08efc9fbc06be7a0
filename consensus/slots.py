"""Slots: the chain's clock. A block's timestamp is its slot, unix time // slot length."""

from dataclasses import dataclass

from ledger.quantities import Slot


@dataclass(frozen=True, slots=True)
class Slots:
    """Slot arithmetic; times are unix milliseconds."""

    slot_ms: int
    skew_ms: int
    """By how much two validators' clocks may differ."""

    def at(self, now: int) -> Slot:
        """The slot of this moment."""
        return Slot(now // self.slot_ms)

    def start(self, slot: int) -> int:
        """When a slot opens."""
        return slot * self.slot_ms

    def next_after(self, parent: Slot, now: int) -> Slot:
        """The slot of a new block on a parent; it may not have opened yet. Missed slots are not filled."""
        return Slot(max(parent + 1, self.at(now)))

    def is_early(self, slot: Slot, now: int) -> bool:
        """Whether a new block's slot has not opened yet, on any clock within the skew of this one."""
        return self.start(slot) > now + self.skew_ms

    def is_late(self, slot: Slot, now: int) -> bool:
        """Whether a new block's slot is over, on all clocks within the skew of this one."""
        return slot < self.at(now - self.skew_ms)
