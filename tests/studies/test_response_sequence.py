"""Figure 8(a): a line for each transaction, from its making to its block."""

from pathlib import Path

from studies.response_sequence import Step, draw

STEPS = (
    Step("T", "trigger", "eno", 3, 1_000, 4_100),
    Step("", "seal", "owner", 4, 4_200, 8_100),
    Step("", "seal", "neighbour", 4, 4_300, 8_100),
    Step("D", "dispatch", "eno", 5, 8_200, 12_050),
)


def test_wait_is_from_the_making_to_the_block() -> None:
    assert [step.waited_ms for step in STEPS] == [3_100, 3_900, 3_800, 3_850]


def test_figure_names_every_kind_and_the_slot(tmp_path: Path) -> None:
    draw(STEPS, 4_000, tmp_path / "sequence.svg")
    drawn = (tmp_path / "sequence.svg").read_text()
    for words in ("trigger T", "seal (2)", "dispatch D", "a slot, here 4 s"):
        assert words in drawn


def test_same_steps_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.svg", "other.svg"):
        draw(STEPS, 4_000, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()
