"""What it took to come to a dispatch, as the ENO's agent counts it for the dispatch's record."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contracts.agent import SendMessage
from contracts.response.records import COUNT_MAX, ITERATIONS_MAX, Convergence
from contracts.response.solving.admm import Residual


@dataclass(slots=True)
class Tally:
    """What it took, for the record."""

    rounds: int = 0
    sweeps: int = 0
    messages: int = 0
    message_bytes: int = 0
    residuals: list[Residual] = field(default_factory=list)

    def count(self, messages: Iterable[SendMessage]) -> Iterator[SendMessage]:
        """Count what is sent."""
        for message in messages:
            self.messages += 1
            self.message_bytes += len(message.body)
            yield message

    def record(self) -> Convergence:
        """As the chain keeps it. Hosts count for themselves, so what they say is bounded."""
        residuals = tuple(
            (min(COUNT_MAX, round(residual.primal_w)), min(COUNT_MAX, round(residual.dual_ukwh)))
            for residual in self.residuals[-ITERATIONS_MAX:]
        )
        messages, message_bytes = min(COUNT_MAX, self.messages), min(COUNT_MAX, self.message_bytes)
        return Convergence(self.rounds, self.sweeps, messages, message_bytes, residuals)
