"""The rules on injected faults: a floor under what docs/alerts.md says of them."""

from pathlib import Path

import pytest

from explorer.alerts.detector import RULES
from tests.explorer.alerts.faults import FAULTS
from tests.explorer.alerts.scores import measure

LARGE = tuple(
    fault
    for fault in FAULTS
    if (fault.rule, fault.size)
    in {
        ("forecast", "1 MW"),
        ("storage-energy", "40 kW"),
        ("storage-told", "nothing"),
        ("storage-report", "by 30 %"),
        ("frozen", "8 h"),
        ("impossible", "120 %"),
        ("silent", "2 h"),
        ("balance", "80 kW"),
        ("validator", "60 blocks"),
        ("rounds", "50 %"),
        ("late", "each"),
        ("equivocation", "one pair"),
    }
)
SMALL_RECALL: dict[str, float] = {
    "250 kW": 0.0,
    "500 kW": 0.4,
    "2 kW": 0.4,
    "4 kW": 0.6,
    "6 h": 0.4,
    "90 %": 0.0,
    "by 10 %": 0.0,
    "times 4": 0.0,
    "1 %": 0.0,
    "20 blocks": 0.0,
    "15 %": 0.2,
    "one in three": 0.2,
}
"""Of faults as small as the rules' own tolerances: what is left of recall."""


def test_a_large_fault_of_every_rule_is_found_once_and_nothing_else_is() -> None:
    scores = measure(seeds=1, clean_seeds=1, faults=LARGE)
    assert {line.rule for line in scores.lines} == {fault.rule for fault in FAULTS}
    assert [line for line in scores.lines if line.recall < 1] == []
    wrong = {row.rule: row.wrong for row in scores.precisions if row.wrong}
    # A forecast may fail by itself: these are the wind and the clouds of these days.
    assert wrong.keys() <= {"forecast"}
    assert sum(wrong.values()) <= 3
    assert sum(alerts for _, _, alerts in scores.clean) == 0


def test_the_page_tells_of_every_rule_and_of_every_fault() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text()
    for rule in RULES:
        assert f"| `{rule}` |" in page
    for fault in FAULTS:
        assert f"| {fault.rule} | {fault.what} | {fault.size} |" in page


@pytest.mark.slow
def test_precision_and_recall_of_all_sizes() -> None:
    scores = measure(seeds=5, clean_seeds=5)
    for line in scores.lines:
        assert line.recall >= SMALL_RECALL.get(line.size, 0.8), line
        assert line.alerts <= 2, line
    for row in scores.precisions:
        # A forecast that fails by itself is told too, and is nobody's fault.
        assert row.share >= (0.4 if row.rule == "forecast" else 0.9), row
