"""A plan as a file: the problem, the plan, its certificate and the market's limits, in exact integers.

`plan show --json` writes it, `plan verify` checks it; nothing else is needed to judge a plan.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from cli.errors import CommandError, ExitCode
from cli.files import read
from contracts.dispatch.certificate import Certificate, bound, check_gap
from contracts.dispatch.check import check_plan
from contracts.dispatch.errors import ProblemError
from contracts.dispatch.model import Plan, Problem, cost
from contracts.gap import GapLimit

PLAN_BYTES_MAX = 2**26


@dataclass(frozen=True, slots=True)
class PlanFile:
    """Everything that it takes to judge a plan. Costs are in billionths of the currency."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    problem: Problem
    plan: Plan
    certificate: Certificate
    gap: GapLimit
    """Within which the plan has to be of its proven bound."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the exact check found."""

    cost_nano: int
    bound_nano: int

    @property
    def gap_nano(self) -> int:
        """How much dearer than the best the plan can be at most."""
        return self.cost_nano - self.bound_nano


def judge(file: PlanFile) -> Judgement:
    """Check a plan exactly. Raises PlanError, CertificateError or GapError, which name what does not hold."""
    check_plan(file.problem, file.plan)
    judgement = Judgement(cost(file.problem, file.plan), bound(file.problem, file.certificate))
    check_gap(judgement.cost_nano, judgement.bound_nano, file.gap)
    return judgement


def to_plain(file: PlanFile) -> Any:
    """The file's content for JSON."""
    return _FILE.dump_python(file, mode="json")


def read_plan(path: Path) -> PlanFile:
    """A plan from its file. Raises CommandError that names what is missing, no integer or impossible."""
    data = read(path)
    if len(data) > PLAN_BYTES_MAX:
        raise CommandError(f"{path} is larger than any plan", code=ExitCode.UNVERIFIED)
    try:
        return _FILE.validate_json(data, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise CommandError(f"{path}: {place}: {first['msg']}", code=ExitCode.UNVERIFIED) from error
    except ProblemError as error:
        raise CommandError(f"{path}: {error}", code=ExitCode.UNVERIFIED) from error


_FILE = TypeAdapter(PlanFile)
