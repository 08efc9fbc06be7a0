"""One line that changes: in its place on a terminal, every ten seconds elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.live import Live

from cli.output import messages, say

EVERY_S = 10.0


class LiveLine:
    """A context in which `show` replaces the line."""

    def __init__(self) -> None:
        self._live = Live("", console=messages, transient=True) if messages.is_terminal else None
        self._said = 0.0

    def show(self, text: str) -> None:
        if self._live is not None:
            self._live.update(text)
        elif time.monotonic() - self._said >= EVERY_S:
            self._said = time.monotonic()
            say(text)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
