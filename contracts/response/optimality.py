"""Whether an allocation is the cheapest, or none is possible: checked exactly, by prices from anywhere.

    minimise    sum of cost_i(x_i)                              (Chen et al. 2022, eq. 7)
    target      sum of x_i = target_w
    cuts        sum of coefficient_ki * x_i <= limit_k          (what the security check asks for)
    capacity    0 <= x_i <= capacity_i, whole W

Without cuts one allocation is right: the merit order, `share`. With cuts, any price of the target and any
weights >= 0 of the cuts give a bound that no allocation is below (weak duality): relax both, and each
resource is left with the minimum of its own cost less what its watts are worth, which is piece by piece.
With all costs 0 the same sum proves infeasibility where it is positive (Farkas).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.gap import GapLimit
from contracts.response.optimality_errors import (
    CertificateError,
    CutBroken,
    GapTooWide,
    NotInfeasible,
    NotMarginal,
    NotMeritOrder,
    OutOfCapacity,
    TargetMissed,
    WrongLength,
)
from contracts.response.quotes import Quote, capacity_w, cost_nano_h
from contracts.response.resources import RESOURCES_MAX
from crypto.hashing import sha256

CUTS_MAX = 64
COEFFICIENT_MAX = 10**12
LIMIT_MAX = 2**62
MULTIPLIER_MAX = 2**62
NUMBER_BYTES = 4


@dataclass(frozen=True, slots=True)
class Cut:
    """sum of coefficients[i] * x_i <= limit, by resource; the unit is the cut's own."""

    coefficients: Annotated[
        tuple[Annotated[int, Range(-COEFFICIENT_MAX, COEFFICIENT_MAX)], ...], Length(1, RESOURCES_MAX)
    ]
    limit: Annotated[int, Range(-LIMIT_MAX, LIMIT_MAX)]

    def load(self, allocation: Sequence[int]) -> int:
        """What the allocation makes of the left side."""
        return sum(map(mul, self.coefficients, allocation))


@dataclass(frozen=True, slots=True)
class Certificate:
    """The target's price, price/scale in ukwh, and the cuts' weights, weights[k]/scale."""

    scale: Annotated[int, Range(1, MULTIPLIER_MAX)]
    price: Annotated[int, Range(-MULTIPLIER_MAX, MULTIPLIER_MAX)]
    weights: Annotated[tuple[Annotated[int, Range(0, MULTIPLIER_MAX)], ...], Length(0, CUTS_MAX)]


