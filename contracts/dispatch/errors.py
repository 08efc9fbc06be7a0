"""Why a dispatch problem, plan or certificate is refused."""

from contracts.errors import ContractError


class DispatchError(ContractError):
    """Base of this folder's errors."""


class ProblemError(DispatchError):
    """The problem itself makes no sense: a missing period, a negative rating, a number out of bounds."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"dispatch problem, {field}: {reason}")
        self.field = field
        self.reason = reason


class PlanError(DispatchError):
    """A plan breaks a constraint; `by` says how much, in `unit`."""

    def __init__(
        self,
        constraint: str,
        by: int,
        period: int | None = None,
        site: str | None = None,
        unit: str = "Wh",
    ) -> None:
        where = (f" of the {site}" if site else "") + (f" in period {period}" if period is not None else "")
        super().__init__(f"the plan breaks the {constraint}{where} by {by} {unit}")
        self.constraint = constraint
        self.by = by
        self.period = period
        self.site = site
        self.unit = unit


class CertificateError(DispatchError):
    """A certificate is malformed: a missing multiplier, a split that leads nowhere, too many leaves."""


class GapError(DispatchError):
    """A certificate is well formed, and does not prove that the plan is near enough to the optimum."""

    def __init__(self, cost_nano: int, bound_nano: int, allowed_nano: int) -> None:
        super().__init__(
            f"the plan costs {cost_nano} and its certificate proves only {bound_nano}: "
            f"the gap of {cost_nano - bound_nano} is over the limit of {allowed_nano}"
        )
        self.cost_nano = cost_nano
        self.bound_nano = bound_nano
        self.allowed_nano = allowed_nano


class Infeasible(DispatchError):
    """No plan keeps every constraint: which one, when, where, and by how much."""

    def __init__(self, constraint: str, period: int, site: str, short_wh: int) -> None:
        super().__init__(
            f"no plan is possible: the {constraint} of the {site} in period {period} lacks {short_wh} Wh"
        )
        self.constraint = constraint
        self.period = period
        self.site = site
        self.short_wh = short_wh


class SolverFailed(DispatchError):
    """HiGHS gave neither an optimum nor a proof that there is none."""

    def __init__(self, message: str) -> None:
        super().__init__(f"HiGHS found no optimum: {message}")
