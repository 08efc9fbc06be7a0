"""The command line, run as a user does, within this process."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.app import main
from tests.cli.settled import settled_network


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `gridquorum ARGUMENTS`; a fault of ours raises, as it would for the user."""

    def run_command(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["gridquorum", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Result(int(ended.value.code or 0), captured.out, captured.err)

    return run_command


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of five nodes whose chains hold a settled day; to be read only."""
    return settled_network(tmp_path_factory.mktemp("network"))
