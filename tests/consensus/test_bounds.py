"""What a machine keeps of what its peers send: a bounded number of each, and of each its own."""

from consensus.messages import Prepare
from consensus.tally import ROUNDS_KEPT
from ledger.quantities import Height, Round
from tests.consensus.solo import R0, Solo


def test_a_member_that_floods_pushes_out_only_its_own() -> None:
    solo = Solo(place=0)
    block = solo.block(1)
    solo.hear(*solo.prepares(block, 0, 2))
    for round_ in range(10 * ROUNDS_KEPT):
        solo.hear(*solo.prepares(block, round_, 3), *solo.commits(block, round_, 3))
        solo.hear(*solo.round_changes(round_ + 1, 3))
    assert len(solo.machine.state.at.tally) == 2 * ROUNDS_KEPT + 2
    assert [vote.member for vote in solo.machine.state.at.tally.prepares(R0, block.digest)] == [2]


def test_a_flood_of_early_messages_keeps_one_of_each_kind() -> None:
    solo = Solo(place=0)
    for round_ in range(100):
        vote = Prepare(Height(2), Round(round_), solo.block(1).digest)
        solo.hear(solo.sign(vote, 3))
    ((_, kept),) = solo.machine.state.early.items()
    assert len(kept) == 1
