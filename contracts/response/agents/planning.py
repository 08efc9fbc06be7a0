"""An event's way to its dispatch, as the ENO's agent goes it: optimise, check, constrain, and again.

Before the quotes are revealed owners and ENO optimise together (agreeing.py), and what they come to is
checked (checking.py): so the constraints of the network are found while nobody shows its curve. Once the
quotes are on the chain, the ENO solves for them exactly, under the constraints that are known, and that is
checked in the same way; its voltages are those of the dispatch. Nothing of this has to survive a restart: the
second half finds by itself what the first has found.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.agent import Action, Compute, Computed, Note, SendMessage, SetTimer
from contracts.response.agents.agreeing import Agreeing
from contracts.response.agents.checking import Case, Checking, hosts_of
from contracts.response.agents.hosting import Hosting
from contracts.response.agents.messages import (
    AgreedMessage,
    AnswerMessage,
    NeighbourMessage,
    PresentMessage,
    VoltageMessage,
)
from contracts.response.agents.sight import Sight
from contracts.response.agents.tally import Tally
from contracts.response.optimality import Certificate, Cut
from contracts.response.problem import demand_of, injections
from contracts.response.records import EventRecord, Phase, Voltages, quote_key
from contracts.response.solving.admm import Coordinator
from contracts.response.solving.cuts import Placement
from contracts.response.solving.judging import Judgement, Plan, judge
from contracts.response.solving.solver import Answer, Infeasible, solve
from crypto.address import Address
from ledger.codec import Value

SOLVE: Final = "response/solve"
JUDGE: Final = "response/judge"

ASKS_MAX: Final = 6
"""How often it asks after one check before it sweeps alone."""

HURRY_SLOTS: Final = 1
"""So shortly before a dispatch is no longer taken, the ENO waits for nobody and sweeps alone."""

Told = AnswerMessage | NeighbourMessage | PresentMessage | VoltageMessage
"""What others say to the ENO."""


@dataclass(frozen=True, slots=True)
class Found:
    """A dispatch that is optimal and safe."""

    answer: Answer
    voltages: Voltages


@dataclass(frozen=True, slots=True)
class Impossible:
    """That there is no dispatch: by a certificate, or for a reason."""

    certificate: Certificate | None
    reason: str = ""


@dataclass(slots=True)
class Planning:
    """One event; `follow` it from block to block."""

    case: Case
    eno: Address
    owners: Mapping[int, Address]
    """By resource that sealed a quote."""
    phase: Phase | None = None
    """For which it works; None before it begins."""
    cuts: tuple[Cut, ...] = ()
    """The constraints of the network that are known."""
    is_agreed: bool = False
    """Whether nothing is left to talk about before the quotes are revealed."""
    outcome: Found | Impossible | None = None
    tally: Tally = field(default_factory=Tally)
    _run: int = 0
    _work: Agreeing | Checking | None = None
    _answer: Answer | None = None
    """The exact optimum that is being checked."""
    _allocation_w: tuple[int, ...] = ()
    _asks: int = 0
    _has_old_cuts: bool = False
    """Whether some of the constraints were found around what was agreed on, before all were revealed."""
    _is_late: bool = False
    """Whether there is no time left to wait for anybody."""
    _silent: set[Address] = field(default_factory=set)
    """Owners who did not answer, and are asked for nothing more."""

    @property
    def timer(self) -> str:
        return f"response/{self.case.record.number}"

    def follow(self, sight: Sight, record: EventRecord, now: int) -> Iterator[Action]:
        """A new block: begin what its phase calls for, tell again whoever has not revealed, or hurry."""
        self._is_late = record.phase is Phase.DISPATCHING and sight.slots_left(record) <= HURRY_SLOTS
        if record.phase is not self.phase:
            self.phase = record.phase
            self._has_old_cuts = bool(self.cuts)
            yield from self._optimise(sight, now)
        elif record.phase is Phase.AGREEING and self.is_agreed:
            yield from self._tell_agreed(sight)
        elif self._is_late and isinstance(self._work, Checking):
            yield from self._judge(sight, None)

    def hear(self, sight: Sight, sender: Address, message: Told, now: int) -> Iterator[Action]:
        """An owner's part in the work that goes on; anything else is left aside."""
        if sender not in self.owners.values():
            return
        match self._work, message:
            case Agreeing() as agreeing, AnswerMessage(run=run) if run == self._run:
                self._count(message)
                turn = self.tally.count(agreeing.take(sender, message))
                yield from self._with_patience(turn, sight, now)
            case Checking() as checking, NeighbourMessage() | PresentMessage() | VoltageMessage():
                if not isinstance(message, NeighbourMessage):
                    self._count(message)
                yield from self.tally.count(checking.take(sender, message))
        yield from self._go_on(sight, now)

    def wake(self, sight: Sight, now: int) -> Iterator[Action]:
        """Nothing has moved for too long."""
        match self._work:
            case Agreeing() as agreeing:
                turn = self.tally.count(agreeing.lose_patience())
                yield from self._with_patience(turn, sight, now)
                self._silent |= {self.owners[number] for number in agreeing.dropped}
            case Checking() as checking:
                yield from self._ask(sight, checking, now)
        yield from self._go_on(sight, now)

    def take(self, sight: Sight, computed: Computed, run: int, now: int) -> Iterator[Action]:
        """A result; of an older run it is left aside."""
        if run != self._run:
            return
        if computed.error:
            yield Note("error", "a computation failed", {"tag": computed.tag, "reason": computed.error})
            self.phase, self.cuts = None, ()
            return
        match computed.result:
            case Answer() as answer:
                self._answer = answer
                yield from self._check(sight, answer.allocation, now)
            case Infeasible() if self._has_old_cuts:
                yield from self._optimise_anew(sight, now)
            case Infeasible(certificate):
                self.outcome = Impossible(certificate)
            case Judgement() as judgement:
                yield from self._heed(sight, judgement, now)

    def _optimise(self, sight: Sight, now: int) -> Iterator[Action]:
        """The cheapest responses under the known constraints: together, or for the revealed quotes."""
        self.tally.rounds += 1
        self._run = max(now, self._run + 1)
        self._work = None
        record = self.case.record
        if self.phase is Phase.DISPATCHING:
            tag = f"{SOLVE} {record.number} {self._run}"
            yield Compute(tag, solve, (demand_of(sight, record, self.cuts), sight.calendar.parameters.gap))
            return
        duration_s = record.periods * sight.genesis.period_s
        capacities_w = {
            number: resource.capacity_w(record.sign, duration_s)
            for number, resource in enumerate(self.case.resources)
            if number in self.owners and self.owners[number] not in self._silent
        }
        weights_w = [capacities_w.get(number, 0) for number in range(record.resources)]
        coordinator = Coordinator(abs(record.target_w), weights_w, self.cuts)
        self._work = Agreeing(record.number, self._run, coordinator, self.owners, capacities_w)
        yield from self._with_patience(self.tally.count(self._work.begin()), sight, now)
        yield from self._go_on(sight, now)

    def _optimise_anew(self, sight: Sight, now: int) -> Iterator[Action]:
        """Old constraints are linear, and drawn elsewhere: only those found around the optimum may forbid it,
        and they need the room."""
        self.cuts, self._has_old_cuts = (), False
        yield from self._optimise(sight, now)

    def _go_on(self, sight: Sight, now: int) -> Iterator[Action]:
        """When a run or an attempt is over, take the next step."""
        match self._work:
            case Agreeing() as agreeing if agreeing.is_over:
                self._work = None
                self.tally.residuals += agreeing.coordinator.residuals
                yield from self._take_agreement(sight, agreeing, now)
            case Checking() as checking if checking.is_over:
                yield from self._judge(sight, checking.voltages)

    def _take_agreement(self, sight: Sight, agreeing: Agreeing, now: int) -> Iterator[Action]:
        fields = {"event": self.case.record.number, "iterations": len(agreeing.coordinator.residuals)}
        if agreeing.coordinator.is_converged:
            yield Note("info", "the owners agree", fields)
            numbers = range(self.case.record.resources)
            yield from self._check(sight, tuple(agreeing.answers_w.get(number, 0) for number in numbers), now)
        else:
            yield Note("warning", "the owners do not agree", fields)
            yield from self._agree(sight)

    def _agree(self, sight: Sight) -> Iterator[Action]:
        self.is_agreed = True
        yield from self._tell_agreed(sight)

    def _tell_agreed(self, sight: Sight) -> Iterator[Action]:
        event = self.case.record.number
        hiding = {
            owner for number, owner in self.owners.items() if sight.get(quote_key(event, number)) is None
        }
        body = AgreedMessage(event).encode()
        yield from self.tally.count(SendMessage(owner, AgreedMessage.TOPIC, body) for owner in sorted(hiding))

    def _check(self, sight: Sight, allocation_w: tuple[int, ...], now: int) -> Iterator[Action]:
        self._allocation_w = allocation_w
        self._asks = 0
        if self._is_late:
            yield from self._judge(sight, None)
        else:
            yield from self._attempt(sight, now)

    def _attempt(self, sight: Sight, now: int) -> Iterator[Action]:
        """Check by all owners who are there."""
        self._run = max(now, self._run + 1)
        present = {number: owner for number, owner in self.owners.items() if owner not in self._silent}
        hosting = Hosting(self.eno, self.case.record.number, self._run)
        hosts = hosts_of(self.case, present)
        self._work = Checking(self.case, hosting, hosts, dict(enumerate(self._allocation_w)))
        yield from self._with_patience(self.tally.count(self._work.begin()), sight, now)
        yield from self._go_on(sight, now)

    def _ask(self, sight: Sight, checking: Checking, now: int) -> Iterator[Action]:
        """An attempt stands still: find out who is there, then go on with those."""
        self._asks += 1
        if self._asks > ASKS_MAX:
            yield from self._judge(sight, None)
        elif checking.silent:
            self._silent |= checking.silent
            names = tuple(sorted(checking.silent))
            yield Note("warning", "hosts are silent", {"event": self.case.record.number, "hosts": names})
            yield from self._attempt(sight, now)
        else:
            yield from self._with_patience(self.tally.count(checking.ask()), sight, now)

    def _judge(self, sight: Sight, voltages: Voltages | None) -> Iterator[Action]:
        """Have the outcome of a check looked at; the sweep itself is over."""
        if isinstance(self._work, Checking):
            self.tally.sweeps += self._work.rounds
            self.tally.messages += self._work.messages
            self.tally.message_bytes += self._work.message_bytes
        self._work = None
        case, parameters = self.case, sight.calendar.parameters
        flows = injections(case.forecast, case.resources, case.record.sign, self._allocation_w)
        placement = Placement(tuple(resource.bus for resource in case.resources), case.record.sign)
        plan = Plan(case.network, flows, placement, self._allocation_w)
        left = max(1, parameters.cuts_max - len(self.cuts))
        tag = f"{JUDGE} {case.record.number} {self._run}"
        yield Compute(tag, judge, (plan, voltages, parameters.voltage_tolerance_npu, left))

    def _heed(self, sight: Sight, judgement: Judgement, now: int) -> Iterator[Action]:
        """Take a plan that is safe, constrain the next one, or give up."""
        fields: dict[str, Value] = {"event": self.case.record.number, "why": judgement.reason}
        new = tuple(cut for cut in judgement.cuts if cut not in self.cuts)
        if new and len(self.cuts + new) <= sight.calendar.parameters.cuts_max:
            self.cuts += new
            yield Note("info", "the plan breaks a limit", fields)
            yield from self._optimise(sight, now)
        elif self.phase is Phase.AGREEING:
            if judgement.voltages is None:
                # What led nowhere is not to bind the exact optimum, which is looked for next.
                self.cuts = ()
                yield Note("warning", "what the owners agree on is not safe", fields)
            yield from self._agree(sight)
        elif judgement.voltages is not None and self._answer is not None:
            self.outcome = Found(self._answer, judgement.voltages)
        elif self._has_old_cuts:
            yield from self._optimise_anew(sight, now)
        else:
            self.outcome = Impossible(None, f"the check does not converge: {judgement.reason}")

    def _with_patience(
        self, messages: Iterable[SendMessage], sight: Sight, now: int
    ) -> Iterator[SendMessage | SetTimer]:
        """Send, and wait for what follows from it; where nothing is sent, nothing more is waited for."""
        sent = list(messages)
        yield from sent
        if sent:
            yield SetTimer(self.timer, now + sight.genesis.timers.resend_ms)

    def _count(self, message: Told) -> None:
        self.tally.messages += 1
        self.tally.message_bytes += len(message.encode())
