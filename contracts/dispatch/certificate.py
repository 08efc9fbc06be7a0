"""The proof that a plan is near the optimum: multipliers which give a lower bound of every plan's cost.

Relax the balance of every site (multiplier `balance`, the price of energy there), the storage's recursion
(`storage`, the negative of a charge unit's worth) and the sum of flows through it (`power`). What is left
is a minimum for each variable, or pair of variables that exclude each other, over its bounds alone. By
weak duality their sum is a lower bound for *any* multipliers, so they may be rounded, and it does not
matter who found them.

For tariffs that make the linear program inexact (selling above buying, negative prices) the multipliers
of the balances are left out: each site's minimum is then computed exactly, with its exclusions. Where
that is not enough, a case is split by the flow of one site in one period into "at most" and "more than" a
threshold, each part with multipliers of its own. The bound is the least over the leaves, and splits cover
all cases by construction.
"""

from dataclasses import dataclass
from operator import mul
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.dispatch.errors import CertificateError, GapError
from contracts.dispatch.model import PERIODS_MAX, SITES_MAX, Plan, Problem, Series, Site
from contracts.dispatch.sites import cell
from contracts.gap import GapLimit
from ledger.quantities import divide_half_even

SCALE = 10**6
"""Multipliers are in millionths of a price unit, so that rounding them costs nothing that could be seen."""

LEAVES_MAX = 64
CELLS_MAX = 2**15
"""Most sites times periods, summed over the leaves, whose minimum is computed exactly."""

Multipliers = Annotated[tuple[int, ...], Length(1, PERIODS_MAX)]
Restrictions = dict[tuple[int, int], tuple[int, int]]
"""By site and period: the flows to which a part of the cases is restricted."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Multipliers of one part of the cases. `balance` has a row a site, or none for exact minima."""

    storage: Multipliers
    power: Multipliers
    balance: Annotated[tuple[Multipliers, ...], Length(0, SITES_MAX)]


@dataclass(frozen=True, slots=True)
class Split:
    """Two cases: the site's flow in the period is at most `threshold_wh`, or more.

    `at_most` and `more` name what follows: n >= 0 a later split, -1 - n the leaf n.
    """

    site: Annotated[int, Range(0, SITES_MAX - 1)]
    index: Annotated[int, Range(0, PERIODS_MAX - 1)]
    threshold_wh: int
    at_most: Annotated[int, Range(-LEAVES_MAX, LEAVES_MAX - 2)]
    more: Annotated[int, Range(-LEAVES_MAX, LEAVES_MAX - 2)]


@dataclass(frozen=True, slots=True)
class Certificate:
    """One leaf with prices of balances where the linear program is exact; otherwise leaves without."""

    leaves: Annotated[tuple[Leaf, ...], Length(1, LEAVES_MAX)]
    splits: Annotated[tuple[Split, ...], Length(0, LEAVES_MAX - 1)] = ()

    @property
    def is_linear(self) -> bool:
        return len(self.leaves) == 1 and not self.splits and bool(self.leaves[0].balance)

    @property
    def cases(self) -> int:
        """How many bounds are computed at the most: several cases may share a leaf."""
        return len(self.splits) + 1


def check_gap(cost_nano: int, bound_nano: int, limit: GapLimit) -> None:
    """Raises GapError unless the cost is within the limit of its bound."""
    allowed = limit.allowed(cost_nano)
    if cost_nano - bound_nano > allowed:
        raise GapError(cost_nano, bound_nano, allowed)


