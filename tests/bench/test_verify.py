"""The benchmark of verification runs and draws; how fast it is is not for a test to judge."""

from dataclasses import astuple
from pathlib import Path

from bench.verify import Row, draw, run


def test_a_row_for_each_size() -> None:
    rows = list(run((16, 64)))
    assert [row.transactions for row in rows] == [16, 64]
    assert all(value > 0 for row in rows for value in astuple(row))


def test_the_figure_is_the_same_for_the_same_numbers(tmp_path: Path) -> None:
    rows = [Row(16, 3.0, 70.0, 60.0, 0.86, 1.0, 40.0), Row(64, 4.0, 70.0, 60.0, 0.86, 1.5, 40.0)]
    for name in ("one.svg", "two.svg"):
        draw(rows, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"by its Merkle path" in (tmp_path / "one.svg").read_bytes()
