"""One event of demand response, from the forecast to a proven dispatch, with all parts in one memory.

As the agents do it on a chain: the ENO asks for a target; the participants agree by ADMM; the buses check by
a sweep what they agreed on; a limit that breaks becomes a cut and they agree again; then the exact answer to
the quotes is found, and proven by the functions that every validator calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.gap import GapLimit
from contracts.response.optimality import Cut, Demand, check_optimal
from contracts.response.solving.admm import Run, run_admm
from contracts.response.solving.cuts import Placement
from contracts.response.solving.judging import Judgement, Plan, judge
from contracts.response.solving.solver import Answer, Infeasible, solve
from contracts.response.solving.sweep import SweepResult, run_sweep
from contracts.response.solving.target import needed_target_w
from crypto.hashing import Digest
from studies.response_case import ResponseCase
from studies.stopwatch import Stopwatch

QUARTER_S: Final = 900
GAP: Final = GapLimit(relative_ppm=100, absolute_nano=10**6)
"""A dispatch with cuts may be a ten-thousandth, or a thousandth of the currency an hour, from its bound."""

TOLERANCE_NPU: Final = 1_000
CUTS_A_ROUND: Final = 4
ROUNDS_MAX: Final = 16


@dataclass(frozen=True, slots=True)
class Round:
    """One optimisation among the participants, and the buses' check of what they agreed on."""

    cuts: int
    """That it had to keep."""
    optimum: Run
    check: SweepResult


@dataclass(frozen=True, slots=True)
class Event:
    """What came of one event; powers in W, by resource."""

    quarters: range
    """Of the day."""
    target_w: int
    rounds: tuple[Round, ...]
    demand: Demand
    """With all cuts."""
    answer: Answer | None
    reason: str
    """Why there is no answer."""

    @property
    def change_w(self) -> tuple[int, ...]:
        """The signed change of each injection."""
        sign = 1 if self.target_w > 0 else -1
        return tuple(sign * response_w for response_w in self.response_w)

    @property
    def response_w(self) -> tuple[int, ...]:
        return (0,) * len(self.demand.curves) if self.answer is None else self.answer.allocation

    @property
    def cost_nano_h(self) -> int:
        """By the quotes, in nano-currency an hour."""
        return self.demand.cost_nano_h(self.response_w)


@dataclass(frozen=True, slots=True)
class Question:
    """An event before it has an answer."""

    case: ResponseCase
    quarters: range
    target_w: int
    seed: Digest
    """By which ties are broken; on a chain it is the process's identifier."""

    @property
    def sign(self) -> int:
        return 1 if self.target_w > 0 else -1

    def demand(self, cuts: tuple[Cut, ...]) -> Demand:
        """What has to be solved, with every participant's quote."""
        numbers = range(len(self.case.resources))
        curves = tuple(self.case.offer(number, self.sign, self.quarters) for number in numbers)
        return Demand(abs(self.target_w), curves, len(self.quarters) * QUARTER_S, cuts, self.seed)

    def plan(self, response_w: Sequence[int]) -> Plan:
        """What the check has to judge."""
        changes = [self.sign * each_w for each_w in response_w]
        flows = tuple(self.case.injections(quarter, changes) for quarter in self.quarters)
        return Plan(self.case.network, flows, Placement(self.case.buses, self.sign), response_w)


def ask(case: ResponseCase, quarters: range, seed: Digest) -> Question | None:
    """What the ENO asks for on its forecast; None if nothing can mend it."""
    forecast = [case.injections(quarter, [0] * len(case.resources)) for quarter in quarters]
    down, up = (Question(case, quarters, sign, seed).demand(()).capacities_w for sign in (-1, 1))
    target_w = needed_target_w(case.network, forecast, case.buses, down, up)
    return Question(case, quarters, target_w, seed) if target_w else None


def answer(question: Question, watch: Stopwatch) -> Event:
    """Agree, check, cut and agree again, until the exact answer is proven, or shown not to exist."""
    cuts: tuple[Cut, ...] = ()
    rounds: list[Round] = []
    while len(rounds) < ROUNDS_MAX:
        demand = question.demand(cuts)
        agreed, verdict = _agree(question, demand, watch)
        rounds.append(agreed)
        exact = None
        if verdict.voltages is not None or not agreed.optimum.is_converged:
            exact, verdict = _solve(question, demand, watch)
        if not verdict.cuts:
            return Event(question.quarters, question.target_w, tuple(rounds), demand, exact, verdict.reason)
        cuts += verdict.cuts
    reason = f"not agreed after {ROUNDS_MAX} rounds"
    return Event(question.quarters, question.target_w, tuple(rounds), demand, None, reason)


def _agree(question: Question, demand: Demand, watch: Stopwatch) -> tuple[Round, Judgement]:
    """The participants' optimum in whole watts, as the buses and the ENO find it."""
    with watch.measure("agree"):
        optimum = run_admm(demand)
    plan = question.plan(tuple(map(round, optimum.response_w)))
    with watch.measure("sweep"):
        check = run_sweep(plan.network, plan.injections)
    found = check.voltages_npu if check.converged else None
    with watch.measure("judge"):
        verdict = judge(plan, found, TOLERANCE_NPU, CUTS_A_ROUND)
    return Round(len(demand.cuts), optimum, check), verdict


def _solve(question: Question, demand: Demand, watch: Stopwatch) -> tuple[Answer | None, Judgement]:
    """The exact answer with its proofs; or none, and the reason."""
    with watch.measure("solve"):
        exact = solve(demand, GAP)
    if isinstance(exact, Infeasible):
        return None, Judgement(reason="no answer meets the target and keeps the cuts")
    with watch.measure("prove"):
        check_optimal(demand, exact.allocation, exact.certificate, GAP)
    plan = question.plan(exact.allocation)
    with watch.measure("judge"):
        verdict = judge(plan, None, TOLERANCE_NPU, CUTS_A_ROUND)
    return (exact if verdict.voltages is not None else None), verdict
