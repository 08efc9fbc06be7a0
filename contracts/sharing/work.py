"""What a committee member knows of a running round beyond what the chain says; lost, it can be had again."""

from dataclasses import dataclass, field

from contracts.sharing.dealing import Combined
from contracts.sharing.records import Opening, Phase, Progress, Round
from crypto.address import Address
from crypto.shamir import Vector, add_vectors

SUM = ""
"""The target where the sum is opened; where each curve is, a target is its dealer's address."""


@dataclass(slots=True)
class Work:
    """One member's work on one round."""

    opened: Round
    progress: Progress
    number: int
    """The member's own number in the round, from 1."""
    checking: dict[Address, Vector] = field(default_factory=dict)
    """Shares dealt to the member that are being checked."""
    shares: dict[Address, Vector] = field(default_factory=dict)
    """Those that are good."""
    bad: set[Address] = field(default_factory=set)
    """Dealers whose share for the member is bad."""
    complained: set[Address] = field(default_factory=set)
    has_sent: bool = False
    answered_ms: dict[int, int] = field(default_factory=dict)
    """When each fellow last got what it asked for."""
    received: dict[str, dict[int, Vector]] = field(default_factory=dict)
    """What fellows sent, by target and by member number."""
    liars: set[tuple[str, int]] = field(default_factory=set)
    """Fellows whose share did not open the commitments, by target."""
    combining: set[str] = field(default_factory=set)
    openings: dict[str, Combined] = field(default_factory=dict)
    """What was put together, by target."""
    ready_slot: dict[str, int] = field(default_factory=dict)
    """When the member could first have submitted a target."""
    submitted: set[str] = field(default_factory=set)

    @property
    def can_open(self) -> bool:
        """Whether it is fixed whose curves are opened, and the member has checked its shares of them."""
        return self.progress.phase is Phase.FIXED and not self.checking

    @property
    def targets(self) -> tuple[str, ...]:
        """What is to be opened still: the sum, or the curves that are not."""
        if self.opened.opening is Opening.SUM:
            return (SUM,)
        return tuple(dealer for dealer in self.progress.standing if dealer not in self.progress.opened)

    def dealers_of(self, target: str) -> tuple[Address, ...]:
        """Whose curves a target is the sum of."""
        return self.progress.standing if target == SUM else (Address(target),)

    def own(self, target: str) -> Vector | None:
        """The member's own share of a target; None if it lacks a part of it."""
        dealers = self.dealers_of(target)
        if any(dealer not in self.shares for dealer in dealers):
            return None
        return add_vectors([self.shares[dealer] for dealer in dealers])

    def gathered(self, target: str) -> dict[int, Vector]:
        """All shares of a target that are at hand, by member number."""
        shares = self.received.get(target, {})
        own = self.own(target)
        return shares if own is None else {**shares, self.number: own}

    def lacks(self, member: int) -> bool:
        """Whether a fellow could still help."""
        missing = [target for target in self.targets if target not in self.openings]
        return any(
            member not in self.received.get(target, {}) and (target, member) not in self.liars
            for target in missing
        )

    def turn(self, target: str) -> int:
        """How many slots after it could the member submits a target, so that not all submit the same."""
        place = 0 if target == SUM else self.opened.dealers.index(Address(target))
        return (self.number - 1 + self.opened.process[-1] + place) % len(self.opened.members)

    def keep_checked(self, bad: tuple[str, ...]) -> None:
        """Take the outcome of a check of the dealt shares."""
        self.bad.update(Address(dealer) for dealer in bad)
        self.shares.update({dealer: share for dealer, share in self.checking.items() if dealer not in bad})
        self.checking.clear()
