"""What a committee promises, watched from outside while it runs."""

from consensus.actions import Evidence
from consensus.events import Event, MessageReceived, PeerConnected, Timer, TimerFired
from consensus.messages import Commit, Message, Prepare, Proposal, RoundChange, Status, Vote
from consensus.own_votes import vote_of
from consensus.tally import ROUNDS_KEPT
from consensus.timeouts import round_timeout_ms
from consensus.witness import BALLOTS_KEPT
from crypto.address import Address
from crypto.hashing import Digest
from crypto.signatures import SignatureCache
from ledger.ballots import Ballot
from ledger.errors import LedgerError
from ledger.evidence import check_contradiction, is_contradiction
from ledger.quantities import Height
from ledger.seals import Seals, check_seals
from tests.consensus.committee import CHAIN, LOG_BYTES_MAX, ToyBlock, toy_verify
from tests.consensus.node import Node
from tests.consensus.rules import ToyRules
from tests.consensus.scenario import DRIFT_PPM_MAX

VOTE_KINDS = (Proposal, Prepare, Commit, RoundChange)
BLOCKS_IN_LOG = 8
VOTE_BYTES_MAX = 256
MESSAGES_UNCHECKED = 8
"""Of so many messages, memory is looked at after one; it takes time, and messages fill it one by one."""


class Violation(AssertionError):
    """The protocol did what it promises never to do."""


class Disagreement(Violation):
    """Two blocks are decided on at one height."""


class Invalid(Violation):
    """What is decided on is no block of a rightful proposer, valid and sealed."""


class Contradiction(Violation):
    """An honest validator signed what it must not sign beside what it signed before."""


class FalseBlame(Violation):
    """An honest validator accuses another."""


class Unbounded(Violation):
    """Too much is kept or sent."""


class Hasty(Violation):
    """A round is given up before its time."""


class Stuck(Violation):
    """A quorum is up, and does not decide in time."""


