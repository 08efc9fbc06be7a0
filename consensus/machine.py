"""The committee's protocol, QBFT, as a machine without I/O: events in, actions out.

The table below is the protocol: what each phase of a round does about each kind of event or message. What is
not in it is ignored.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from consensus.actions import Action, Behind, Misbehaved
from consensus.agreeing import on_block_checked, on_commit, on_prepare
from consensus.changing import on_proposal, on_round_change, on_round_expired
from consensus.config import Config
from consensus.errors import BadMessage
from consensus.events import (
    BlockBuilt,
    BlockChecked,
    BlockFetched,
    ChainHead,
    Event,
    HeadAdvanced,
    MessageReceived,
    PeerConnected,
    PeerHead,
    Started,
    Timer,
    TimerFired,
)
from consensus.heights import (
    on_head_advanced,
    on_peer_connected,
    on_peer_head,
    on_slot,
    on_started,
    on_tick,
)
from consensus.messages import Commit, Message, Prepare, Proposal, RoundChange, Status
from consensus.proposing import on_block_built, on_block_fetched
from consensus.state import HeightState, Phase, RoundState, State
from consensus.vote_log import VoteLog
from consensus.voting import answer
from crypto.address import Address
from crypto.hashing import Digest
from ledger.quantities import Round


def on_laggard(state: State, vote: RoundChange, now: int) -> None:
    """The height is decided here, but not there: one's own commit helps."""
    answer(state, state.committee.validators[vote.member].address)


Kind: TypeAlias = type[Any] | Timer
Handler: TypeAlias = Callable[[State, Any, int], None]

ALWAYS: Final[Mapping[Kind, Handler]] = {
    Started: on_started,
    HeadAdvanced: on_head_advanced,
    PeerConnected: on_peer_connected,
    PeerHead: on_peer_head,
    Timer.RESEND: on_tick,
}
UNDECIDED: Final[Mapping[Kind, Handler]] = {
    **ALWAYS,
    Timer.SLOT: on_slot,
    Timer.ROUND: on_round_expired,
    Proposal: on_proposal,
    Prepare: on_prepare,
    Commit: on_commit,
    RoundChange: on_round_change,
}
TABLE: Final[Mapping[Phase, Mapping[Kind, Handler]]] = {
    Phase.AWAITING: {**UNDECIDED, BlockBuilt: on_block_built, BlockFetched: on_block_fetched},
    Phase.CHECKING: {**UNDECIDED, BlockChecked: on_block_checked},
    Phase.PREPARING: UNDECIDED,
    Phase.COMMITTING: UNDECIDED,
    Phase.FETCHING: {**ALWAYS, RoundChange: on_laggard, BlockFetched: on_block_fetched},
    Phase.DECIDED: {**ALWAYS, RoundChange: on_laggard},
}


class Machine:
    """One validator's part in the committee.

    The host makes it from its store's head and the recovered vote log, tells it `Started`, then everything
    that happens, one event at a time, and performs the actions of each in order.
    """

    def __init__(self, config: Config, head: ChainHead, log: VoteLog) -> None:
        self.state = State(config, log, HeightState(head, RoundState(Round(0))))
        """To look at; only the handlers change it."""

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What to do about an event; `now` is the wall clock in unix milliseconds.

        Never raises for what a peer sent.
        """
        height = self.state.height
        if isinstance(event, MessageReceived):
            self._receive(event.sender, event.message, now)
        else:
            self._handle(event.timer if isinstance(event, TimerFired) else type(event), event, now)
        if self.state.height > height:
            self._receive_early(now)
        return self.state.take_actions()

    def block(self, digest: Digest) -> bytes | None:
        """A block of this height, for a peer that asks for it (its Fetch), if this validator has it."""
        return self.state.block(digest)

    def _handle(self, kind: Kind, subject: object, now: int) -> None:
        handler = TABLE[self.state.round.phase].get(kind)
        if handler is not None:
            handler(self.state, subject, now)

    def _receive(self, sender: Address, message: Message, now: int) -> None:
        state = self.state
        place = state.committee.index_of(sender)
        if sender == state.config.address:
            return
        try:
            if message.height > state.height:
                self._keep_early(sender, message)
            elif message.height < state.height:
                self._handle_late(sender, message)
            elif place is not None and not isinstance(message, Status):
                if message.member != place:
                    raise BadMessage(type(message).__name__, f"it is of member {message.member}")
                self._handle(type(message), message, now)
        except BadMessage as error:
            state.do(Misbehaved(sender, str(error)))

    def _keep_early(self, sender: Address, message: Message) -> None:
        """The sender is ahead: by one height, it may be a matter of moments, so what it says is kept."""
        state = self.state
        committees = (state.committee, state.at.head.next_committee)
        if all(committee.index_of(sender) is None for committee in committees):
            return
        if sender not in state.ahead:
            state.ahead.add(sender)
            state.do(Behind(message.height, sender))
        if message.height == state.height + 1 and not isinstance(message, Status):
            state.early.setdefault(sender, {})[type(message)] = message

    def _handle_late(self, sender: Address, message: Message) -> None:
        """The sender is behind, and asks for what it missed by changing rounds; or its vote took long.

        What it signed at the last height is held against it still: a lie can be timed to come when all is
        decided.
        """
        state, before = self.state, self.state.before
        if isinstance(message, RoundChange) and state.committee.index_of(sender) is not None:
            answer(state, sender)
        if isinstance(message, Status) or before is None or message.height != before.height:
            return
        if message.member == before.committee.index_of(sender):
            before.check_signature(message)

    def _receive_early(self, now: int) -> None:
        early, self.state.early = self.state.early, {}
        for sender, messages in early.items():
            for message in messages.values():
                self._receive(sender, message, now)
