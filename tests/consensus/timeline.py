"""Virtual time: what is to happen, in the order in which it does."""

import heapq
from collections.abc import Callable

START_MS = 1_000_000_000


class Timeline:
    """True time, in unix milliseconds; nobody's clock shows it."""

    def __init__(self) -> None:
        self.now = START_MS
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def after(self, delay_ms: int, act: Callable[[], None]) -> None:
        """Let it happen; of what happens at one moment, what was said first comes first."""
        self._count += 1
        heapq.heappush(self._queue, (self.now + delay_ms, self._count, act))

    def run(self, duration_ms: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass; whether `until` came true."""
        end = self.now + duration_ms
        while self._queue and self._queue[0][0] <= end:
            self.now, _, act = heapq.heappop(self._queue)
            act()
            if until():
                return True
        self.now = end
        return until()
