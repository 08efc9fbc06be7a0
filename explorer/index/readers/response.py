"""Events of demand response: who offered what, what was asked of whom, and the network before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import hypot
from typing import Any, Final, cast

from contracts.arguments import check_arguments, checks_of
from contracts.response.network import Network
from contracts.response.parameters import parameters_of
from contracts.response.records import Forecast
from contracts.response.resources import Kind
from contracts.response.solving.sweep import run_sweep
from explorer.index import tables
from explorer.index.readers.market import Market, mean_price, step_name
from explorer.index.readers.reader import Happening, Reader
from explorer.index.readers.storages import mark_storage
from explorer.index.rows import Rows
from ledger.genesis import Genesis
from ledger.quantities import TxId

MARKET: Final = Market("response", "Demand response", "event")
SWEPT_MAX: Final = 1_024
"""Buses times periods of which the voltages without a response are computed; for larger networks, they are
missing."""
SECONDS_PER_HOUR: Final = 3_600
_FORECAST: Final = checks_of({"forecast": Forecast})


def begin(rows: Rows, genesis: Genesis) -> None:
    MARKET.begin(rows, genesis)
    parameters = parameters_of(genesis)
    buses = {str(number): resource.bus for number, resource in enumerate(parameters.resources)}
    owners = {str(number): resource.address for number, resource in enumerate(parameters.resources)}
    value = {"network": asdict(parameters.network), "buses": buses, "owners": owners}
    rows.put(tables.descriptions, subject=MARKET.contract, value=value)
    for resource in parameters.resources:
        _mark(rows, resource.kind, resource.meter)


def certified(rows: Rows, seen: Happening) -> None:
    """A resource was added, or certified anew."""
    _mark(rows, seen.fields["kind"], cast(str, seen.fields["meter"]))
    number, value = str(seen.fields["resource"]), _description(rows)
    for part, field in (("buses", "bus"), ("owners", "address")):
        value[part][number] = seen.fields[field]
    rows.put(tables.descriptions, subject=MARKET.contract, value=value)


def triggered(rows: Rows, seen: Happening) -> None:
    fields, number = seen.fields, MARKET.round_of(seen)
    first_period = cast(int, fields["first_period"])
    MARKET.open_process(rows, seen, number, first_period)
    values = {name: fields[name] for name in ("target_w", "first_period", "periods", "process")}
    rows.put(tables.network_events, event=number, phase="quoting", **values)
    MARKET.put_round(rows, number, phase="quoting")


def phase(rows: Rows, seen: Happening) -> None:
    MARKET.phase(rows, seen)
    rows.put(tables.network_events, event=MARKET.round_of(seen), phase=seen.fields["after"])


def revealed(rows: Rows, seen: Happening) -> None:
    """A quote: watts at rising prices, told as the energy that they are over the event."""
    number, resource = MARKET.round_of(seen), cast(int, seen.fields["resource"])
    quote = cast(Mapping[str, Any], seen.fields["quote"])
    owner = _description(rows)["owners"].get(str(resource))
    for step, segment in enumerate(cast(Sequence[Mapping[str, int]], quote["segments"])):
        power_w = segment["last_w"] - segment["first_w"]
        values = {"price_ukwh": segment["price_ukwh"], "quantity_wh": _energy_wh(rows, seen, power_w)}
        item = step_name(resource, step)
        MARKET.put_order(rows, number, item, party=owner, side="sell", matched_wh=0, **values)


def dispatched(rows: Rows, seen: Happening) -> None:
    """What each resource is asked for, and the voltages that the dispatch proved."""
    number, fields = MARKET.round_of(seen), seen.fields
    allocation_w = cast(Sequence[int], fields["allocation_w"])
    prices = [
        price_ukwh
        for resource, power_w in enumerate(allocation_w)
        for price_ukwh, _ in _take(rows, seen, resource, _energy_wh(rows, seen, power_w))
    ]
    # As quoted is paid: the price of the round is that of its dearest watt.
    traded_wh = _energy_wh(rows, seen, sum(allocation_w))
    MARKET.put_round(rows, number, price_ukwh=max(prices, default=None), traded_wh=traded_wh)
    values = {"voltages": fields["voltages"], "before_npu": _before(rows, seen, number)}
    rows.put(tables.network_states, event=number, **values)


def _take(rows: Rows, seen: Happening, resource: int, energy_wh: int) -> list[tuple[int, int]]:
    """What the operator takes of a quote: a trade at the mean of its steps."""
    number, item = MARKET.round_of(seen), str(resource)
    filled = MARKET.fill_steps(rows, number, resource, energy_wh)
    owner = _description(rows)["owners"].get(item)
    if filled and owner is not None:
        parties = {"seller": owner, "buyer": parameters_of(seen.facts.genesis).eno}
        terms = {"price_ukwh": mean_price(filled), "quantity_wh": energy_wh}
        MARKET.put_trade(rows, number, item, **parties, **terms)
    return filled


def costs(rows: Rows, seen: Happening) -> None:
    cost_nano_h = seen.fields["cost_nano_h"]
    rows.put(tables.network_events, event=MARKET.round_of(seen), cost_nano_h=cost_nano_h)


def billed(rows: Rows, seen: Happening) -> None:
    """The operator pays (in the event +) whoever responded: who is paid has a negative bill."""
    fields = seen.fields
    owner, resource = cast(str, fields["owner"]), str(fields["resource"])
    MARKET.put_bill(rows, seen, owner, resource, -cast(int, fields["payment"]))


def _mark(rows: Rows, kind: object, meter: str) -> None:
    if kind == Kind.STORAGE:
        mark_storage(rows, meter)


def _description(rows: Rows) -> dict[str, Any]:
    found = rows.find(tables.descriptions, subject=MARKET.contract)
    return found["value"] if found else {"buses": {}, "owners": {}}


def _energy_wh(rows: Rows, seen: Happening, power_w: int) -> int:
    """Of a power over the whole event. Raises LookupError if its trigger is in a block that is not held."""
    event = rows.find(tables.network_events, event=MARKET.round_of(seen)) or {}
    periods = cast(int, event["periods"])
    return power_w * periods * seen.facts.genesis.period_s // SECONDS_PER_HOUR


def _before(rows: Rows, seen: Happening, number: int) -> list[list[int]] | None:
    """Magnitudes by period and bus as the forecast of the trigger has them; None if they are not known."""
    trigger = None if seen.process is None else seen.past.transaction(TxId(seen.process))
    if trigger is None:
        return None
    forecast = check_arguments(_FORECAST, {"forecast": trigger.arguments["forecast"]})["forecast"]
    network = parameters_of(seen.facts.genesis).network
    if len(network.buses) * len(forecast.background_w) > SWEPT_MAX:
        return None
    return _swept(network, forecast, _description(rows)["buses"])


def _swept(network: Network, forecast: Forecast, buses: Mapping[str, int]) -> list[list[int]] | None:
    columns = zip(forecast.background_w, forecast.background_var, forecast.baseline_w, strict=True)
    points = []
    for background_w, background_var, baseline_w in columns:
        injected_w = list(background_w)
        for resource, power_w in enumerate(baseline_w):
            injected_w[buses[str(resource)]] += power_w
        points.append(tuple(zip(injected_w, background_var, strict=True)))
    result = run_sweep(network, points)
    if not result.converged:
        return None
    return [[round(hypot(*phasor)) for phasor in row] for row in result.voltages_npu]


READER = Reader(
    MARKET.contract,
    events={
        "certified": certified,
        "triggered": triggered,
        "phase": phase,
        "dispatched": costs,
        "billed": billed,
    },
    actions={"reveal": revealed, "dispatch": dispatched},
    begin=begin,
)
