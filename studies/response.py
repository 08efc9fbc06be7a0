"""A day of demand response on a distribution network (Chen et al. 2022, section 4), without a chain.

Hour by hour the ENO looks at its forecast; where a limit would break there is an event, which
response_event.py takes from the forecast to a proven dispatch. Compared are the day before and after, and
what it would cost if those mended it alone who stand where the limit breaks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.response.network import NPU
from contracts.response.quotes import SECONDS_PER_HOUR
from contracts.response.solving.cuts import violations
from contracts.response.solving.flow import power_flow
from crypto.hashing import sha256
from studies.response_alone import alone_w
from studies.response_case import ResponseCase
from studies.response_event import QUARTER_S, Event, answer, ask
from studies.stopwatch import Stopwatch

QUARTERS_AN_HOUR: Final = SECONDS_PER_HOUR // QUARTER_S

Floats = NDArray[np.float64]
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An event, and what it would be if those near the fault mended it alone."""

    event: Event
    alone_w: tuple[int, ...] | None
    """By resource; None if they could not."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was played."""

    case: ResponseCase
    seed: int
    outcomes: tuple[Outcome, ...]
    before_pu: Floats
    """Magnitudes of the voltages by quarter hour and bus, without events."""
    after_pu: Floats
    change_w: NDArray[np.int64]
    """By quarter hour and resource: how the events moved its injection."""
    seconds: dict[str, float]
    """Wall-clock time by part: the only thing here that is not the same in the next run."""


def play(case: ResponseCase, seed: int, advance: Advance = lambda _: None) -> Day:
    """The whole day; the same seed gives the same, but for the time it took."""
    watch = Stopwatch()
    outcomes = tuple(_outcomes(case, seed, watch, advance))
    change_w = np.zeros((len(case.day), len(case.resources)), np.int64)
    for outcome in outcomes:
        change_w[outcome.event.quarters] = outcome.event.change_w
    before_pu = voltages_pu(case, np.zeros_like(change_w))
    return Day(case, seed, outcomes, before_pu, voltages_pu(case, change_w), change_w, watch.seconds)


def _outcomes(case: ResponseCase, seed: int, watch: Stopwatch, advance: Advance) -> Iterator[Outcome]:
    for quarters in broken_spans(case):
        advance(quarters.start)
        question = ask(case, quarters, sha256(b"response study %d/%d" % (seed, quarters.start)))
        if question is not None:
            yield Outcome(answer(question, watch), alone_w(question))
    advance(len(case.day))


def broken_spans(case: ResponseCase) -> Iterator[range]:
    """In each hour, from the first to the last quarter hour whose forecast breaks a limit."""
    nobody = [0] * len(case.resources)
    flows = [case.injections(quarter, nobody) for quarter in range(len(case.day))]
    voltages = power_flow(case.network, flows).voltages_npu
    for begin in range(0, len(flows), QUARTERS_AN_HOUR):
        hour = range(begin, min(begin + QUARTERS_AN_HOUR, len(flows)))
        broken = [at for at in hour if violations(case.network, flows[at : at + 1], voltages[at : at + 1])]
        if broken:
            yield range(broken[0], broken[-1] + 1)


def voltages_pu(case: ResponseCase, change_w: NDArray[np.int64]) -> Floats:
    """Magnitudes by quarter hour and bus, when the resources are moved so; by quarter hour and resource."""
    flows = [case.injections(quarter, moved.tolist()) for quarter, moved in enumerate(change_w)]
    swept = power_flow(case.network, flows)
    magnitudes: Floats = np.hypot(*np.moveaxis(np.array(swept.voltages_npu, float), -1, 0))
    return magnitudes / NPU