class ToySignatures(SignatureCache):
    """What checks seals and evidence, with toy keys."""

    def verify(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        toy_verify(public_key, signature, message)


SIGNATURES = ToySignatures(1)


class Watch:
    """Raises Violation at the first broken promise of an honest validator."""

    def __init__(self, rules: ToyRules) -> None:
        self.rules = rules
        self.sought: type[Violation] = Violation
        """What to raise; a protocol that is broken on purpose may break more than one promise."""
        self.built: set[Digest] = set()
        """What honest proposers built."""
        self.decided: dict[Height, Digest] = {}
        self.clock_max = 0
        """The latest that any honest clock has shown."""
        self._steps = 0
        self._sealed: set[tuple[Digest, Seals]] = set()
        self._signed: dict[tuple[Address, Height], set[Ballot]] = {}
        self._entered: dict[tuple[int, int], int] = {}
        """When the first honest validator came to a round of a height."""

    def tell(self, violation: Violation) -> None:
        """Raise it, if it is of a kind that is sought."""
        if isinstance(violation, self.sought):
            raise violation

    # Safety.

    def on_decided(self, node: Node, block: ToyBlock, digest: Digest, seals: Seals) -> None:
        """One block a height, and one that was proposed, with a quorum of seals."""
        if self.decided.setdefault(block.height, digest) != digest:
            self.tell(Disagreement(f"two blocks are decided on at height {block.height}"))
        if (digest, seals) in self._sealed:
            return
        self._check_valid(node, block, digest)
        try:
            committee = node.disk.committee(block.height)
            check_seals(seals, committee, CHAIN, block.height, digest, SIGNATURES)
        except LedgerError as error:
            self.tell(Invalid(f"bad seals of height {block.height}: {error}"))
        if block.round > seals.round:
            self.tell(Invalid(f"block {block.height} is of a later round than its seals"))
        self._sealed.add((digest, seals))

    def _check_valid(self, node: Node, block: ToyBlock, digest: Digest) -> None:
        if block.digest != digest:
            self.tell(Invalid(f"a block of another digest is decided on at height {block.height}"))
        if block.proposer not in self.rules.liars and digest not in self.built:
            self.tell(
                Invalid(f"a block is decided on at height {block.height} that its proposer never built")
            )
        objection = self.rules.objection(node.disk, block)
        if objection:
            self.tell(Invalid(f"the block decided on at height {block.height} is invalid: {objection}"))
        slots = node.config.slots
        if block.slot * slots.slot_ms > self.clock_max + slots.skew_ms:
            self.tell(Invalid(f"the block decided on at height {block.height} is of a slot yet to come"))

    def on_start(self, node: Node) -> None:
        """What lies on its disk was said."""
        if node.is_honest and node.machine is not None:
            for cast in node.machine.state.log.votes.casts():
                self._take(node.address, vote_of(cast))

    def on_sent(self, node: Node, message: Message, peers: list[Address]) -> None:
        """Nobody ever contradicts itself, crash or no crash; nobody sends without end."""
        if not isinstance(message, Status) and self._take(node.address, message):
            self._check_slot(node, message)
        node.sent.update(peers)
        most = node.occasions * len(VOTE_KINDS)
        if any(node.sent[peer] > most for peer in peers):
            self.tell(
                Unbounded(f"{node.place} sent more than {most} messages to one peer since the last tick")
            )

    def _take(self, sender: Address, vote: Vote) -> bool:
        """Whether it is new."""
        ballot, signed = vote.ballot, self._signed.setdefault((sender, vote.height), set())
        if ballot in signed:
            return False
        for earlier in signed:
            is_second_proposal = isinstance(vote, Proposal) and (earlier.kind, earlier.round) == (
                ballot.kind,
                ballot.round,
            )
            if is_second_proposal or is_contradiction(earlier, ballot):
                self.tell(Contradiction(f"{sender} contradicts itself: {earlier}, {ballot}"))
        signed.add(ballot)
        return True

    def _check_slot(self, node: Node, vote: Vote) -> None:
        """Round 0 is not given up before its slot has opened, on one's own clock, whatever it shows later."""
        opens = node.config.slots.start(node.head.slot + 1)
        if not isinstance(vote, RoundChange) or node.clock_max >= opens:
            return
        height, number = node.before
        if (height, number > 0) != (vote.height, True):
            self.tell(Hasty(f"{node.place} changes rounds {opens - node.clock_max} ms before the slot opens"))

    # Nobody honest is accused.

    def on_accused(self, node: Node, peer: Address, reason: str) -> None:
        """A validator says that another misbehaved."""
        if node.is_honest and peer not in self.rules.liars:
            self.tell(FalseBlame(f"{node.place} accuses {peer}, who is honest: {reason}"))

    def on_evidence(self, node: Node, evidence: Evidence) -> None:
        """A validator proves that another contradicted itself."""
        if not node.is_honest:
            return
        self.on_accused(node, evidence.member, "evidence")
        key = self.rules.validator(evidence.member).public_key
        check_contradiction(evidence.first, evidence.second, CHAIN, key, SIGNATURES)

    def on_invalid(self, node: Node, digest: Digest, objection: str) -> None:
        """A validator finds a proposed block invalid."""
        if node.is_honest and digest in self.built:
            self.tell(FalseBlame(f"{node.place} refuses a block of an honest proposer: {objection}"))

    # Bounds.

    def on_step(self, node: Node, event: Event, now: int) -> None:
        """Everything is bounded: what is kept, what is sent, and how fast rounds go by."""
        clock = node.clock.wall(now)
        node.clock_max = max(node.clock_max, clock)
        if not node.is_honest:
            return
        self.clock_max = max(self.clock_max, clock)
        if isinstance(event, PeerConnected):
            node.occasions += 1
        elif isinstance(event, TimerFired) and event.timer is Timer.RESEND:
            node.sent.clear()
            node.occasions = 2
        self._check_round(node, now)
        self._steps += 1
        if not isinstance(event, MessageReceived) or self._steps % MESSAGES_UNCHECKED == 0:
            self._check_memory(node)

    def _check_round(self, node: Node, now: int) -> None:
        """The first to give up a round has waited for as long as it must."""
        assert node.machine is not None
        state = node.machine.state
        height, number = state.height, state.round.number
        node.before = node.at
        if (height, number) != node.at:
            node.at = (height, number)
            node.occasions += 1
        if self._entered.setdefault((height, number), now) != now or number == 0:
            return
        least = round_timeout_ms(state.config.timers, number - 1) * (1 - 2 * DRIFT_PPM_MAX / 10**6)
        before = self._entered.get((height, number - 1))
        if before is None or now - before < least:
            self.tell(Hasty(f"round {number} of height {height} begins too early, with {node.place}"))

    def _check_memory(self, node: Node) -> None:
        assert node.machine is not None
        state = node.machine.state
        members = len(state.committee)
        known = members + len(state.at.head.next_committee)
        for what, count, most in (
            ("votes", len(state.at.tally), members * (2 * ROUNDS_KEPT + 1)),
            ("ballots", len(state.at.witness), members * len(VOTE_KINDS) * BALLOTS_KEPT),
            ("senders of early messages", len(state.early), known),
            ("heads", len(state.heads), known),
            ("answers", len(state.answered) + len(state.ahead), 2 * known),
            ("blocks", len(state.log.votes.preparations), 5),
            ("bytes of vote log", len(node.disk.copies[0]), log_bytes_max(members)),
        ):
            if count > most:
                self.tell(Unbounded(f"{node.place} keeps {count} {what}, more than {most}"))
        if any(len(kinds) > len(VOTE_KINDS) for kinds in state.early.values()):
            self.tell(Unbounded(f"{node.place} keeps too many early messages"))


def log_bytes_max(members: int) -> int:
    """What it may grow by before it is rewritten, one image of what matters, and one step's votes."""
    votes = 4 * members * VOTE_BYTES_MAX + BLOCKS_IN_LOG * VOTE_BYTES_MAX
    return LOG_BYTES_MAX + 2 * votes
