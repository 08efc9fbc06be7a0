"""From one committee to the next: who is elected votes at once, and who is removed falls silent."""

import pytest

from consensus.actions import Append, Behind, Build, Misbehaved, Send
from consensus.events import Event, HeadAdvanced, MessageReceived, PeerConnected, Started, Timer, TimerFired
from consensus.machine import Machine
from consensus.messages import Commit, Prepare, Proposal, Status, Vote
from consensus.vote_log import new_log, recover
from crypto.hashing import Digest, sha256
from ledger.committee import Committee
from ledger.quantities import Height, Round
from tests.consensus.committee import CHAIN, committee_of, config_of, head_at, signed
from tests.consensus.solo import HEAD_SLOT, OPEN_MS

FOUR, FIVE = committee_of(4), committee_of(5)
FIFTH = 4
DIGEST = Digest(sha256(b"a block"))
R0 = Round(0)


def machine_of(place: int, *committees: Committee) -> Machine:
    """A started machine of member `place` of five above height 0; the committees are of heights 1 and 2."""
    config, key = config_of(FIVE, place), FIVE.public_keys[place]
    image = new_log(CHAIN, key, rejoining=False)
    machine = Machine(config, head_at(0, HEAD_SLOT, *committees), recover(image, image, CHAIN, key))
    machine.step(Started(), OPEN_MS)
    return machine


def advance(machine: Machine, height: int, *committees: Committee) -> tuple[object, ...]:
    return machine.step(HeadAdvanced(head_at(height, HEAD_SLOT + height, *committees)), OPEN_MS + 10**6)


def prepare(height: int, place: int, committee: Committee) -> Vote:
    return signed(Prepare(Height(height), R0, DIGEST), committee, place)


def hear(machine: Machine, vote: Vote | Status, place: int) -> tuple[object, ...]:
    return machine.step(MessageReceived(FIVE.validators[place].address, vote), OPEN_MS)


@pytest.mark.parametrize(
    "event",
    [
        PeerConnected(FOUR.validators[0].address),
        TimerFired(Timer.RESEND),
        TimerFired(Timer.SLOT),
        TimerFired(Timer.ROUND),
    ],
)
def test_who_has_no_vote_is_silent(event: Event) -> None:
    actions = machine_of(FIFTH, FOUR).step(event, OPEN_MS)
    assert not [action for action in actions if isinstance(action, Send | Append | Build)]


def test_who_is_elected_votes_from_the_height_at_which_it_is_in() -> None:
    machine = machine_of(FIFTH, FOUR, FIVE)
    # Of five in turns, member 4 proposes height 4, whose slot is open.
    (build,) = [action for action in advance(machine, 3, FIVE) if isinstance(action, Build)]
    assert build.height == 4


def test_who_is_removed_falls_silent_and_contradicts_nobody() -> None:
    machine = machine_of(FIFTH, FIVE, FOUR)
    assert machine.state.me == FIFTH
    advance(machine, 1, FOUR)
    assert machine.state.me is None
    actions = machine.step(TimerFired(Timer.RESEND), OPEN_MS)
    assert not [action for action in actions if isinstance(action, Send | Append)]


def test_votes_of_the_next_committee_wait_for_ones_own_head() -> None:
    machine = machine_of(0, FOUR, FIVE)
    vote = prepare(2, FIFTH, FIVE)
    assert hear(machine, vote, FIFTH) == (Behind(Height(2), FIVE.validators[FIFTH].address),)
    advance(machine, 1, FIVE)
    assert machine.state.at.tally.prepares(R0, DIGEST) == (vote,)


def test_early_votes_of_the_next_committee_alone_count_at_its_height_alone() -> None:
    machine = machine_of(0, FOUR, FIVE)
    assert hear(machine, prepare(1, FIFTH, FIVE), FIFTH) == (), "it has no vote at height 1"
    assert len(machine.state.at.tally) == 0
    hear(machine, prepare(2, FIFTH, FIVE), FIFTH)
    advance(machine, 1, FOUR)
    assert len(machine.state.at.tally) == 0, "it was not elected after all"


def test_of_who_is_in_neither_committee_nothing_is_kept() -> None:
    machine = machine_of(0, FOUR)
    assert hear(machine, prepare(2, FIFTH, FIVE), FIFTH) == ()
    assert not machine.state.early


def test_votes_of_who_lags_behind_its_removal_are_no_misbehaviour() -> None:
    machine = machine_of(0, FIVE, FOUR)
    advance(machine, 1, FOUR)
    for kind in (Prepare, Commit):
        vote = signed(kind(Height(1), R0, DIGEST), FIVE, FIFTH)
        assert hear(machine, vote, FIFTH) == ()
    assert hear(machine, signed(Proposal(Height(2), R0, DIGEST, b""), FIVE, FIFTH), FIFTH) == ()
    assert not [action for action in advance(machine, 2, FOUR) if isinstance(action, Misbehaved)]
