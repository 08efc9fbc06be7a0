"""The storage study in numbers: costs beside those of the paper, proofs, plans, shares."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from contracts.dispatch.model import states_of_charge, storage_flows
from studies.profiles import PERIODS_A_DAY
from studies.storage import NANO, Outcome, Study, cycle_worth_cny
from studies.storage_case import MODELS, PRINTED_CNY, Size
from studies.storage_shape import ceiling, excess
from studies.storage_sharing import Sharing, fits

PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class CostRow:
    """A scenario of Table 4: the cost of the day as printed and in both models, in the currency.

    The `most` are the ceilings that the other four scenarios of the same column set.
    """

    power_kw: int
    capacity_kwh: int
    printed_cny: int
    printed_most_cny: float | None
    paper_cny: float
    paper_most_cny: float | None
    pooled_cny: float
    pooled_most_cny: float | None
    printed_percent: float
    """Of the cost without a storage."""
    paper_percent: float
    pooled_percent: float


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A scenario in one model: the plan's cost and its parts, and how near to the optimum it is proven."""

    model: str
    power_kw: int
    capacity_kwh: int
    cost_cny: float
    bound_cny: float
    gap_cny: float
    program: str
    sites_cny: float
    """f1 of the paper: the parks' trade with the grid, or their bus's."""
    storage_cny: float
    """f2: the storage's own."""
    wear_cny: float
    """f3."""
    cycles: float
    """How often its usable capacity is taken out."""
    printed_cycles: float | None
    """How often it would have to be, at the least, to save at our tariff what the paper prints."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What does not depend on the size, and what is true of all of them."""

    alone_cny: float
    """Each park by itself: the paper's model without a storage."""
    bus_cny: float
    """All on one bus: the pooled model without a storage."""
    exchange_cny: float
    """What the bus alone saves. In the paper's model it is a part of what a storage saves."""
    cycle_worth_cny: float
    """The most that 1 kWh of a cycle can save at our tariff."""
    printed_excess_cny: float
    """By how much the worst of the printed costs is above what the others allow."""
    ours_excess_cny: float
    largest_gap_cny: float
    solver: str
    three_open: bool
    """Every three members of five opened the curve that was dealt."""
    two_fit_another: bool
    """Two members' shares go with another park's curve just as well."""


def cost_rows(study: Study) -> list[CostRow]:
    """Table 4 and ours."""
    costs = costs_of(study)
    without = {name: column[Size(0, 0)] for name, column in costs.items()}
    return [
        CostRow(
            power_kw=size.power_kw,
            capacity_kwh=size.capacity_kwh,
            printed_cny=PRINTED_CNY[size],
            printed_most_cny=ceiling(costs["printed"], size),
            paper_cny=costs["paper"][size],
            paper_most_cny=ceiling(costs["paper"], size),
            pooled_cny=costs["pooled"][size],
            pooled_most_cny=ceiling(costs["pooled"], size),
            printed_percent=PERCENT * (costs["printed"][size] / without["printed"]),
            paper_percent=PERCENT * (costs["paper"][size] / without["paper"]),
            pooled_percent=PERCENT * (costs["pooled"][size] / without["pooled"]),
        )
        for size in PRINTED_CNY
    ]


def costs_of(study: Study) -> Mapping[str, Mapping[Size, float]]:
    """The three columns of costs: `printed`, `paper` and `pooled`."""
    costs: dict[str, Mapping[Size, float]] = {"printed": PRINTED_CNY}
    for model in MODELS:
        costs[model] = {each.size: each.cost_cny for each in study.scenarios[model]}
    return costs


def proof_rows(study: Study) -> list[ProofRow]:
    """A row for each plan."""
    worth = cycle_worth_cny(study.case)
    return [_proof_row(outcome, worth) for model in MODELS for outcome in study.scenarios[model]]


def _proof_row(outcome: Outcome, worth_cny: float) -> ProofRow:
    problem, solution, usable_kwh = outcome.problem, outcome.solution, outcome.usable_kwh
    sites_nano, storage_nano = _trade_nano(outcome)
    saved_cny = PRINTED_CNY[Size(0, 0)] - PRINTED_CNY[outcome.size]
    return ProofRow(
        model=problem.model,
        power_kw=outcome.size.power_kw,
        capacity_kwh=outcome.size.capacity_kwh,
        cost_cny=outcome.cost_cny,
        bound_cny=outcome.bound_cny,
        gap_cny=outcome.gap_cny,
        program=solution.formulation,
        sites_cny=sites_nano / NANO,
        storage_cny=storage_nano / NANO,
        wear_cny=(solution.cost_nano - sites_nano - storage_nano) / NANO,
        cycles=outcome.drawn_kwh / usable_kwh if usable_kwh else 0.0,
        printed_cycles=saved_cny / usable_kwh / worth_cny if usable_kwh else None,
    )


