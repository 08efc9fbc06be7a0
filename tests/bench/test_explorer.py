"""The benchmark of the explorer, on a year of three days."""

from pathlib import Path

from bench.explorer import questions, run
from bench.year import FIRST_DAY, Year, write_year
from explorer.index.database import open_index
from explorer.index.queries.overview import overview
from explorer.index.queries.readings import readings
from explorer.index.queries.validators import attendance
from explorer.index.series import SPAN

YEAR = Year(days=3, meters=4, readings_a_block=2)


def test_every_question_has_an_answer_in_a_made_year(tmp_path: Path) -> None:
    index = open_index(f"sqlite:///{tmp_path / 'index.db'}")
    assert list(write_year(index, YEAR)) == [1, 2, 3]
    with index.read() as connection:
        seen = overview(connection)
        assert (seen.counts.blocks, seen.counts.transactions) == (3 * SPAN, 6 * SPAN)
        assert seen.energy_wh["consumed_wh"]
        assert sum(column.blocks for column in attendance(connection, 1, None, 7).columns) == 3 * SPAN
        found = readings(connection, YEAR.addresses[0], FIRST_DAY * SPAN, None)
        assert {curve.key for curve in found.curves} == {"imported_wh", "exported_wh", "voltage_mv"}
        assert all(value is not None for curve in found.curves for value in curve.values)
    rows = list(run(index, YEAR))
    assert [(row.view, row.question) for row in rows] == [asked[:2] for asked in questions(YEAR)]
    assert all(0 <= row.best_ms <= row.first_ms for row in rows)
    index.close()
