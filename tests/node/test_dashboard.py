"""The Grafana dashboard asks for what nodes tell, and for all of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from node.metrics import Metrics

DASHBOARD = Path(__file__).resolve().parents[2] / "docs" / "grafana-dashboard.json"
NAME = re.compile(r"\bgridquorum_[a-z_]+")
SUFFIXES = ("_total", "_bucket", "_count", "_sum", "_created")


def family(name: str) -> str:
    """A metric without what Prometheus adds to its name."""
    suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")
    return name.removesuffix(suffix)


def told() -> set[str]:
    """Names of all metrics, as `/metrics` has them."""
    lines = Metrics().text().decode().splitlines()
    return {family(line.split()[2]) for line in lines if line.startswith("# TYPE")}


def expressions(panels: list[dict[str, Any]]) -> Iterator[str]:
    for panel in panels:
        for target in panel.get("targets", ()):
            yield target["expr"]


def test_it_asks_for_what_there_is_and_for_all_of_our_own() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {family(name) for expression in expressions(panels) for name in NAME.findall(expression)}
    assert asked <= told()
    assert {name for name in told() if not name.startswith("gridquorum_process_")} <= asked


def test_counters_are_asked_for_by_their_rate() -> None:
    text = Metrics().text().decode()
    counters = {line.split()[2] for line in text.splitlines() if line.endswith(" counter")}
    for expression in expressions(json.loads(DASHBOARD.read_text())["panels"]):
        for name in NAME.findall(expression):
            if name in counters:
                assert f"rate({name}" in expression


def test_a_node_without_an_index_is_not_behind() -> None:
    metrics = Metrics()
    assert b"gridquorum_index_height NaN" in metrics.text()
    metrics.indexed(7)
    assert b"gridquorum_index_height 7.0" in metrics.text()


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert all(x < 24 for x, _ in cells)
        taken |= cells
