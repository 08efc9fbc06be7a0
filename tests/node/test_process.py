"""A node as a process of its own: ended in order, and killed at any moment."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import pytest

from tests.node.networks import Network, eventually, height_of_all, make_network, roots_at

RUN = """
import asyncio, sys
from pathlib import Path
from node.config import load_config
from node.startup import run_node
asyncio.run(run_node(load_config(Path(sys.argv[1]), log={"level": "info"}), {}))
"""


async def start_process(network: Network, name: str) -> Process:
    file = network.folder / name / "config.toml"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, str(file), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )


async def read_until(process: Process, text: str) -> list[str]:
    """The lines of the log, up to one that holds `text`."""
    assert process.stderr is not None
    lines: list[str] = []
    async with asyncio.timeout(30):
        while line := await process.stderr.readline():
            lines.append(line.decode())
            if text in lines[-1]:
                return lines
    raise AssertionError(f"no {text!r} in the log: {lines}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_node_that_is_told_to_end_does_so_at_once(tmp_path: Path, number: signal.Signals) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        process = await start_process(network, "v1")
        await read_until(process, '"started"')
        process.send_signal(number)
        async with asyncio.timeout(5):
            _, errors = await process.communicate()
        assert process.returncode == 0
        assert b"Traceback" not in errors

    asyncio.run(run())


def test_a_validator_that_was_killed_returns_to_the_same_chain(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running("v1", "v2", "v3") as nodes:
            for _ in range(2):
                process = await start_process(network, "v4")
                await read_until(process, '"event": "block"')
                process.kill()
                await process.wait()
            height = nodes[0].chain.height + 3
            await height_of_all(nodes, height)
            async with network.start("v4") as fourth:
                await height_of_all([fourth], height)
                assert len(roots_at([*nodes, fourth], height)) == 1
                await eventually(lambda: fourth.status()["ready"])

    asyncio.run(run())
