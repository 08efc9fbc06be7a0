"""The table of phases and events is the one that the documentation shows."""

from pathlib import Path

from consensus.events import Timer
from consensus.machine import TABLE, Kind
from consensus.state import Phase

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "consensus.md"


def name_of(kind: Kind) -> str:
    return f"timer {kind.value}" if isinstance(kind, Timer) else kind.__name__


def cell(phase: Phase, kind: Kind) -> str:
    handler = TABLE[phase].get(kind)
    return "-" if handler is None else handler.__name__.removeprefix("on_").replace("_", " ")


def as_markdown() -> str:
    kinds: dict[Kind, None] = {kind: None for row in TABLE.values() for kind in row}
    head = ["", *[phase.name for phase in Phase]]
    rows = [[name_of(kind), *[cell(phase, kind) for phase in Phase]] for kind in kinds]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def test_every_phase_has_its_row() -> None:
    assert set(TABLE) == set(Phase)


def test_the_documentation_shows_the_table() -> None:
    assert as_markdown() in DOCUMENTATION.read_text()
