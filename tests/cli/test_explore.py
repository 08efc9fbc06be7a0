"""`gridquorum explore`: what it opens, what it serves, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.request import urlopen

import pytest

from node.config import CONFIG_NAME, load_config
from node.files import STORE_NAME
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def exploring(*arguments: object) -> Iterator[str]:
    """The command in a process of its own, until it is interrupted; where it listens."""
    command = [sys.executable, "-m", "cli", "explore", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "300", "NO_COLOR": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        assert "http://127.0.0.1:" in line, line + process.stderr.read()
        yield next(word for word in line.split() if word.startswith("http")).removesuffix("/explorer/")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def get(url: str) -> Any:
    with urlopen(f"{url}/api/v1/{'status'}", timeout=10) as answer:
        return json.loads(answer.read())


def left_over() -> set[str]:
    return {name for name in os.listdir(gettempdir()) if name.startswith("gridquorum-explore-")}


def test_a_folder_a_store_and_an_archive_are_shown(settled: list[Path], tmp_path: Path, run: Run) -> None:
    folder, archive = settled[0], tmp_path / "chain.archive"
    assert run("chain", "export", archive, "--dir", folder).code == 0
    before = left_over()
    for path in (folder, load_config(folder / CONFIG_NAME).node.data / STORE_NAME, archive):
        with exploring(path) as url:
            status = get(url)
            assert (status["archive"], status["ready"], status["height"] > 100) == (True, False, True)
            with urlopen(f"{url}/", timeout=10) as page:
                assert page.url == f"{url}/explorer/"
                assert b"<html" in page.read()
    assert left_over() <= before


def test_an_index_may_be_kept(settled: list[Path], tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    with exploring(settled[0], "--index", f"sqlite:///{kept}"):
        assert kept.exists()
    with exploring(settled[1], "--index", f"sqlite:///{kept}") as url:
        assert get(url)["height"] > 100


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (None, 2, "store"),
        (b"", 6, "cut off"),
        (b"what is no archive, but long enough to look like one", 6, "more than"),
        (b"SQLite format 3\x00" + bytes(100), 6, ""),
    ],
)
def test_what_is_no_chain_is_refused(
    tmp_path: Path, run: Run, content: bytes | None, code: int, reason: str
) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    result = run("explore", path)
    assert result.code == code
    assert reason in result.err
    assert run("explore", tmp_path).code == 1


def test_an_index_of_another_chain_is_refused(settled: list[Path], tmp_path: Path, run: Run) -> None:
    result = run("explore", settled[0], "--index", "mysql://localhost/x")
    assert result.code == 1
    assert "index" in result.err