def bound(problem: Problem, certificate: Certificate) -> int:
    """No plan costs less than this, in billionths of the currency. Raises CertificateError."""
    _check_shape(problem, certificate)
    root = 0 if certificate.splits else -1
    cases: list[tuple[int, Restrictions]] = [(root, {})]
    bounds = []
    while cases:
        node, restrictions = cases.pop()
        if node < 0:
            bounds.append(leaf_bound(problem, certificate.leaves[-1 - node], restrictions))
        else:
            cases += parts(problem, certificate.splits[node], restrictions)
    if not bounds:
        raise CertificateError("its splits leave no case, so the problem has no plan")
    return -(-min(bounds) // SCALE)


def bus_prices(problem: Problem, plan: Plan, certificate: Certificate) -> Series:
    """The internal price of the bus in each period (`pooled`), in ukwh.

    It is the certificate's multiplier of the balance, clipped between what the grid pays and asks.
    Without such multipliers: the buy price while the plan imports, the sell price while it exports, else
    the middle.
    """
    rows = certificate.leaves[0].balance
    multipliers = rows[0] if certificate.is_linear else _marginal_prices(problem, plan)
    tariff = problem.tariff
    return tuple(
        min(max(divide_half_even(value, SCALE), min(buy, sell)), max(buy, sell))
        for value, buy, sell in zip(multipliers, tariff.buy_ukwh, tariff.sell_ukwh, strict=True)
    )


def _marginal_prices(problem: Problem, plan: Plan) -> Series:
    bus, tariff = plan.sites[0], problem.tariff
    columns = zip(bus.buy_wh, bus.sell_wh, tariff.buy_ukwh, tariff.sell_ukwh, strict=True)
    return tuple(
        SCALE * buy if bought else SCALE * sell if sold else SCALE * (buy + sell) // 2
        for bought, sold, buy, sell in columns
    )


def _check_shape(problem: Problem, certificate: Certificate) -> None:
    if not 1 <= len(certificate.leaves) <= LEAVES_MAX or len(certificate.splits) >= LEAVES_MAX:
        raise CertificateError(f"{len(certificate.leaves)} leaves; 1 to {LEAVES_MAX} are possible")
    if certificate.is_linear:
        _check_rows(problem, certificate.leaves[0])
        return
    if certificate.cases * len(problem.sites) * problem.periods > CELLS_MAX:
        raise CertificateError(f"its cases have more than {CELLS_MAX} sites and periods")
    for leaf in certificate.leaves:
        if leaf.balance:
            raise CertificateError("prices of balances belong to a certificate of one leaf")
        _check_rows(problem, leaf)
    _check_splits(problem, certificate)


def _check_rows(problem: Problem, leaf: Leaf) -> None:
    if leaf.balance and len(leaf.balance) != len(problem.sites):
        raise CertificateError(f"{len(leaf.balance)} rows of prices for {len(problem.sites)} sites")
    for row in (leaf.storage, leaf.power, *leaf.balance):
        if len(row) != problem.periods:
            raise CertificateError(f"{len(row)} multipliers for {problem.periods} periods")


def _check_splits(problem: Problem, certificate: Certificate) -> None:
    used = [0] * len(certificate.splits)
    for number, split in enumerate(certificate.splits):
        if split.site >= len(problem.sites) or split.index >= problem.periods:
            raise CertificateError(f"split {number} is by a site or period that the problem does not have")
        for node in (split.at_most, split.more):
            if node >= len(used) or node < -len(certificate.leaves) or 0 <= node <= number:
                raise CertificateError(
                    f"split {number} leads to {node}, which is not a later split or a leaf"
                )
            if node > 0:
                used[node] += 1
    if any(count != 1 for count in used[1:]):
        raise CertificateError("every split but the first follows from exactly one other")


def parts(problem: Problem, split: Split, restrictions: Restrictions) -> list[tuple[int, Restrictions]]:
    """The cases that a split makes of one, with the nodes that follow; without those that have no flow."""
    place = (split.site, split.index)
    whole = cell(problem, *place)
    lowest, highest = restrictions.get(place, (whole.flow_lowest, whole.flow_highest))
    parts = (
        (split.at_most, lowest, min(highest, split.threshold_wh)),
        (split.more, max(lowest, split.threshold_wh + 1), highest),
    )
    return [(node, restrictions | {place: (low, high)}) for node, low, high in parts if low <= high]


def leaf_bound(problem: Problem, leaf: Leaf, restrictions: Restrictions) -> int:
    """The bound of the plans within the restrictions, times SCALE."""
    wear = SCALE * problem.storage.wear_ukwh
    gain, draw = problem.storage.gain, problem.storage.draw
    rows = list(zip(leaf.storage, leaf.power, strict=True))
    charge_price = [wear + gain * storage - power for storage, power in rows]
    discharge_price = [wear - draw * storage + power for storage, power in rows]
    total = _storage_minimum(problem, leaf)
    if leaf.balance:
        buy_price = [SCALE * price for price in problem.tariff.buy_ukwh]
        sell_price = [SCALE * price for price in problem.tariff.sell_ukwh]
        prices = buy_price, sell_price, [-price for price in charge_price], discharge_price
        return total + sum(
            _priced_minimum(site, row, *prices) for site, row in zip(problem.sites, leaf.balance, strict=True)
        )
    return total + _exact_minimum(problem, charge_price, discharge_price, restrictions)


def _storage_minimum(problem: Problem, leaf: Leaf) -> int:
    """The part of the states of charge and of the net flow through the storage."""
    total = leaf.storage[0] * problem.initial_charge - problem.power_wh * sum(map(abs, leaf.power))
    lowest, highest = problem.lowest, problem.highest
    for now, later in zip(leaf.storage, leaf.storage[1:], strict=False):
        step = later - now
        total += step * (lowest if step > 0 else highest)
    last = -leaf.storage[-1]
    return total + last * (problem.final_lowest if last > 0 else problem.final_highest)


def _priced_minimum(
    site: Site,
    row: Multipliers,
    buy_price: list[int],
    sell_price: list[int],
    charge_worth: list[int],
    discharge_price: list[int],
) -> int:
    """The part of one site, at its balance's multipliers. Most variables rest at 0, where they add
    nothing."""
    total: int = sum(map(mul, row, site.net_wh))
    columns = zip(row, buy_price, sell_price, charge_worth, discharge_price, site.curtail_wh, strict=True)
    for price, buy, sell, charge, discharge, curtail_wh in columns:
        if price > buy or price < sell:
            total += min(0, (buy - price) * site.import_wh, (price - sell) * site.export_wh)
        if price < charge or price > discharge:
            total += min(0, (price - charge) * site.charge_wh, (discharge - price) * site.discharge_wh)
        if price < 0:
            total += price * curtail_wh
    return total


def _exact_minimum(
    problem: Problem, charge_price: list[int], discharge_price: list[int], restrictions: Restrictions
) -> int:
    """The part of all sites, each at its best response to the storage's prices, exclusions kept."""
    total = 0
    for site in range(len(problem.sites)):
        for index in range(problem.periods):
            here = cell(problem, site, index)
            lowest, highest = restrictions.get((site, index), (here.flow_lowest, here.flow_highest))
            charging, discharging = charge_price[index], discharge_price[index]
            total += min(
                SCALE * here.cost(flow) + charging * max(flow, 0) + discharging * max(-flow, 0)
                for flow in here.kinks(lowest, highest)
            )
    return total
