"""What a shared storage saves, by its size: Table 4 of Liu and Ai (2024), proven.

Each size is planned by the dispatch contract's own solver, in both models, and each plan goes through the
contract's own checks: every constraint to 1 Wh, and a lower bound of any plan's cost from its certificate.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.dispatch.certificate import bound, check_gap
from contracts.dispatch.check import check_plan
from contracts.dispatch.costs import alone_cost
from contracts.dispatch.feasibility import idle_plan
from contracts.dispatch.model import Model, Problem, cost, storage_flows
from contracts.dispatch.solver import DEFAULT_LIMIT, Solution, solve
from studies.storage_case import BUILT, KILO, MODELS, PRINTED_CNY, PROPORTIONAL, Case, Size, problem_of

NANO: Final = 10**9
UKWH: Final = 10**6


@dataclass(frozen=True, slots=True)
class Outcome:
    """A size in one model: its problem, and the plan that is proven to be the best."""

    size: Size
    problem: Problem
    solution: Solution

    @property
    def cost_cny(self) -> float:
        return self.solution.cost_nano / NANO

    @property
    def bound_cny(self) -> float:
        """No plan costs less."""
        return self.solution.bound_nano / NANO

    @property
    def gap_cny(self) -> float:
        """How far from the optimum the plan may be, at the most."""
        return (self.solution.cost_nano - self.solution.bound_nano) / NANO

    @property
    def usable_kwh(self) -> float:
        """Between the least and the greatest state of charge."""
        storage = self.problem.storage
        return (storage.highest - storage.lowest) / storage.units_per_wh / KILO

    @property
    def drawn_kwh(self) -> float:
        """What is taken out of the state of charge over the day, by all sites."""
        storage = self.problem.storage
        _, discharged_wh = storage_flows(self.solution.plan)
        return storage.draw * sum(discharged_wh) / storage.units_per_wh / KILO


@dataclass(frozen=True, slots=True)
class Study:
    """All that was planned."""

    case: Case
    scenarios: Mapping[Model, Sequence[Outcome]]
    """The five of Table 4, in its order."""
    proportional: Mapping[Model, Sequence[Outcome]]
    """From no storage to two and a half times the built one."""
    alone_cny: float
    """What the parks pay, each alone with the grid."""
    bus_cny: float
    """What they pay on one bus, without a storage."""

    def built(self, model: Model) -> Outcome:
        """The storage of the paper's figures."""
        return next(outcome for outcome in self.scenarios[model] if outcome.size == BUILT)


def planned(case: Case, model: Model, size: Size) -> Outcome:
    """Plan a size, and prove the plan. Raises what the contract would refuse it with: PlanError,
    CertificateError or GapError; Infeasible if there is no plan."""
    problem = problem_of(case, model, size)
    solution = solve(problem)
    check_plan(problem, solution.plan)
    check_gap(cost(problem, solution.plan), bound(problem, solution.certificate), DEFAULT_LIMIT)
    return Outcome(size, problem, solution)


def run(case: Case, advance: Callable[[int], None] = lambda _: None) -> Study:
    """Plan every size in both models."""
    done: dict[tuple[Model, Size], Outcome] = {}
    for place in places():
        done[place] = planned(case, *place)
        advance(len(done))
    paper, pooled = (problem_of(case, model, Size(0, 0)) for model in MODELS)
    return Study(
        case,
        scenarios={model: [done[model, size] for size in PRINTED_CNY] for model in MODELS},
        proportional={model: [done[model, size] for size in PROPORTIONAL] for model in MODELS},
        alone_cny=sum(alone_cost(site, case.tariff) for site in paper.sites) / NANO,
        bus_cny=cost(pooled, idle_plan(pooled).plan) / NANO,
    )


def places() -> Sequence[tuple[Model, Size]]:
    """What there is to plan, each once."""
    sizes = dict.fromkeys((*PRINTED_CNY, *PROPORTIONAL))
    return [(model, size) for model in MODELS for size in sizes]


def cycle_worth_cny(case: Case) -> float:
    """The most that 1 kWh put into the storage and taken out again can save on any day of this tariff:
    bought when nothing is cheaper, or kept from being sold, and used when nothing is dearer."""
    storage, tariff = case.storage, case.tariff
    cheapest = min(*tariff.buy_ukwh, *tariff.sell_ukwh) + storage.wear_ukwh
    dearest = max(*tariff.buy_ukwh, *tariff.sell_ukwh) - storage.wear_ukwh
    taken = storage.units_per_wh / storage.gain
    given = storage.units_per_wh / storage.draw
    return (given * dearest - taken * cheapest) / UKWH
