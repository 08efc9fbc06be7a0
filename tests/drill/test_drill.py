"""What the drill concludes from what it saw; the drill itself is `make drill`, as root."""

import pytest

from tests.drill.drill import find_obstacles
from tests.drill.outcome import Outcome
from tests.drill.watch import Decided, Seen, compare

ONE, OTHER = Seen("aa", "11"), Seen("bb", "22")


def test_the_longest_time_without_a_block_counts_from_the_fault_on() -> None:
    decided = Decided()
    for height, now_s in enumerate((1.0, 2.0, 9.0, 10.0, 13.0), start=1):
        decided.note(height, ONE, now_s)
    decided.note(4, ONE, 20.0)
    assert decided.longest_gap_s(since_s=0.0) == 7.0
    assert decided.longest_gap_s(since_s=9.5) == 3.0
    assert decided.longest_gap_s(since_s=30.0) == 0.0


@pytest.mark.parametrize(
    ("shown", "lost", "roots_equal"),
    [
        ([ONE, ONE], 0, True),
        ([ONE, OTHER], 1, False),
        ([OTHER, OTHER], 1, True),
        ([ONE, Seen("aa", "22")], 1, False),
    ],
)
def test_a_block_is_lost_that_any_node_shows_otherwise(
    shown: list[Seen], lost: int, roots_equal: bool
) -> None:
    audit = compare({1: shown}, {1: {ONE}})
    assert (audit.blocks, audit.lost, audit.roots_equal) == (1, lost, roots_equal)


def test_a_block_that_two_nodes_decided_differently_is_lost_even_if_they_agree_later() -> None:
    assert compare({1: [ONE, ONE]}, {1: {ONE, OTHER}}).lost == 1


def test_a_fault_that_does_not_exist_is_refused_with_those_that_do() -> None:
    assert any(
        "no fault sabotage" in obstacle and "kill-all" in obstacle
        for obstacle in find_obstacles(["sabotage"])
    )


@pytest.mark.parametrize(
    "change", [{"blocks_lost": 1}, {"roots_equal": False}, {"transactions_lost": 1}, {"trouble": "it hangs"}]
)
def test_anything_lost_unequal_or_strange_is_a_failure(change: dict[str, object]) -> None:
    good = {"blocks_lost": 0, "roots_equal": True, "transactions_lost": 0, "trouble": ""}
    fields = {"fault": "kill", "says": "", "seconds_without_blocks": 4.0, "blocks": 9, "transactions": 3}
    assert Outcome(**fields, **good).is_good  # type: ignore[arg-type]
    assert not Outcome(**fields, **{**good, **change}).is_good  # type: ignore[arg-type]
