"""Plans that are refused: for another day, wrong by 1 Wh, unproven, too late, or of another process."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from contracts.dispatch.agent import Dispatcher
from contracts.dispatch.certificate import Certificate, Leaf
from contracts.dispatch.days import find_attempt
from contracts.dispatch.errors import CertificateError, GapError, PlanError
from contracts.dispatch.model import Flows, Plan, Problem
from contracts.dispatch.problems import decode_problem
from contracts.dispatch.records import Attempt, Phase, plan_key, problem_key
from contracts.dispatch.refusals import UnknownDay, WrongProblem
from contracts.dispatch.solver import Solution, solve
from contracts.errors import ArgumentError
from ledger.errors import LinkCount, LinkMissing, WrongStage
from ledger.quantities import TxId
from ledger.stage import Stage
from tests.contracts.dispatch_day.market import DAY, FIRST, Market, market_at
from tests.contracts.dispatch_day.refusals import check_refused, check_taken


@pytest.fixture(scope="module")
def market() -> Market:
    """While plans are taken, and none has been offered."""
    planning = Market()
    planning.run_until(Phase.FORECASTING)
    planning.stop(Dispatcher, "alder", "birch", "cedar", "dogwood")
    planning.run_until(Phase.PLANNING)
    return planning


@pytest.fixture(scope="module")
def solution(market: Market) -> Solution:
    return solve(problem_of(market))


def problem_of(market: Market, revision: int = 1) -> Problem:
    return decode_problem(market.parameters, 900, market.get(problem_key(DAY, revision)))


def attempt_of(market: Market) -> Attempt:
    attempt = find_attempt(market.sight, DAY)
    assert attempt is not None
    return attempt


def arguments_of(solution: Solution, **changes: Any) -> dict[str, Any]:
    usual = {"day": DAY, "revision": 1, "plan": solution.plan, "certificate": solution.certificate}
    given = {**usual, **changes}
    return {**given, "plan": asdict(given["plan"]), "certificate": asdict(given["certificate"])}


def test_the_plan_itself_is_taken(market: Market, solution: Solution) -> None:
    links = (attempt_of(market).trigger,)
    check_taken(market, "ash", "plan", arguments_of(solution), Stage.DISPATCH, links)


@pytest.mark.parametrize("field", ["buy_wh", "sell_wh", "curtail_wh", "charge_wh", "discharge_wh"])
@pytest.mark.parametrize("by", [1, -1])
def test_a_plan_that_is_wrong_by_one_watt_hour_is_refused(
    market: Market, solution: Solution, field: str, by: int
) -> None:
    flows: Flows = solution.plan.sites[0]
    values = getattr(flows, field)
    place = max(range(96), key=lambda index: values[index])
    changed = (*values[:place], values[place] + by, *values[place + 1 :])
    plan = Plan((replace(flows, **{field: changed}),))
    links = (attempt_of(market).trigger,)
    error = check_refused(
        market, PlanError, "ash", "plan", arguments_of(solution, plan=plan), Stage.DISPATCH, links
    )
    assert "by 1" in error


@pytest.mark.parametrize(("day", "revision"), [(DAY + 1, 1), (DAY - 1, 1), (DAY, 0), (DAY, 2)])
def test_a_plan_for_another_day_or_problem_is_refused(
    market: Market, solution: Solution, day: int, revision: int
) -> None:
    arguments = arguments_of(solution, day=day, revision=revision)
    links = (attempt_of(market).trigger,)
    error = WrongProblem if day == DAY else UnknownDay
    check_refused(market, error, "ash", "plan", arguments, Stage.DISPATCH, links)


def test_a_certificate_that_does_not_prove_the_gap_is_refused(market: Market, solution: Solution) -> None:
    (leaf,) = solution.certificate.leaves
    cheaper = tuple(tuple(price * 9 // 10 for price in row) for row in leaf.balance)
    weak = Certificate((Leaf(leaf.storage, leaf.power, cheaper),))
    arguments = arguments_of(solution, certificate=weak)
    links = (attempt_of(market).trigger,)
    check_refused(market, GapError, "ash", "plan", arguments, Stage.DISPATCH, links)


def test_a_certificate_that_lacks_a_multiplier_is_refused(market: Market, solution: Solution) -> None:
    (leaf,) = solution.certificate.leaves
    short = Certificate((Leaf(leaf.storage[1:], leaf.power, leaf.balance),))
    arguments = arguments_of(solution, certificate=short)
    links = (attempt_of(market).trigger,)
    check_refused(market, CertificateError, "ash", "plan", arguments, Stage.DISPATCH, links)


def test_a_plan_with_a_missing_period_is_refused(market: Market, solution: Solution) -> None:
    flows = solution.plan.sites[0]
    plan = Plan((replace(flows, buy_wh=flows.buy_wh[1:]),))
    arguments = arguments_of(solution, plan=plan)
    links = (attempt_of(market).trigger,)
    error = check_refused(market, PlanError, "ash", "plan", arguments, Stage.DISPATCH, links)
    assert "number of periods" in error


def test_a_plan_of_something_else_than_whole_numbers_is_refused(market: Market, solution: Solution) -> None:
    arguments = arguments_of(solution)
    arguments["plan"]["sites"][0]["buy_wh"] = ("1",) * 96
    links = (attempt_of(market).trigger,)
    error = check_refused(market, ArgumentError, "ash", "plan", arguments, Stage.DISPATCH, links)
    assert "plan.sites[0].buy_wh[0]" in error


def test_a_plan_that_links_nothing_known_is_refused(market: Market, solution: Solution) -> None:
    arguments = arguments_of(solution)
    check_refused(market, LinkCount, "ash", "plan", arguments, Stage.DISPATCH, ())
    check_refused(market, LinkMissing, "ash", "plan", arguments, Stage.DISPATCH, (TxId(bytes(32)),))


def test_the_better_plan_stands_and_of_equals_the_first(market: Market, solution: Solution) -> None:
    fork = market.fork()
    worse = worsened(market, solution)
    links = (attempt_of(market).trigger,)
    fork.chain.send("ash", "dispatch", "plan", arguments_of(solution, plan=worse), Stage.DISPATCH, links)
    first = fork.chain.send("beech", "dispatch", "plan", arguments_of(solution), Stage.DISPATCH, links)
    fork.chain.send("chestnut", "dispatch", "plan", arguments_of(solution), Stage.DISPATCH, links)
    assert [receipt.error for receipt in fork.chain.make_block()] == [""] * 3
    assert fork.get(plan_key(DAY, 1))["tx_id"] == first.tx_id
    fork.run_to(FIRST)
    assert fork.day.segments[0].dispatch == first.tx_id


def worsened(market: Market, solution: Solution) -> Plan:
    """The same plan, but that it curtails 100 Wh and buys them instead: within the gap, and worse."""
    surplus_wh = problem_of(market).sites[0].curtail_wh
    place = max(range(96), key=lambda index: surplus_wh[index])
    (flows,) = solution.plan.sites

    def more(values: tuple[int, ...]) -> tuple[int, ...]:
        return (*values[:place], values[place] + 100, *values[place + 1 :])

    return Plan((replace(flows, buy_wh=more(flows.buy_wh), curtail_wh=more(flows.curtail_wh)),))


def test_a_plan_after_gate_closure_is_refused(market: Market, solution: Solution) -> None:
    fork = market.fork()
    fork.stop(Dispatcher, "alder", "birch", "cedar", "dogwood")
    fork.run_to(FIRST - 2)
    links = (attempt_of(market).trigger,)
    check_refused(fork, WrongProblem, "ash", "plan", arguments_of(solution), Stage.DISPATCH, links)


def test_a_plan_in_mid_day_has_to_name_the_one_that_it_supersedes(solution: Solution) -> None:
    fork = market_at(FIRST + 20).fork()
    fork.call("grid", "change_limits", {"import_w": 900_000, "export_w": 800_000})
    while find_attempt(fork.sight, DAY) is None or not attempt_of(fork).has_problem:
        fork.step()
    attempt = attempt_of(fork)
    problem = problem_of(fork, attempt.revision)
    arguments = arguments_of(solve(problem), revision=attempt.revision)
    standing = fork.day.segments[-1].dispatch
    check_refused(fork, LinkCount, "ash", "plan", arguments, Stage.DISPATCH, (attempt.trigger,))
    wrong = (attempt.trigger, TxId(fork.day.process or b""))
    check_refused(fork, WrongStage, "ash", "plan", arguments, Stage.DISPATCH, wrong)
    old = (TxId(fork.day.process or b""), standing)
    check_refused(fork, WrongProblem, "ash", "plan", arguments, Stage.DISPATCH, old)
    check_taken(fork, "ash", "plan", arguments, Stage.DISPATCH, (attempt.trigger, standing))
