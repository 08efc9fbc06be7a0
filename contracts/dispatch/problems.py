"""The problem that a day's plans are to solve: made from what the chain knows, kept in its state for all.

It starts from the metered state of charge. What passes between the last reading and the problem's first
period is taken as planned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from contracts.context import Context
from contracts.dispatch.days import tariff_of, told_wh
from contracts.dispatch.errors import Infeasible
from contracts.dispatch.feasibility import with_reachable_target
from contracts.dispatch.model import Park, Problem, Series, Tariff, paper_problem, pooled_problem
from contracts.dispatch.parameters import BusSite, Calendar, Parameters, ParkSite
from contracts.dispatch.records import AVAILABLE_KEY, BUS_LIMITS_KEY, CHARGE_KEY, limits_key, problem_key
from contracts.dispatch.storage import Storage, energy_in_period
from contracts.sharing import rounds
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import Day, Period, TxId

SILENT_DAYS_MAX = 3
"""Over so many days the storage's flows are followed as planned where its meter is silent."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What was opened of the parks' forecasts, over the whole day."""

    net_wh: Series
    """The sum of their net loads."""
    parks: tuple[tuple[Series, Series], ...]
    """Load and renewable generation of each park, where each is opened; without a good forecast, zeros."""


def opened_forecasts(ctx: Context, parameters: Parameters, process: TxId, number: int) -> Forecasts:
    """What a round opened. Raises RuntimeError if it is not open."""
    if parameters.model == "pooled":
        opened = rounds.get_opened(ctx, process, number)
        if opened is None:
            raise RuntimeError(f"round {number} of {process.hex()} is not open")
        return Forecasts(opened.values, ())
    parks = tuple(_park_curves(ctx, process, number, park.address) for park in parameters.parks)
    nets = (tuple(map(int.__sub__, load, renewable)) for load, renewable in parks)
    return Forecasts(tuple(map(sum, zip(*nets, strict=True))), parks)


def _park_curves(ctx: Context, process: TxId, number: int, park: Address) -> tuple[Series, Series]:
    """Load and renewable generation; zeros of a park that did not deal, or dealt what cannot be."""
    periods = ctx.genesis.periods_per_day
    opened = rounds.get_opened(ctx, process, number, park)
    if opened is None or min(opened.values) < 0:
        return (0,) * periods, (0,) * periods
    return opened.values[:periods], opened.values[periods:]


def make_problem(
    ctx: Context, calendar: Calendar, day: Day, first_period: Period, forecasts: Forecasts
) -> dict[str, Value]:
    """The problem of a day from `first_period` on, as the state keeps it."""
    parameters = calendar.parameters
    start = first_period - calendar.first(day)
    storage = available_storage(ctx, parameters)
    initial = expected_charge(ctx, calendar, first_period)
    tariff = tariff_of(ctx, parameters, day)
    problem: dict[str, Value] = {
        "first_period": first_period,
        "buy_ukwh": tariff.buy_ukwh[start:],
        "sell_ukwh": tariff.sell_ukwh[start:],
        "power_w": storage.power_w,
        "initial_charge": initial,
        "target_charge": _target(ctx, day, storage, initial),
    }
    if parameters.model == "pooled":
        bus_import_wh, bus_export_wh = _limits_wh(ctx, BUS_LIMITS_KEY, parameters.bus)
        limits = {"import_wh": bus_import_wh, "export_wh": bus_export_wh}
        problem |= {**limits, "net_wh": forecasts.net_wh[start:]}
        return _with_reachable_target(ctx, parameters, day, problem)
    parks = tuple(
        (load[start:], renewable[start:], *_limits_wh(ctx, limits_key(park.address), park))
        for park, (load, renewable) in zip(parameters.parks, forecasts.parks, strict=True)
    )
    return _with_reachable_target(ctx, parameters, day, {**problem, "parks": parks})


def decode_problem(parameters: Parameters, period_s: int, value: Value) -> Problem:
    """The problem that the state keeps as `value`."""
    kept = dict(cast(Mapping[str, Any], value))
    common = {
        "first_period": kept["first_period"],
        "period_s": period_s,
        "tariff": Tariff(kept["buy_ukwh"], kept["sell_ukwh"]),
        "storage": replace(parameters.storage, power_w=kept["power_w"]),
        "initial_charge": kept["initial_charge"],
        "target_charge": kept["target_charge"],
    }
    if parameters.model == "pooled":
        bus = {name: kept[name] for name in ("net_wh", "import_wh", "export_wh")}
        return pooled_problem(**common, **bus)
    return paper_problem(**common, parks=tuple(Park(*park) for park in kept["parks"]))


def get_problem(ctx: Context, parameters: Parameters, day: Day, revision: int) -> Problem:
    """The problem that the plans of a revision solve."""
    return decode_problem(parameters, ctx.genesis.period_s, ctx.get(problem_key(day, revision)))


def available_storage(ctx: Context, parameters: Parameters) -> Storage:
    """The storage with the power that its controller says it can give."""
    available_w = cast(int | None, ctx.get(AVAILABLE_KEY))
    if available_w is None:
        return parameters.storage
    return replace(parameters.storage, power_w=min(parameters.storage.power_w, available_w))


def expected_charge(ctx: Context, calendar: Calendar, period: Period) -> int:
    """The state of charge at the beginning of a period, in charge units: as metered, then as planned.

    A planned day ends as it began, so those of a long silence are left out.
    """
    storage = calendar.parameters.storage
    known_until, charge_wh = cast(tuple[Period, int], ctx.get(CHARGE_KEY))
    charge = storage.units_per_wh * charge_wh
    recently = calendar.first(Day(ctx.genesis.day(period) - SILENT_DAYS_MAX))
    for passing in range(max(known_until, recently), period):
        energy_wh = told_wh(ctx, passing)
        charge += storage.gain * max(energy_wh, 0) - storage.draw * max(-energy_wh, 0)
    return min(max(charge, 0), storage.units_per_wh * storage.energy_wh)


def _target(ctx: Context, day: Day, storage: Storage, initial: int) -> int:
    """The charge that the day is to end with: what its first problem began with, within the storage's
    bounds."""
    kept = cast(int | None, ctx.get(f"target/{day}"))
    if kept is None:
        highest = max(storage.lowest, storage.highest - storage.units_per_wh)
        kept = min(max(initial, storage.lowest), highest)
        ctx.put(f"target/{day}", kept)
    return kept


def _with_reachable_target(
    ctx: Context, parameters: Parameters, day: Day, kept: dict[str, Value]
) -> dict[str, Value]:
    """The same problem with a target that can be reached; what cannot is reported, and the rest left to
    solvers."""
    problem = decode_problem(parameters, ctx.genesis.period_s, kept)
    try:
        reachable = with_reachable_target(problem).target_charge
    except Infeasible as error:
        ctx.emit("infeasible", day=day, reason=str(error))
        return kept
    if reachable != problem.target_charge:
        short = problem.target_charge - reachable
        ctx.emit("target_unreachable", day=day, short=short, units_per_wh=parameters.storage.units_per_wh)
    return {**kept, "target_charge": reachable}


def _limits_wh(ctx: Context, key: str, rated: BusSite | ParkSite) -> tuple[int, int]:
    """Import and export limit of a connection in Wh a period: as rated, or as its operator changed them."""
    changed = cast(tuple[int, int] | None, ctx.get(key))
    import_w, export_w = changed or (rated.import_w, rated.export_w)
    period_s = ctx.genesis.period_s
    return energy_in_period(import_w, period_s), energy_in_period(export_w, period_s)


def forecast_width(ctx: Context, parameters: Parameters) -> int:
    """Values in a park's dealt curve: net loads, or in the paper's model loads and then renewables."""
    periods = ctx.genesis.periods_per_day
    return periods if parameters.model == "pooled" else 2 * periods
