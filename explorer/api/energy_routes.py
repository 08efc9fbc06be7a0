"""Energy over periods: the overview, dispatch, storage, meters' readings, the network."""

from dataclasses import asdict
from typing import Annotated, Any, Final

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from explorer.api.asked import Asked, Paged, Text, Whole
from explorer.api.models import energy
from explorer.api.problems import Problem
from explorer.api.routes import Route, indexed
from explorer.api.view import View
from explorer.index.queries import dispatch as dispatch_queries
from explorer.index.queries.alerts import open_by_severity
from explorer.index.queries.curves import POINTS, POINTS_MAX, Curves
from explorer.index.queries.meters import find_meter
from explorer.index.queries.network import network as find_network
from explorer.index.queries.overview import overview as find_overview
from explorer.index.queries.readings import readings as find_readings
from explorer.index.queries.storage import storage as find_storage
from explorer.index.queries.storage import storage_limits, usual_storage

SERIES_WEIGHT: Final = 5


class OfPeriods(Asked):
    """A range of periods, both inclusive; without an end, the newest day."""

    from_period: Whole | SkipJsonSchema[None] = None
    to_period: Whole | SkipJsonSchema[None] = None
    points: Annotated[Whole, Field(ge=1, le=POINTS_MAX)] = POINTS


class OfSite(OfPeriods):
    """Periods of one site, or of all."""

    site: Text | SkipJsonSchema[None] = None


class OfStorage(OfPeriods):
    """Periods of a storage by its meter; without it, of the shared one, or of the first by address."""

    meter: Text | SkipJsonSchema[None] = None


class OfMeter(OfPeriods):
    """Periods of a meter."""

    address: Text


class OfNetwork(Asked):
    """An event and one of its periods; without them, the newest event at its worst period."""

    event: Whole | SkipJsonSchema[None] = None
    period: Whole | SkipJsonSchema[None] = None


def overview(view: View, _asked: Asked) -> energy.OverviewDocument:
    """The chain at a glance."""
    found = find_overview(view.connection)
    return energy.OverviewDocument.model_validate(
        {
            "chain_name": view.genesis.name,
            "counts": found.counts,
            "from_period": found.from_period,
            "to_period": found.to_period,
            "energy": found.energy_wh,
            "readings": found.readings,
            "readings_due": found.readings_due,
            "alerts": open_by_severity(view.connection),
            "processes": found.running,
            "blocks": found.newest,
            "as_of": view.as_of,
        }
    )


def dispatch_days(view: View, asked: Paged) -> energy.DayList:
    """The latest first."""
    page = dispatch_queries.days(view.connection, cursor=asked.cursor, limit=asked.limit)
    return energy.DayList.model_validate({"items": page.items, "next": page.next, "as_of": view.as_of})


def dispatch_series(view: View, asked: OfSite) -> energy.DispatchDocument:
    """Planned against metered, and prices."""
    span = asked.from_period, asked.to_period, asked.points
    curves = dispatch_queries.flows(view.connection, *span, site=asked.site)
    sites = dispatch_queries.site_names(view.connection)
    return energy.DispatchDocument.model_validate({**series(view, curves), "sites": sites})


def storage_series(view: View, asked: OfStorage) -> energy.StorageDocument:
    """State of charge and power, with limits where they are known."""
    span = asked.from_period, asked.to_period, asked.points
    meter = usual_storage(view.connection) if asked.meter is None else known_meter(view, asked.meter)
    limits = None if meter is None else storage_limits(view.connection, meter)
    curves = find_storage(view.connection, meter or "", *span)
    return energy.StorageDocument.model_validate({**series(view, curves), "meter": meter, "limits": limits})


def meter_readings(view: View, asked: OfMeter) -> energy.SeriesDocument:
    """What one meter saw."""
    span = asked.from_period, asked.to_period, asked.points
    curves = find_readings(view.connection, known_meter(view, asked.address), *span)
    return energy.SeriesDocument.model_validate(series(view, curves))


def network(view: View, asked: OfNetwork) -> energy.NetworkDocument:
    """Voltages and loadings of an event, before and after."""
    found = find_network(view.connection, asked.event, asked.period)
    shown = next((event for event in found.events if event.event == found.event), None)
    first = shown.first_period if shown else None
    periods = [] if first is None else list(range(first, first + found.periods))
    return energy.NetworkDocument.model_validate({**asdict(found), "periods": periods, "as_of": view.as_of})


def series(view: View, curves: Curves) -> dict[str, Any]:
    """Curves as they are answered."""
    return {
        "from_period": curves.from_period,
        "to_period": curves.to_period,
        "step": curves.step,
        "period_s": view.position.period_s,
        "periods": curves.periods,
        "series": curves.curves,
        "corrected": curves.corrected,
        "as_of": view.as_of,
    }


def known_meter(view: View, address: str) -> str:
    """A meter's address. Raises Problem if nobody has heard of it."""
    if find_meter(view.connection, address) is None:
        raise Problem(404, "NotIndexed", "no meter of this address is indexed")
    return address


ROUTES: Final[tuple[Route, ...]] = (
    indexed("/overview", "The chain at a glance", overview, energy.OverviewDocument),
    indexed(
        "/dispatch/days", "Days of dispatch, the latest first", dispatch_days, energy.DayList, asked=Paged
    ),
    indexed(
        "/dispatch/series",
        "What was planned and what was metered",
        dispatch_series,
        energy.DispatchDocument,
        asked=OfSite,
        weight=SERIES_WEIGHT,
    ),
    indexed(
        "/storage/series",
        "State of charge and power of a storage",
        storage_series,
        energy.StorageDocument,
        asked=OfStorage,
        weight=SERIES_WEIGHT,
    ),
    indexed(
        "/meters/{address}/readings",
        "What one meter saw",
        meter_readings,
        energy.SeriesDocument,
        asked=OfMeter,
        weight=SERIES_WEIGHT,
    ),
    indexed(
        "/network", "Voltages and loadings of an event", network, energy.NetworkDocument, asked=OfNetwork
    ),
)
