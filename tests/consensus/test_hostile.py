"""One Byzantine member says what it likes, well signed or not: nothing breaks, grows or is contradicted."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.actions import Build, Check, Misbehaved, Send
from consensus.events import BlockChecked, BlockFetched, Event, MessageReceived, Timer, TimerFired
from consensus.messages import Commit, Message, Prepare, Prepared, Proposal, RoundChange, Status
from consensus.tally import ROUNDS_KEPT
from ledger.quantities import Height, Round
from tests.consensus.solo import Solo

LIAR = 3
PROTOTYPE = Solo()
BLOCKS = [PROTOTYPE.block(proposer, round_) for proposer in (1, LIAR) for round_ in (0, 2)]

heights = st.integers(1, 3).map(Height)
rounds = st.integers(0, 3).map(Round)
later_rounds = st.integers(1, 3).map(Round)
blocks = st.sampled_from(BLOCKS)
digests = blocks.map(lambda block: block.digest)
members = st.sampled_from((LIAR, LIAR, LIAR, 0, 2, 9))
claims = st.none() | st.builds(Prepared, rounds, digests)


def signed(message: Message) -> Message:
    if isinstance(message, Status) or message.member != LIAR:
        return message
    return PROTOTYPE.sign(message, LIAR)


prepares = st.builds(Prepare, heights, rounds, digests, members, st.just(bytes(64))).map(signed)
proofs = st.lists(prepares, max_size=4).map(tuple)
round_changes = st.builds(
    RoundChange, heights, later_rounds, claims, proofs, members, st.just(bytes(64))
).map(signed)
bare_changes = round_changes.map(lambda vote: replace(vote, prepares=()))
proposals = st.builds(
    lambda height, round_, block, changes, proof: signed(
        Proposal(height, round_, block.digest, block.raw, changes, proof, LIAR)
    ),
    heights,
    rounds,
    blocks,
    st.lists(bare_changes, max_size=4).map(tuple),
    proofs,
)
commits = st.builds(Commit, heights, rounds, digests, members, st.just(bytes(64))).map(signed)
messages = proposals | prepares | commits | round_changes | st.builds(Status, heights, rounds)
events = (
    messages.map(lambda message: MessageReceived(PROTOTYPE.committee.validators[LIAR].address, message))
    | st.sampled_from(Timer).map(TimerFired)
    | st.builds(BlockChecked, heights, digests, st.booleans())
    | (blocks.map(lambda block: block.raw) | st.binary(max_size=20)).map(BlockFetched)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(events, max_size=60))
def test_one_liar_changes_nothing_that_matters(said: list[Event]) -> None:
    solo = Solo(place=0)
    cast: dict[tuple[type, int, int], object] = {}
    for event in said:
        solo.step(event)
        assert not solo.did(Build), "it is not this validator's turn in rounds 0 to 2"
        for send in solo.did(Send):
            vote = send.message
            if not isinstance(vote, Status):
                what = vote.prepared if isinstance(vote, RoundChange) else vote.digest
                assert cast.setdefault((type(vote), vote.height, vote.round), what) == what
        assert solo.machine.state.height == 1
        assert not solo.sent(Commit), "one liar and oneself are no quorum"
        assert len(solo.machine.state.at.tally) <= 4 * (2 * ROUNDS_KEPT + 1)


@settings(max_examples=50, deadline=None)
@given(messages)
def test_what_is_refused_changes_nothing(message: Message) -> None:
    solo = Solo(place=0)
    solo.hear(message, sender=LIAR)
    if solo.did(Misbehaved):
        assert len(solo.machine.state.at.tally) == 0
        assert solo.machine.state.round.accepted is None
        assert not solo.did(Check)
        assert not solo.did(Send)
