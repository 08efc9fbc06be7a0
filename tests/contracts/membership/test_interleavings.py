"""Anything in any order: applications, votes, evidence, revocations, expiries, on real blocks."""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contracts.membership import queries
from ledger.codec import Value
from ledger.errors import UnknownSender
from ledger.quantities import Slot
from tests.contracts.chain import VALIDATORS, address
from tests.contracts.membership.council import (
    MEMBERSHIP,
    application,
    applied,
    ballot,
    certification,
    evidence,
    found,
    latest,
    renewal,
    revocation,
    shown,
)
from tests.contracts.membership.model import Observer

CANDIDATES = ("elm", "fir")
NEW = ("gum", "hazel")
EVERYBODY = (*VALIDATORS, *CANDIDATES, *NEW)
PARAMETERS: Mapping[str, Value] = {
    "minimum": 3,
    "committee_max": 6,
    "proposal_slots": 12,
    "proposals_max": 5,
    "proposals_each_max": 3,
}

names = st.sampled_from(EVERYBODY)
senders = st.sampled_from((*EVERYBODY, "ash"))
serials = st.integers(2, 9)


class Governance(RuleBasedStateMachine):
    """Whatever happens to a committee, in blocks of one and of many transactions."""

    def __init__(self) -> None:
        super().__init__()
        roles = {**dict.fromkeys((*VALIDATORS, *CANDIDATES), ("validator",)), "ash": ("microgrid",)}
        self.chain = found(PARAMETERS, roles=roles)
        self.observer = Observer(self.chain)
        self.chain.make_block()
        self.observer.after_block()
        for name in NEW:
            self.chain.learn(name)

    @property
    def height(self) -> int:
        """Of the next block."""
        return self.chain.head.height + 1

    def send(self, sender: str, action: str, arguments: Mapping[str, Value]) -> None:
        self.chain.send(sender, MEMBERSHIP, action, arguments)

    @rule(sponsor=senders, name=st.sampled_from(NEW), serial=serials, slots=st.sampled_from([5, 2**40]))
    def apply(self, sponsor: str, name: str, serial: int, slots: int) -> None:
        last = Slot(self.chain.slot + slots)
        certified = certification(self.chain, name, serial, last_slot=last)
        self.send(sponsor, "apply", applied(self.chain, application(name), certified))

    @rule(name=names)
    def show(self, name: str) -> None:
        self.send(name, "show_synced", shown(self.chain))

    @rule(
        proposer=senders, kind=st.sampled_from(["admit", "admit", "remove", "expel", "reinstate"]), name=names
    )
    def propose(self, proposer: str, kind: str, name: str) -> None:
        self.send(proposer, "propose", {"kind": kind, "member": address(name), "reason": "chance"})

    @rule(voter=senders, choice=st.integers(0, 9), approve=st.booleans(), reached=st.booleans())
    def vote(self, voter: str, choice: int, approve: bool, reached: bool) -> None:
        """On what is open, or was a moment ago."""
        opened = [tally.proposal.number for tally in queries.tallies(self.chain.head.state, self.height)]
        numbers = [*opened, latest(self.chain)]
        number = max(1, numbers[choice % len(numbers)])
        self.send(voter, "vote", ballot(number, approve, reached))

    def all_vote(self, against: int = 0) -> None:
        """On what was proposed last; `against` says who is, a bit for each in the order of the committee."""
        for place, member in enumerate(queries.committee(self.chain.head.state, self.height)):
            self.vote(member.name, -1, not against >> place & 1, True)

    @rule(kind=st.sampled_from(["remove", "expel", "reinstate"]), name=names, against=st.integers(0, 15))
    def decide(self, kind: str, name: str, against: int) -> None:
        """What chance alone would take too long for, as `enter` does."""
        for member in queries.committee(self.chain.head.state, self.height):
            self.propose(member.name, kind, name)
        self.block(1)
        self.all_vote(against)

    @rule(name=names, serial=serials)
    def enter(self, name: str, serial: int) -> None:
        if not self.chain.runtime.is_member(self.chain.head.state, address(name)):
            self.apply("ash", name, serial, 2**40)
            self.block(1)
            self.all_vote()
            self.block(1)
        self.show(name)
        self.decide("admit", name, against=0)

    @rule(reporter=senders, name=names, back=st.integers(-1, 4))
    def report(self, reporter: str, name: str, back: int) -> None:
        arguments = evidence(self.chain, name, max(0, self.chain.head.height - back))
        self.send(reporter, "report_equivocation", arguments)

    @rule(sender=senders, name=names, serial=serials)
    def revoke(self, sender: str, name: str, serial: int) -> None:
        self.send(sender, "revoke", revocation(self.chain, name, serial))

    @rule(sender=senders, name=names, serial=serials, slots=st.sampled_from([3, 2**40]))
    def renew(self, sender: str, name: str, serial: int, slots: int) -> None:
        certified = certification(self.chain, name, serial, last_slot=Slot(self.chain.slot + slots))
        self.send(sender, "renew", renewal(certified))

    @rule(slots=st.sampled_from([1, 1, 1, 2, 6]))
    def block(self, slots: int) -> None:
        slot = self.chain.slot + slots - 1
        try:
            self.chain.make_block(slot)
        except UnknownSender as error:
            # Of a stranger, or of one that this very block cuts off: no block takes it.
            self.chain.pending = [tx for tx in self.chain.pending if tx.sender != error.sender]
            self.block(slots)
        else:
            self.observer.after_block()

    @invariant()
    def there_is_always_somebody_who_decides(self) -> None:
        assert len(self.chain.committee) >= 3

    def teardown(self) -> None:
        self.block(1)
        assert self.chain.replay().hash == self.chain.head.hash


def by_chance(examples: int, steps: int) -> settings:
    """So many histories of so many steps at most. No failure is shrunk: that takes longer than to read it."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )


LONG = (pytest.mark.slow, pytest.mark.timeout(1_800))


@pytest.mark.parametrize(("examples", "steps"), [(25, 40), pytest.param(150, 50, marks=LONG)])
def test_whatever_happens_in_whatever_order(examples: int, steps: int) -> None:
    run_state_machine_as_test(Governance, settings=by_chance(examples, steps))  # type: ignore[no-untyped-call]