@dataclass(frozen=True)
class Demand:
    """What an event asks for: the target as a magnitude, and a curve for each resource that takes part."""

    target_w: int
    curves: tuple[Quote | None, ...]
    """By resource number; None of one that does not take part, whose response is 0."""
    duration_s: int
    cuts: tuple[Cut, ...]
    seed: bytes
    """What the last ties are broken by: the event's process id."""

    @cached_property
    def capacities_w(self) -> tuple[int, ...]:
        """The most that each resource can give."""
        return tuple(0 if curve is None else capacity_w(curve, self.duration_s) for curve in self.curves)

    @cached_property
    def pieces(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Width in W and price in ukwh of each resource's segments within its capacity."""
        rows = zip(self.curves, self.capacities_w, strict=True)
        return tuple(() if curve is None else tuple(curve.pieces(most_w)) for curve, most_w in rows)

    def cost_nano_h(self, allocation: Sequence[int]) -> int:
        """The sum of what the responses cost, billionths of the currency an hour."""
        rows = zip(self.curves, allocation, strict=True)
        return sum(cost_nano_h(curve, response_w) for curve, response_w in rows if curve is not None)


def work(demand: Demand) -> int:
    """Items to charge before `check_optimal` or `check_infeasible`."""
    segments = sum(len(curve.segments) for curve in demand.curves if curve is not None)
    return 2 * segments + (2 + 2 * len(demand.cuts)) * len(demand.curves)


def share(demand: Demand, price_ukwh: int) -> tuple[int, ...]:
    """The merit order at its marginal price: below it in full, at it pro rata.

    What rounding down leaves goes to the largest remainders, a watt each; equal ones are ordered by
    SHA-256(seed || resource number in 4 bytes, big-endian). Raises NotMarginal.
    """
    below = [sum(width for width, price in row if price < price_ukwh) for row in demand.pieces]
    marginal = [sum(width for width, price in row if price == price_ukwh) for row in demand.pieces]
    rest, offered = demand.target_w - sum(below), sum(marginal)
    if not 0 <= rest <= offered:
        raise NotMarginal(price_ukwh, sum(below), sum(below) + offered, demand.target_w)
    if rest == 0:
        return tuple(below)
    shares, remainders = zip(*(divmod(width * rest, offered) for width in marginal), strict=True)
    order = sorted(range(len(below)), key=lambda number: (-remainders[number], _lot(demand.seed, number)))
    given = list(map(int.__add__, below, shares))
    for number in order[: rest - sum(shares)]:
        given[number] += 1
    return tuple(given)


def check_optimal(
    demand: Demand, allocation: tuple[int, ...], certificate: Certificate, gap: GapLimit
) -> None:
    """Raises WrongLength, OutOfCapacity, TargetMissed, CutBroken or CertificateError; besides, without cuts
    NotMarginal or NotMeritOrder, and with cuts GapTooWide.

    Without cuts the certificate is a marginal price in whole ukwh, and the gap is 0.
    """
    check_feasible(demand, allocation)
    _check_certificate(demand, certificate)
    if demand.cuts:
        _check_gap(demand.cost_nano_h(allocation), bound_nano_h(demand, certificate), gap)
    else:
        _check_merit_order(demand, allocation, certificate)


def check_infeasible(demand: Demand, certificate: Certificate) -> None:
    """That no allocation, not even in fractions, meets target, capacities and cuts.

    Raises WrongLength, CertificateError or NotInfeasible.
    """
    _check_certificate(demand, certificate)
    worths = _worths(demand, certificate)
    most = sum(max(0, worth) * most_w for worth, most_w in zip(worths, demand.capacities_w, strict=True))
    contradiction = _constant(demand, certificate) - most
    if contradiction <= 0:
        raise NotInfeasible(contradiction)


def check_feasible(demand: Demand, allocation: tuple[int, ...]) -> None:
    """Raises WrongLength, OutOfCapacity, TargetMissed or CutBroken."""
    if len(allocation) != len(demand.curves):
        raise WrongLength("the allocation", len(demand.curves), len(allocation))
    for number, (given_w, most_w) in enumerate(zip(allocation, demand.capacities_w, strict=True)):
        if not 0 <= given_w <= most_w:
            raise OutOfCapacity(number, given_w, most_w)
    if sum(allocation) != demand.target_w:
        raise TargetMissed(demand.target_w, sum(allocation))
    for number, cut in enumerate(demand.cuts):
        _check_width(demand, number, cut)
        if cut.load(allocation) > cut.limit:
            raise CutBroken(number, cut.load(allocation) - cut.limit)


def bound_nano_h(demand: Demand, certificate: Certificate) -> int:
    """No allocation that meets the target and keeps the cuts costs less than this."""
    scale = certificate.scale
    least = sum(
        width * min(0, price * scale - worth)
        for worth, row in zip(_worths(demand, certificate), demand.pieces, strict=True)
        for width, price in row
    )
    return -(-(_constant(demand, certificate) + least) // scale)


def _check_certificate(demand: Demand, certificate: Certificate) -> None:
    for number, cut in enumerate(demand.cuts):
        _check_width(demand, number, cut)
    if len(certificate.weights) != len(demand.cuts):
        raise WrongLength("the row of weights", len(demand.cuts), len(certificate.weights))
    if not 1 <= certificate.scale <= MULTIPLIER_MAX or abs(certificate.price) > MULTIPLIER_MAX:
        raise CertificateError("its scale or its price is out of bounds")
    if not all(0 <= weight <= MULTIPLIER_MAX for weight in certificate.weights):
        raise CertificateError("a weight is negative or out of bounds")


def _check_width(demand: Demand, number: int, cut: Cut) -> None:
    if len(cut.coefficients) != len(demand.curves):
        raise WrongLength(f"cut {number}", len(demand.curves), len(cut.coefficients))


def _check_merit_order(demand: Demand, allocation: tuple[int, ...], certificate: Certificate) -> None:
    if certificate.scale != 1:
        raise CertificateError(
            f"without cuts the price is in whole ukwh, and the scale 1, not {certificate.scale}"
        )
    expected = share(demand, certificate.price)
    for number, (expected_w, given_w) in enumerate(zip(expected, allocation, strict=True)):
        if expected_w != given_w:
            raise NotMeritOrder(number, expected_w, given_w)


def _check_gap(cost: int, bound: int, gap: GapLimit) -> None:
    if cost - bound > gap.allowed(cost):
        raise GapTooWide(cost, bound, gap.allowed(cost))


def _constant(demand: Demand, certificate: Certificate) -> int:
    """The part of a bound that no response changes, times the scale."""
    limits = (cut.limit for cut in demand.cuts)
    relaxed: int = sum(map(mul, certificate.weights, limits))
    return certificate.price * demand.target_w - relaxed


def _worths(demand: Demand, certificate: Certificate) -> list[int]:
    """What a watt of each resource is worth, times the scale: the target's price less that of the cuts."""
    worths = [certificate.price] * len(demand.curves)
    for weight, cut in zip(certificate.weights, demand.cuts, strict=True):
        if weight:
            worths = [worth - weight * part for worth, part in zip(worths, cut.coefficients, strict=True)]
    return worths


def _lot(seed: bytes, number: int) -> bytes:
    return sha256(seed + number.to_bytes(NUMBER_BYTES))
