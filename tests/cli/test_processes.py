"""Processes of a demonstration end with it, whatever ends it; and two of them do not disturb each other."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CommandError
from cli.processes import NodeProcesses, free_ports, start_up_s


def test_node_that_cannot_start_is_reported_with_its_own_words(tmp_path: Path) -> None:
    with NodeProcesses() as processes:
        processes.start(tmp_path)
        ended = processes._nodes[0].process
        ended.wait()
        with pytest.raises(CommandError, match=r"config\.toml"):
            processes.check()


def test_leaving_ends_what_was_started(tmp_path: Path) -> None:
    with NodeProcesses() as processes:
        processes.start(tmp_path)
        process = processes._nodes[0].process
    assert process.poll() is not None


def test_one_that_was_killed_is_not_missed(tmp_path: Path) -> None:
    with NodeProcesses() as processes:
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            processes.start(tmp_path / name)
        (killed, left) = (node.process for node in processes._nodes)
        processes.kill("one")
        assert killed.returncode in (-signal.SIGKILL, 3)
        left.wait()
        with pytest.raises(CommandError, match="node other ended"):
            processes.check()


def test_an_interrupt_while_the_start_is_measured_ends_what_was_started_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: Any) -> None:
            super().__init__([sys.executable, "-c", "import time; time.sleep(60)"], **options)
            started.append(self)

        def wait(self, timeout: float | None = None) -> int:
            if self.poll() is None and not interrupted:
                interrupted.append(os.getsid(self.pid))
                raise KeyboardInterrupt
            return super().wait(timeout)

    started: list[subprocess.Popen[bytes]] = []
    interrupted: list[int] = []
    monkeypatch.setattr("cli.processes.subprocess.Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        start_up_s(2)
    assert interrupted == [started[0].pid], "in a session of its own, which Ctrl-C does not reach"
    assert [process.wait(10) for process in started] == [-signal.SIGKILL] * 2


def test_free_ports_are_many_and_free() -> None:
    ports = free_ports(10)
    assert len(set(ports)) == 10
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports[0]))
        taken.listen()
        assert ports[0] not in free_ports(10)


def heed_interrupts() -> None:
    """As on a terminal; a shell has what it runs in the background ignore them, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_demo_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli", "demo", "--out", str(tmp_path / "demo")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    demo = subprocess.Popen(command, **pipes, text=True, preexec_fn=heed_interrupts)
    assert demo.stderr is not None
    for line in demo.stderr:
        if "height" in line:
            break
    demo.send_signal(number)
    demo.communicate(timeout=30)
    assert demo.returncode == 130
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in left