def _trade_nano(outcome: Outcome) -> tuple[int, int]:
    """What is paid to the grid at the parks' connections or their bus's, and at the storage's own."""
    problem, paid = outcome.problem, []
    for flows in outcome.solution.plan.sites:
        bought = sum(map(int.__mul__, problem.tariff.buy_ukwh, flows.buy_wh))
        sold = sum(map(int.__mul__, problem.tariff.sell_ukwh, flows.sell_wh))
        paid.append(bought - sold)
    return (paid[0], 0) if problem.model == "pooled" else (sum(paid[:-1]), paid[-1])


def summary_of(study: Study, sharing: Sharing) -> Summary:
    """The whole study."""
    costs = costs_of(study)
    every = [each for model in MODELS for each in (*study.scenarios[model], *study.proportional[model])]
    ours = [*excess(costs["paper"]).values(), *excess(costs["pooled"]).values()]
    return Summary(
        alone_cny=study.alone_cny,
        bus_cny=study.bus_cny,
        exchange_cny=study.alone_cny - study.bus_cny,
        cycle_worth_cny=cycle_worth_cny(study.case),
        printed_excess_cny=max(excess(costs["printed"]).values(), default=0.0),
        ours_excess_cny=max(ours, default=0.0),
        largest_gap_cny=max(each.gap_cny for each in every),
        solver=every[0].solution.solver,
        three_open=all(opened == sharing.curve_wh for opened in sharing.opened.values()),
        two_fit_another=fits(sharing, study.case.parks[-1].forecast.load_wh[:PERIODS_A_DAY]),
    )


def write_tables(study: Study, sharing: Sharing, directory: Path) -> list[Path]:
    """CSV files, into a directory that is there."""
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = {
        "costs": [asdict(row) for row in cost_rows(study)],
        "proofs": [asdict(row) for row in proof_rows(study)],
        "sizes": _size_rows(study),
        "plans": [row for model in MODELS for row in _plan_rows(study.built(model))],
        "storage": [row for model in MODELS for row in _storage_rows(study.built(model))],
        "shares": _share_rows(sharing),
    }
    return [_write(directory / f"{name}.csv", rows) for name, rows in tables.items()]


def _size_rows(study: Study) -> list[Mapping[str, Any]]:
    """What proportional storages cost."""
    columns = zip(*(study.proportional[model] for model in MODELS), strict=True)
    return [
        asdict(outcomes[0].size) | {f"{each.problem.model}_cny": each.cost_cny for each in outcomes}
        for outcomes in columns
    ]


def _plan_rows(outcome: Outcome) -> Iterator[Mapping[str, Any]]:
    """What each site does in each quarter hour, in Wh."""
    problem = outcome.problem
    for number, (site, flows) in enumerate(zip(problem.sites, outcome.solution.plan.sites, strict=True)):
        series = {"net_wh": site.net_wh, **asdict(flows)}
        for quarter in range(problem.periods):
            place = {"model": problem.model, "site": problem.site_name(number), "quarter": quarter}
            yield place | {name: values[quarter] for name, values in series.items()}


def _storage_rows(outcome: Outcome) -> Iterator[Mapping[str, Any]]:
    """What passes the storage in each quarter hour, and what it holds at its end, in Wh."""
    problem, plan = outcome.problem, outcome.solution.plan
    rows = zip(*storage_flows(plan), states_of_charge(problem, plan), strict=True)
    for quarter, (charged_wh, discharged_wh, charge) in enumerate(rows):
        yield {
            "model": problem.model,
            "quarter": quarter,
            "charged_wh": charged_wh,
            "discharged_wh": discharged_wh,
            "held_wh": round(charge / problem.storage.units_per_wh, 3),
        }


def _share_rows(sharing: Sharing) -> list[Mapping[str, Any]]:
    """The curve, and each member's share of each of its values, in hexadecimal digits."""
    return [
        {"quarter": quarter, "load_wh": load_wh}
        | {f"share_{member}": f"{share[quarter]:064x}" for member, share in sharing.shares.items()}
        for quarter, load_wh in enumerate(sharing.curve_wh)
    ]


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
