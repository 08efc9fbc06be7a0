"""Days of the storage's dispatch: what was planned, told and metered, at what prices.

In `series`: `dispatch` has the whole market's, `dispatch/<site>` a site's, `storage` the storage's.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from contracts.arguments import check_arguments, checks_of
from contracts.dispatch.certificate import Certificate, bus_prices
from contracts.dispatch.model import Plan, Problem, Series, Tariff, pooled_problem, states_of_charge
from contracts.dispatch.parameters import Parameters, parameters_of
from contracts.dispatch.problems import SILENT_DAYS_MAX
from explorer.index import tables
from explorer.index.readers.reader import Happening, Reader
from explorer.index.readers.storages import put_storage
from explorer.index.readers.times import day_name
from explorer.index.rows import Rows
from ledger.genesis import Genesis
from ledger.quantities import TxId

MARKET: Final = "dispatch"
STORAGE: Final = "storage"
CHARGE: Final = f"{MARKET}/charge"
"""A description that changes: until when the storage's charge is known, and what it is then."""
SECONDS_PER_HOUR: Final = 3_600
PARKS: Final = "parks"
"""Beside the market's sums: how many parks told of the period."""
FLOWS: Final = ("buy_wh", "sell_wh", "curtail_wh", "charge_wh", "discharge_wh")
_PLAN: Final = checks_of({"plan": Plan, "certificate": Certificate})


def site_subject(site: str) -> str:
    """Of a site's own series."""
    return f"{MARKET}/{site}"


def sites(parameters: Parameters) -> tuple[tuple[str, str], ...]:
    """Name and meter of every site, in the order of plans."""
    if parameters.model == "pooled":
        return (("bus", parameters.bus.meter),)
    parks = ((f"park {number}", park.meter) for number, park in enumerate(parameters.parks, start=1))
    return (*parks, ("storage", parameters.storage_meter))


def begin(rows: Rows, genesis: Genesis) -> None:
    """What the market is made of, for those who ask the index."""
    parameters = parameters_of(genesis)
    storage = parameters.storage
    value = {
        "model": parameters.model,
        "sites": [list(site) for site in sites(parameters)],
        "parks": len(parameters.parks),
        "storage_meter": parameters.storage_meter,
    }
    put_storage(
        rows,
        parameters.storage_meter,
        power_w=storage.power_w,
        energy_wh=storage.energy_wh,
        lowest_permille=storage.lowest_permille,
        highest_permille=storage.highest_permille,
    )
    rows.put(tables.descriptions, subject=MARKET, value=value)
    put_charge(rows, genesis.first_period, parameters.initial_charge_wh)


def phase(rows: Rows, seen: Happening) -> None:
    _put_day(rows, seen, phase=seen.fields["after"])


def triggered(rows: Rows, seen: Happening) -> None:
    """A day is planned (anew): from now on its prices are known."""
    day, process = cast(int, seen.fields["day"]), cast(bytes, seen.fields["process"])
    _put_day(rows, seen, process=process)
    rows.put(tables.processes, process=process, label=f"Day {day_name(day)}")
    parameters, first = parameters_of(seen.facts.genesis), _first(seen.facts.genesis, day)
    tariff = zip(parameters.tariff.buy_ukwh, parameters.tariff.sell_ukwh, strict=True)
    for period, (buy_ukwh, sell_ukwh) in enumerate(tariff, start=first):
        if rows.points(MARKET, period).get("buy_ukwh") is None:
            rows.put_points(MARKET, period, {"buy_ukwh": buy_ukwh, "sell_ukwh": sell_ukwh})


def prices_changed(rows: Rows, seen: Happening) -> None:
    first = cast(int, seen.fields["first_period"])
    columns = cast(Series, seen.fields["buy_ukwh"]), cast(Series, seen.fields["sell_ukwh"])
    for period, (buy_ukwh, sell_ukwh) in enumerate(zip(*columns, strict=True), start=first):
        rows.put_points(MARKET, period, {"buy_ukwh": buy_ukwh, "sell_ukwh": sell_ukwh})


