"""What must hold of a committee that governs itself, checked after every block by what the chain told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.membership import queries
from contracts.membership.members import Member, Standing
from contracts.membership.parameters import parameters_of
from crypto.address import Address
from ledger.committee import quorum_of
from ledger.execution import last_slot
from ledger.genesis import VALIDATOR
from ledger.quantities import Height
from ledger.receipt import Event
from tests.contracts.chain import Chain

HOOKS_OWN = (b"membership/recent", b"membership/expiry")

STANDINGS = {
    "suspended": Standing.SUSPENDED,
    "expelled": Standing.EXPELLED,
    "reinstated": Standing.GOOD,
}


@dataclass
class Observer:
    """Follows the events of a chain and keeps its own account of them, far simpler than the contract's."""

    chain: Chain
    standings: dict[Address, Standing] = field(default_factory=dict)
    votes: dict[int, dict[Address, bool]] = field(default_factory=dict)
    numbers: list[Address] = field(default_factory=list)
    committees: dict[int, tuple[Address, ...]] = field(default_factory=dict)
    """By height, as the state said two heights before."""
    records: Mapping[bytes, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        founders = self.chain.genesis.committee
        self.committees = {0: founders, 1: founders, 2: founders}
        self.numbers = [member.address for member in queries.list_members(self.chain.head.state)]
        self.records = dict(self.chain.head.state.items())

    def after_block(self) -> None:
        """Check everything, now that the chain has one block more."""
        height = self.chain.head.height
        self.committees[height + 2] = self._committee(height + 2)
        self._check_committees(height)
        for event in self.chain.events:
            self._follow(event, height)
        self._check_members()
        self._check_seats()
        self._check_nothing_else_changed()

    def _committee(self, height: int) -> tuple[Address, ...]:
        committee = self.chain.runtime.committee(self.chain.head.state, Height(height))
        return tuple([validator.address for validator in committee.validators])

    def _check_committees(self, height: int) -> None:
        """A change takes effect two heights after its block, and headers say so."""
        parameters, header = parameters_of(self.chain.genesis), self.chain.head.header
        assert self._committee(height + 1) == self.committees[height + 1]
        seated = [validator.address for validator in self.chain.last.committee.validators]
        assert tuple(seated) == self.committees[height]
        assert header.committee == self.chain.last.committee.hash
        assert (
            header.next_committee
            == self.chain.runtime.committee(self.chain.head.state, Height(height + 1)).hash
        )
        assert parameters.minimum <= len(self.committees[height + 2]) <= parameters.committee_max
        events = [event.fields for event in self.chain.events if event.name in ("entered", "left")]
        assert all(fields["height"] == height + 2 for fields in events)
        changed = {*self.committees[height + 1]} ^ {*self.committees[height + 2]}
        assert changed <= {fields["member"] for fields in events}

    def _follow(self, event: Event, height: int) -> None:
        fields = event.fields
        match event.name:
            case "suspended" | "expelled" | "reinstated":
                assert isinstance(fields["member"], str)
                self.standings[Address(fields["member"])] = STANDINGS[event.name]
            case "proposed":
                assert isinstance(fields["proposal"], int)
                self.votes[fields["proposal"]] = {}
            case "voted":
                self._follow_vote(fields, height)  # type: ignore[arg-type]
            case "closed":
                assert isinstance(fields["proposal"], int)
                self._check_outcome(self.votes.pop(fields["proposal"]), str(fields["outcome"]), height)

    def _follow_vote(self, fields: Mapping[str, int], height: int) -> None:
        voter = Address(str(fields["voter"]))
        votes = self.votes[fields["proposal"]]
        kept = {other: vote for other, vote in votes.items() if self._has_vote(other, height)}
        sound = [a for a in self.committees[height] if self._standing(a) is not Standing.SUSPENDED]
        decides = fields["approve"] and kept.get(voter) and sum(kept.values()) >= quorum_of(len(sound))
        assert voter not in kept or decides, "somebody voted twice"
        assert self._has_vote(voter, height)
        self.votes[fields["proposal"]] = {**kept, voter: bool(fields["approve"])}

    def _check_outcome(self, votes: Mapping[Address, bool], outcome: str, height: int) -> None:
        sound = [a for a in self.committees[height] if self._standing(a) is not Standing.SUSPENDED]
        approving = sum(votes.values())
        match outcome:
            case "passed":
                assert approving >= quorum_of(len(sound))
            case "rejected":
                assert len(sound) - (len(votes) - approving) < quorum_of(len(sound))

    def _has_vote(self, address: Address, height: int) -> bool:
        return address in self.committees[height] and self._standing(address) is Standing.GOOD

    def _standing(self, address: Address) -> Standing:
        return self.standings.get(address, Standing.GOOD)

    def _check_members(self) -> None:
        """Numbers rise and stay; the records agree with what was told."""
        members = queries.list_members(self.chain.head.state)
        addresses = [member.address for member in members]
        assert [member.number for member in members] == list(range(1, len(members) + 1))
        assert addresses[: len(self.numbers)] == self.numbers
        assert len({*addresses}) == len(addresses)
        assert all(member.standing is self._standing(member.address) for member in members)
        self.numbers = addresses

    def _check_seats(self) -> None:
        """Whoever has a seat is sound, or waits to leave because the committee is at its minimum."""
        state = self.chain.head.state
        seated = queries.committee(state, self.chain.head.height + 2)
        waiting = queries.waiting(state)
        assert [member.number for member in seated] == sorted(member.number for member in seated)
        unsound = {member.address for member in seated if not _is_sound(member, last_slot(state))}
        assert unsound == {*waiting}
        assert not waiting or len(seated) == parameters_of(self.chain.genesis).minimum

    def _check_nothing_else_changed(self) -> None:
        """Without an event, nothing changes but what the hooks keep for themselves."""
        before, self.records = self.records, dict(self.chain.head.state.items())
        if not self.chain.events:
            keys = before.keys() | self.records.keys()
            changed = [key for key in keys if before.get(key) != self.records.get(key)]
            assert all(key.startswith((b"ledger/", *HOOKS_OWN)) for key in changed)


def _is_sound(member: Member, slot: int) -> bool:
    return member.standing is Standing.GOOD and VALIDATOR in member.roles and member.is_certified(slot)
