"""Archives from the command line: out of one node, into another."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def empty(settled: list[Path], tmp_path: Path) -> Path:
    """A node's folder without a chain."""
    folder = tmp_path / "node"
    shutil.copytree(settled[0], folder, ignore=shutil.ignore_patterns("chain.db*"))
    return folder


def test_a_chain_goes_through_a_file_into_another_node(
    run: Any, settled: list[Path], empty: Path, tmp_path: Path
) -> None:
    file = tmp_path / "chain.archive"
    head = run("chain", "head", "--dir", settled[0], "--json").json
    made = run("chain", "export", file, "--dir", settled[0], "--json")
    assert (made.code, made.json["from"], made.json["to"]) == (0, 1, head["height"])
    assert made.json["bytes"] == file.stat().st_size
    assert run("chain", "export", file, "--dir", settled[0]).code == 1
    part = tmp_path / "part.archive"
    assert run("chain", "export", part, "--to", 5, "--dir", settled[0]).code == 0
    assert run("chain", "import", part, "--dir", empty, "--json").json["taken"] == 5
    taken = run("chain", "import", file, "--dir", empty, "--json")
    assert (taken.code, taken.json["taken"]) == (0, head["height"] - 5)
    assert taken.json["head"] == head["hash"]
    assert run("chain", "head", "--dir", empty, "--json").json == head


def test_a_damaged_archive_is_named_and_the_good_part_kept(
    run: Any, settled: list[Path], empty: Path, tmp_path: Path
) -> None:
    file = tmp_path / "chain.archive"
    run("chain", "export", file, "--to", 6, "--dir", settled[0])
    file.write_bytes(file.read_bytes()[:-20])
    refused = run("chain", "import", file, "--dir", empty)
    assert refused.code == 6
    assert "block 6: the file is cut off" in refused.err
    assert run("chain", "head", "--dir", empty, "--json").json["height"] == 5


def test_blocks_that_are_not_there_are_not_exported(run: Any, settled: list[Path], tmp_path: Path) -> None:
    for options in (("--from", 10**6), ("--from", 5, "--to", 4), ("--to", 10**6)):
        refused = run("chain", "export", tmp_path / "chain.archive", *options, "--dir", settled[0])
        assert refused.code == 2
        assert "there are no blocks" in refused.err
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_leaves_no_file(run: Any, settled: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "node"
    shutil.copytree(settled[0], folder)
    with sqlite3.connect(folder / "data" / "chain.db") as database:
        database.execute("UPDATE blocks SET seals = zeroblob(length(seals)) WHERE height = 7")
    assert run("chain", "export", tmp_path / "chain.archive", "--dir", folder).code == 6
    assert list(tmp_path.glob("chain.archive*")) == []
