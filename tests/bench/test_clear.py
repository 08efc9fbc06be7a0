"""The benchmark of clearing, on a small book."""

import pytest

from bench.clear import run


def test_a_row_says_how_clearing_compares_with_sorting() -> None:
    rows = list(run((100, 200)))
    assert [row.bids for row in rows] == [100, 200]
    for row in rows:
        assert row.sort_ratio == pytest.approx(row.clear_s / row.sort_s)
        assert min(row.clear_s, row.kkt_s, row.growth_ns) > 0