def planning(rows: Rows, seen: Happening) -> None:
    """The problem is written down now, with the storage's charge as the chain knows it now."""
    genesis, first = seen.facts.genesis, cast(int, seen.fields["first_period"])
    charge = expected_charge(rows, genesis, parameters_of(genesis), first)
    rows.put_points(STORAGE, first, {"initial_charge": charge})


def plan_stands(rows: Rows, seen: Happening) -> None:
    """A plan comes into force, from its first period on."""
    first, fields = cast(int, seen.fields["first_period"]), seen.fields
    _put_day(rows, seen, revision=fields["revision"], cost_nano=fields["cost_nano"])
    submitted = seen.past.transaction(TxId(cast(bytes, fields["plan"])))
    if submitted is None:
        return
    arguments = check_arguments(_PLAN, {name: submitted.arguments[name] for name in _PLAN})
    plan, parameters = cast(Plan, arguments["plan"]), parameters_of(seen.facts.genesis)
    for (site, _), flows in zip(sites(parameters), plan.sites, strict=True):
        _put_flows(rows, site_subject(site), first, {name: getattr(flows, name) for name in FLOWS})
    totals = {
        name: tuple(map(sum, zip(*(getattr(flows, name) for flows in plan.sites), strict=True)))
        for name in FLOWS
    }
    _put_flows(rows, MARKET, first, totals)
    if parameters.model == "pooled":
        _put_storage(rows, seen, plan, cast(Certificate, arguments["certificate"]), first)


def signals_issued(rows: Rows, seen: Happening) -> None:
    """What the storage is told, for all periods that are left of the day."""
    first, powers = cast(int, seen.fields["first_period"]), cast(Sequence[int], seen.fields["power_w"])
    for period, power_w in enumerate(powers, start=first):
        rows.put_points(STORAGE, period, {"told_w": power_w})


def result(rows: Rows, seen: Happening) -> None:
    fields = seen.fields
    values = {"reported_w": fields["power_w"], "available_w": fields["available_w"]}
    rows.put_points(STORAGE, cast(int, fields["period"]), cast(dict[str, int | None], values))


def metered(rows: Rows, seen: Happening) -> None:
    """A verified reading; later corrections change nothing in this market."""
    if seen.entry is None:
        return
    parameters, meter = parameters_of(seen.facts.genesis), seen.entry.transaction.sender
    period, reading = cast(int, seen.fields["period"]), cast(Mapping[str, Any], seen.fields["reading"])
    flows = _metered(parameters, meter, reading)
    is_park = "generated_wh" in flows
    rows.add_points(MARKET, period, {**flows, PARKS: 1} if is_park else flows)
    for site, of_site in sites(parameters):
        if of_site == meter:
            rows.put_points(site_subject(site), period, cast(dict[str, int | None], flows))
    if meter == parameters.storage_meter:
        charge_wh = cast(int, reading["state_of_charge_wh"])
        rows.put_points(STORAGE, period, {"soc_wh": charge_wh, **flows})
        # The newest reading counts, in whatever order they come.
        if period >= _charge(rows)[0]:
            put_charge(rows, period + 1, charge_wh)


def billed(rows: Rows, seen: Happening) -> None:
    fields = seen.fields
    rows.put(
        tables.bills,
        contract=MARKET,
        round=fields["day"],
        party=fields["party"],
        item=str(fields["role"]),
        height=seen.facts.height,
        amount=fields["amount"],
        record={"lines": fields["lines"], "owed": fields["owed"]},
    )


def _put_day(rows: Rows, seen: Happening, **values: Any) -> None:
    day, genesis = cast(int, seen.fields["day"]), seen.facts.genesis
    first = _first(genesis, day)
    last = first + genesis.periods_per_day - 1
    rows.put(tables.dispatch_days, day=day, from_period=first, to_period=last, **values)


def _put_flows(rows: Rows, subject: str, first: int, flows: Mapping[str, Series]) -> None:
    """What is planned; the forecast net load is what the flows of the plan leave."""
    for index in range(len(flows["buy_wh"])):
        values = {f"plan_{name}": flows[name][index] for name in FLOWS}
        brought = flows["buy_wh"][index] + flows["discharge_wh"][index]
        taken = sum(flows[name][index] for name in ("sell_wh", "curtail_wh", "charge_wh"))
        rows.put_points(subject, first + index, {**values, "forecast_wh": brought - taken})


