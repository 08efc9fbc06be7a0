"""What a dispatch of an event has to solve, as it stands on the chain: the demand, and the power flows."""

from collections.abc import Sequence

from contracts.response.events import get_quotes
from contracts.response.optimality import Cut, Demand
from contracts.response.records import EventRecord, Forecast
from contracts.response.resources import Resource
from contracts.response.safety import Injection
from contracts.state_reader import StateReader


def demand_of(state: StateReader, record: EventRecord, cuts: tuple[Cut, ...] = ()) -> Demand:
    """The demand for which a dispatch has to be optimal: of all quotes that were revealed."""
    return Demand(
        target_w=abs(record.target_w),
        curves=get_quotes(state, record),
        duration_s=record.periods * state.genesis.period_s,
        cuts=cuts,
        seed=record.process,
    )


def injections(
    forecast: Forecast, resources: Sequence[Resource], sign: int, allocation_w: Sequence[int]
) -> tuple[tuple[Injection, ...], ...]:
    """By period and bus: W and var into the network, if every resource responds as allocated.

    Responses have a power factor of one.
    """
    return tuple(
        _injections(background_w, background_var, baseline_w, resources, sign, allocation_w)
        for background_w, background_var, baseline_w in zip(
            forecast.background_w, forecast.background_var, forecast.baseline_w, strict=True
        )
    )


def _injections(
    background_w: Sequence[int],
    background_var: Sequence[int],
    baseline_w: Sequence[int],
    resources: Sequence[Resource],
    sign: int,
    allocation_w: Sequence[int],
) -> tuple[Injection, ...]:
    active_w = list(background_w)
    for resource, usual_w, response_w in zip(resources, baseline_w, allocation_w, strict=True):
        active_w[resource.bus] += usual_w + sign * response_w
    return tuple(zip(active_w, background_var, strict=True))
