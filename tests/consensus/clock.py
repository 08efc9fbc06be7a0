"""A validator's clocks: the wall's, which drifts and is set, and that of its timers, which is never set."""

from dataclasses import dataclass

from tests.consensus.timeline import START_MS

PPM = 1_000_000


@dataclass
class Clock:
    """Both drift alike, until somebody disciplines the wall's."""

    offset_ms: int = 0
    drift_ppm: int = 0
    """How much too fast."""
    is_disciplined: bool = False

    def wall(self, now: int) -> int:
        """What it shows at a true time."""
        drifted = 0 if self.is_disciplined else (now - START_MS) * self.drift_ppm // PPM
        return now + self.offset_ms + drifted

    def lasting(self, duration_ms: int) -> int:
        """How long a timer truly runs."""
        return duration_ms - duration_ms * self.drift_ppm // PPM

    def discipline(self, offset_ms: int) -> None:
        """Set the wall's, and have it no longer drift."""
        self.offset_ms, self.is_disciplined = offset_ms, True
