"""Exit codes, and the one place that says which error gives which."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a process of ours says when it ends; scripts rely on these numbers."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    UNREACHABLE = 4
    UNHEALTHY = 5
    UNVERIFIED = 6
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot do what was asked: why, and what to do about it."""

    def __init__(self, problem: str, *, remedy: str = "", code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(problem)
        self.remedy = remedy
        self.code = code
