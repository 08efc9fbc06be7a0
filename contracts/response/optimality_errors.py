"""Why an allocation, or a proof of what is best or impossible, is refused."""

from contracts.response.errors import ResponseError


class WrongLength(ResponseError):
    """A row has not one number for each resource or cut."""

    def __init__(self, row: str, expected: int, got: int) -> None:
        super().__init__(f"{row} has {got} numbers, not {expected}")
        self.row = row
        self.expected = expected
        self.got = got


class OutOfCapacity(ResponseError):
    """A resource is given less than nothing, or more than it quoted."""

    def __init__(self, resource: int, given_w: int, capacity_w: int) -> None:
        super().__init__(f"resource {resource} is given {given_w} W; 0 .. {capacity_w} W are possible")
        self.resource = resource
        self.given_w = given_w
        self.capacity_w = capacity_w


class TargetMissed(ResponseError):
    """The allocation does not sum to the event's target."""

    def __init__(self, target_w: int, total_w: int) -> None:
        super().__init__(f"the allocation sums to {total_w} W, not to the target of {target_w} W")
        self.target_w = target_w
        self.total_w = total_w


class CutBroken(ResponseError):
    """The allocation breaks a cut; `by` is in the cut's own unit."""

    def __init__(self, cut: int, by: int) -> None:
        super().__init__(f"the allocation breaks cut {cut} by {by}")
        self.cut = cut
        self.by = by


class NotMarginal(ResponseError):
    """The merit order does not reach the target at this price: too much is cheaper, or too little."""

    def __init__(self, price_ukwh: int, below_w: int, upto_w: int, target_w: int) -> None:
        super().__init__(
            f"{price_ukwh} ukwh is not the marginal price: {below_w} W are offered below it and {upto_w} W "
            f"up to it, and the target is {target_w} W"
        )
        self.price_ukwh = price_ukwh
        self.below_w = below_w
        self.upto_w = upto_w
        self.target_w = target_w


class NotMeritOrder(ResponseError):
    """Without cuts there is one right allocation, and this is another."""

    def __init__(self, resource: int, expected_w: int, given_w: int) -> None:
        super().__init__(f"the merit order gives resource {resource} {expected_w} W, not {given_w} W")
        self.resource = resource
        self.expected_w = expected_w
        self.given_w = given_w


class CertificateError(ResponseError):
    """A certificate is malformed: a scale below 1, a negative weight, a number out of bounds."""


class GapTooWide(ResponseError):
    """A certificate is well formed, and does not prove that the allocation is near enough to the optimum."""

    def __init__(self, cost_nano_h: int, bound_nano_h: int, allowed_nano_h: int) -> None:
        super().__init__(
            f"the allocation costs {cost_nano_h} nano/h and its certificate proves {bound_nano_h}: "
            f"the gap of {cost_nano_h - bound_nano_h} is over the limit of {allowed_nano_h}"
        )
        self.cost_nano_h = cost_nano_h
        self.bound_nano_h = bound_nano_h
        self.allowed_nano_h = allowed_nano_h


class NotInfeasible(ResponseError):
    """A certificate does not prove that nothing meets target and cuts: its contradiction is not positive."""

    def __init__(self, contradiction: int) -> None:
        super().__init__(f"the certificate proves no contradiction: {contradiction} is not above 0")
        self.contradiction = contradiction


class SolverFailed(ResponseError):
    """HiGHS gave neither an optimum nor a proof that there is none, or none in whole watts."""

    def __init__(self, message: str) -> None:
        super().__init__(f"no answer was found: {message}")
