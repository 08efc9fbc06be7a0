"""The file by which the ENO is instructed: what it may say, and that its agent follows it."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cli.agents import agent_kinds
from cli.response.instructions import BadInstructions, InstructionFile, read_instructions
from cli.response.network import OPERATOR
from contracts.response.agents.sources import Instruction
from contracts.response.records import decode_event, event_key
from ledger.quantities import Period, PowerW
from node.agents import make_residents
from node.config import CONFIG_NAME, load_config
from node.errors import UnknownAgent
from studies.make_six_nodes import DAY
from tests.cli.settled_event import found, play

HEADER = "begins,periods,target_w\n"
PERIOD_S = 900
PERIODS_MAX = 16
NOON = Period(int(DAY.timestamp()) // PERIOD_S + 48)


def row(periods: int = 2, target_w: int = -30_000, begins: str = f"{DAY:%Y-%m-%d}T14:00Z") -> str:
    return f"{begins},{periods},{target_w}\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_rows_are_instructions_in_any_time_zone(tmp_path: Path) -> None:
    rows = row(begins=f"{DAY:%Y-%m-%d}T12:00Z") + row(1, 5_000, f"{DAY:%Y-%m-%d}T15:15:00+02:00")
    file = written(tmp_path / "file.csv", HEADER + rows)
    assert read_instructions(file, PERIOD_S, PERIODS_MAX) == (
        Instruction(NOON, 2, PowerW(-30_000)),
        Instruction(Period(NOON + 5), 1, PowerW(5_000)),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("begins;periods;target_w\n", "line 1: its columns are not begins,periods,target_w"),
        (HEADER + "2026-06-21T12:00Z,2\n", "line 2: it has 2 columns, not 3"),
        (HEADER + row() + row(0), "line 3: periods is '0', not a whole number from 1 to 16"),
        (HEADER + row(17), "line 2: periods is '17', not a whole number from 1 to 16"),
        (HEADER + row(target_w=0), "line 2: target_w is 0, which asks for nothing"),
        (HEADER + row().replace("-30000", "--3"), "line 2: target_w is '--3', not a whole number"),
        (HEADER + row().replace("-30000", "-1e9"), "line 2: target_w is '-1e9', not a whole number"),
        (HEADER + row(begins="2026-06-21T12:00"), "line 2: begins is '2026-06-21T12:00', not a time such as"),
        (HEADER + row(begins="noon"), "line 2: begins is 'noon', not a time such as"),
        (HEADER + row(begins="1960-01-01T00:00Z"), "line 2: begins is '1960-01-01T00:00Z', not a time"),
        (HEADER + row(begins="2026-06-21T12:07Z"), "line 2: 2026-06-21T12:07Z is not when a period of 900 s"),
        ("x" * (2**20 + 1), "line 1: it has 1048577 bytes, and 1048576 are the most"),
    ],
)
def test_a_bad_file_is_refused_by_its_line(tmp_path: Path, text: str, reason: str) -> None:
    file = written(tmp_path / "file.csv", text)
    with pytest.raises(BadInstructions, match=f"{file}, {reason}"):
        read_instructions(file, PERIOD_S, PERIODS_MAX)


def test_a_file_is_read_again_when_it_changes_and_stands_while_it_is_bad(tmp_path: Path) -> None:
    path, view = tmp_path / "file.csv", None  # what the file says does not depend on it
    instruct = InstructionFile(written(path, HEADER), PERIOD_S, PERIODS_MAX)
    assert instruct(view) == ()
    written(path, HEADER + row())
    (instruction,) = instruct(view)
    assert instruction.target_w == -30_000
    written(path, "nonsense")
    os.utime(path, ns=(1, 1))
    with capture_logs() as logs:
        assert instruct(view) == instruct(view) == (instruction,)
        path.unlink()
        assert instruct(view) == (instruction,)
    assert [line["event"] for line in logs] == ["instructions not read"] * 2


def test_the_operator_of_a_network_follows_its_file_before_any_alarm(tmp_path: Path) -> None:
    scene = found(tmp_path)
    folder = scene.folders[OPERATOR]
    name_file(folder, "orders.csv")
    late = row(1, -1_000, f"{DAY:%Y-%m-%d}T11:45Z")
    written(folder / "orders.csv", HEADER + late + row())
    chain = play(scene)
    value = chain.get("response", event_key(0))
    assert value is not None
    record = decode_event(value)
    assert (record.alarm, record.target_w, record.periods) == (None, -30_000, 2)
    assert record.first_period == NOON + 8
    assert record.phase == "settled"


def test_settings_that_an_agent_has_not_are_refused(tmp_path: Path) -> None:
    scene = found(tmp_path)
    folder = scene.folders["battery"]
    name_file(folder, "orders.csv")
    with pytest.raises(UnknownAgent, match="there is no setting instructions"):
        make_residents(load_config(folder / CONFIG_NAME), scene.network.genesis, agent_kinds())


def name_file(folder: Path, name: str) -> None:
    """Give the folder's first agent the setting."""
    path = folder / CONFIG_NAME
    path.write_text(
        path.read_text().replace("settings = {  }", f'settings = {{ instructions = "{name}" }}', 1)
    )