def _put_storage(rows: Rows, seen: Happening, plan: Plan, certificate: Certificate, first: int) -> None:
    """The planned states of charge and the bus's internal prices."""
    initial = rows.points(STORAGE, first).get("initial_charge")
    parameters, bus = parameters_of(seen.facts.genesis), plan.sites[0]
    prices = [rows.points(MARKET, first + index) for index in range(len(bus.buy_wh))]
    if initial is None or any(row.get("buy_ukwh") is None for row in prices):
        return
    tariff = Tariff(*(tuple(cast(int, row[name]) for row in prices) for name in ("buy_ukwh", "sell_ukwh")))
    problem = _problem(seen.facts.genesis, parameters, first, tariff, initial)
    units = parameters.storage.units_per_wh
    for index, charge in enumerate(states_of_charge(problem, plan)):
        rows.put_points(STORAGE, first + index, {"plan_soc_wh": charge // units})
    for index, price in enumerate(bus_prices(problem, plan, certificate)):
        rows.put_points(MARKET, first + index, {"bus_ukwh": price})


def _problem(genesis: Genesis, parameters: Parameters, first: int, tariff: Tariff, initial: int) -> Problem:
    """As far as states and prices of a plan depend on it."""
    return pooled_problem(
        first_period=first,
        period_s=genesis.period_s,
        tariff=tariff,
        storage=parameters.storage,
        initial_charge=initial,
        target_charge=initial,
        net_wh=(0,) * len(tariff.buy_ukwh),
        import_wh=0,
        export_wh=0,
    )


def expected_charge(rows: Rows, genesis: Genesis, parameters: Parameters, first: int) -> int:
    """The charge at the beginning of a period, in charge units: as metered last, then as told (as
    contracts.dispatch.problems has it)."""
    storage = parameters.storage
    recently = first - first % genesis.periods_per_day - SILENT_DAYS_MAX * genesis.periods_per_day
    known_until, charge_wh = _charge(rows)
    charge = storage.units_per_wh * charge_wh
    for period in range(max(known_until, recently), first):
        told_w = rows.points(STORAGE, period).get("told_w") or 0
        energy_wh = told_w * genesis.period_s // SECONDS_PER_HOUR
        charge += storage.gain * max(energy_wh, 0) - storage.draw * max(-energy_wh, 0)
    return min(max(charge, 0), storage.units_per_wh * storage.energy_wh)


def put_charge(rows: Rows, known_until: int, charge_wh: int) -> None:
    """What the storage holds at the beginning of a period, as is known now."""
    rows.put(tables.descriptions, subject=CHARGE, value=[known_until, charge_wh])


def _charge(rows: Rows) -> tuple[int, int]:
    known_until, charge_wh = cast(Mapping[str, Any], rows.find(tables.descriptions, subject=CHARGE))["value"]
    return known_until, charge_wh


def _metered(parameters: Parameters, meter: str, reading: Mapping[str, Any]) -> dict[str, int]:
    """What a reading adds to the market's flows, by the place of its meter."""
    if meter == parameters.storage_meter:
        return {"charge_wh": reading["charged_wh"], "discharge_wh": reading["discharged_wh"]}
    grid = {"buy_wh": reading["imported_wh"], "sell_wh": reading["exported_wh"]}
    if meter == parameters.bus.meter:
        return grid if parameters.model == "pooled" else {}
    park = {"generated_wh": reading["generated_wh"], "consumed_wh": reading["consumed_wh"]}
    return park if parameters.model == "pooled" else {**park, **grid}


def _first(genesis: Genesis, day: int) -> int:
    return day * genesis.periods_per_day


READER = Reader(
    MARKET,
    events={
        "phase": phase,
        "triggered": triggered,
        "prices_changed": prices_changed,
        "planning": planning,
        "plan_stands": plan_stands,
        "signals_issued": signals_issued,
        "result": result,
        "billed": billed,
    },
    actions={"meter": metered},
    begin=begin,
)
