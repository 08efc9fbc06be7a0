"""The commit benchmark runs, and its ratios are those of its times."""

import pytest

from bench.commit import run


def test_a_row_a_size_with_ratios_of_raw_inserts_to_commits() -> None:
    rows = run(sizes=(2, 60), rounds=2)
    assert [row["transactions"] for row in rows] == [2, 60]
    for row in rows:
        assert row["bytes"] > 250 * row["transactions"]
        assert row["ratio"] == pytest.approx(row["raw_rows_ms"] / row["commit_ms"])
        assert row["single_row_ratio"] == pytest.approx(row["raw_single_row_ms"] / row["commit_ms"])
