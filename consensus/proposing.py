"""One's own turn: what to propose, and why one may."""

from consensus.actions import Build, Fetch
from consensus.agreeing import accept, decide
from consensus.block_info import BlockInfo, Candidate
from consensus.events import BlockBuilt, BlockFetched
from consensus.justification import highest_prepared
from consensus.messages import Prepared, Proposal, RoundChange
from consensus.state import Justification, Phase, State
from consensus.voting import can_vote, cast
from ledger.errors import DecodeError


def try_propose(state: State, now: int) -> None:
    """Propose if it is one's turn and the round is justified: the prepared block, or a new one."""
    round_ = state.round
    is_free = round_.phase is Phase.AWAITING and round_.building is None
    if not (is_free and state.is_my_turn and can_vote(state)):
        return
    if round_.number == 0:
        if state.at.is_open:
            _build(state, Justification(), now)
        return
    votes = _usable(state)
    if len(votes) < state.committee.quorum:
        return
    justification, binding = _justification(votes)
    block = None if binding is None else state.block(binding.digest)
    if binding is None:
        _build(state, justification, now)
    elif block is not None:
        _propose(state, Candidate(binding.digest, block), justification, is_valid=False)


def _usable(state: State) -> tuple[RoundChange, ...]:
    """The round changes for this round, without those that bind to a block which is not here.

    Any quorum of them justifies a proposal. A block whose lack keeps them from being one is fetched:
    f + 1 honest members at least have prepared it, and so have it on disk.
    """
    votes = list(state.at.tally.round_changes(state.round.number))
    while len(votes) >= state.committee.quorum:
        binding = highest_prepared(tuple(votes))
        if binding is None or state.block(binding.digest) is not None:
            return tuple(votes)
        missing = [vote for vote in votes if vote.prepared == binding]
        votes = [vote for vote in votes if vote.prepared != binding]
        if len(votes) < state.committee.quorum:
            _fetch(state, binding, missing)
    return ()


def _fetch(state: State, binding: Prepared, votes: list[RoundChange]) -> None:
    members = sorted({prepare.member for vote in votes for prepare in vote.prepares} - {state.me})
    holders = tuple([state.committee.validators[member].address for member in members])
    wanted = Fetch(state.height, binding.digest, holders)
    if state.at.fetching != wanted:
        state.at.fetching = wanted
        state.do(wanted)


def _justification(votes: tuple[RoundChange, ...]) -> tuple[Justification, Prepared | None]:
    binding = highest_prepared(votes)
    prepares = next((vote.prepares for vote in votes if vote.prepared == binding), ())
    return Justification(tuple([vote.bare() for vote in votes]), prepares), binding


def _build(state: State, justification: Justification, now: int) -> None:
    state.round.building = justification
    slot = state.config.slots.next_after(state.at.head.slot, now)
    state.do(Build(state.height, state.round.number, slot))


def on_block_built(state: State, event: BlockBuilt, now: int) -> None:
    """The block for one's own proposal, unless its round is over."""
    justification = state.round.building
    if justification is not None and (event.height, event.round) == (state.height, state.round.number):
        state.round.building = None
        _propose(state, Candidate(event.digest, event.block), justification, is_valid=True)


def _propose(state: State, candidate: Candidate, justification: Justification, is_valid: bool) -> None:
    proposal = Proposal(
        state.height,
        state.round.number,
        candidate.digest,
        candidate.block,
        justification.round_changes,
        justification.prepares,
    )
    if cast(state, proposal, lambda signed: signed):
        accept(state, candidate, is_valid)


def on_block_fetched(state: State, event: BlockFetched, now: int) -> None:
    """A block came that was asked for; any other is dropped."""
    wanted = state.at.fetching
    info = read_block(state, event.block)
    if wanted is None or info is None or info.digest != wanted.digest:
        return
    state.at.fetching, state.at.fetched = None, Candidate(info.digest, event.block)
    if state.at.decision is None:
        try_propose(state, now)
    elif state.at.decision.digest == info.digest:
        decide(state, state.at.decision, event.block)


def read_block(state: State, block: bytes) -> BlockInfo | None:
    """What a block says of itself; None if it is none."""
    try:
        return state.config.inspect(block)
    except DecodeError:
        return None
