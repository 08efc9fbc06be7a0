"""The command line, as a process of its own."""

import os
import subprocess
import sys

FIRST_PORT = 20_000
PORTS_A_NETWORK = 100
"""Peers listen from the first on, their APIs 80 above."""


def gridquorum(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, whatever its exit code."""
    return subprocess.run([sys.executable, "-m", "cli", *arguments], capture_output=True, text=True)


def first_port() -> int:
    """Where a network of this process listens: other runs of the tests on this machine have theirs."""
    return FIRST_PORT + os.getpid() % 100 * PORTS_A_NETWORK
