"""Worker processes end with their node, even if it is killed."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.node.networks import eventually

ROOT = str(Path(__file__).resolve().parents[2])
RUN = """
import os, time
from node.workers import start_workers
if __name__ == "__main__":
    print(start_workers(1).submit(os.getpid).result(), flush=True)
    time.sleep(100)
"""


def is_running(pid: str) -> bool:
    """Whether there is such a process, and not just its remains that nobody has collected."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_workers_end_with_a_process_that_was_killed(tmp_path: Path) -> None:
    async def run() -> None:
        script = tmp_path / "script.py"
        script.write_text(RUN)
        process = await asyncio.create_subprocess_exec(
            sys.executable, script, stdout=PIPE, stderr=PIPE, env={"PYTHONPATH": ROOT}
        )
        assert process.stdout is not None
        worker = (await process.stdout.readline()).decode().strip()
        assert is_running(worker)
        process.kill()
        await process.wait()
        await eventually(lambda: not is_running(worker))

    asyncio.run(run())
