"""The command line, as a process of its own."""

import subprocess
import sys


def gridquorum(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, whatever its exit code."""
    return subprocess.run([sys.executable, "-m", "cli", *arguments], capture_output=True, text=True)
