"""What the index tells of energy: series over periods, days of dispatch, the network."""

from typing import Literal

from pydantic import Field

from explorer.api.models.base import Aged, Count, Hex, Listed, Model
from explorer.api.models.lists import BlockItem, ProcessItem

Values = list[int | None]


class CurveDocument(Model):
    """One quantity, a value a point; null is missing."""

    key: str
    name: str
    unit: str
    kind: Literal["bar", "line", "step"]
    values: Values
    known: list[int] = Field(
        description="How many of a point's periods its value is of, and all meters that it sums; less than "
        "the step: it is partial"
    )
    low: Values | None = Field(None, description="The least of a point's periods, where it has several")
    high: Values | None = Field(None, description="The greatest")


class SeriesDocument(Aged):
    """Quantities over the same points.

    A point of several periods has the mean of powers and prices, the sum of energies, the last of states."""

    from_period: int
    to_period: int = Field(description="The last, inclusive; before `from_period` where nothing is known")
    step: Count = Field(description="Periods a point")
    period_s: Count
    periods: list[int] = Field(description="The first of each point")
    series: list[CurveDocument]
    corrected: list[int] = Field(description="Points with a reading that was corrected")


class DispatchDocument(SeriesDocument):
    """The storage's dispatch over periods, with the names of the plan's sites."""

    sites: list[str]


class StorageLimits(Model):
    """Between which a storage is kept."""

    power_w: int
    energy_wh: int
    lowest_wh: int
    highest_wh: int


class StorageDocument(SeriesDocument):
    """A storage over periods, with its limits where they are known."""

    meter: str | None = Field(description="null on a chain without storages")
    limits: StorageLimits | None


class DayItem(Model):
    """A day of the storage's dispatch, as far as it has come."""

    day: int = Field(description="UTC days since 1970")
    phase: str
    revision: int | None
    cost_nano: int | None
    process: Hex | None
    from_period: int
    to_period: int


class DayList(Listed):
    """Days, the latest first."""

    items: list[DayItem]


class CountsDocument(Model):
    """How many there are."""

    blocks: Count
    transactions: Count
    processes: Count
    running: Count
    members: Count
    validators: Count
    meters: Count
    readings: Count


class AlertCounts(Model):
    """Alerts that are open and not acknowledged."""

    info: Count
    warning: Count
    critical: Count


class OverviewDocument(Aged):
    """The chain at a glance."""

    chain_name: str
    counts: CountsDocument
    from_period: int | None
    to_period: int | None
    energy: dict[str, int | None] = Field(description="Wh of the last day that meters told of, by quantity")
    readings: Count = Field(description="That the energies are of")
    readings_due: Count = Field(description="That they would be of, had all meters told of all these periods")
    alerts: AlertCounts
    processes: list[ProcessItem] = Field(description="That run, the newest")
    blocks: list[BlockItem] = Field(description="The newest")


class NetworkEvent(Model):
    """A change of injection that the operator asked for."""

    event: int
    phase: str | None
    target_w: int | None
    first_period: int | None
    periods: int | None
    cost_nano_h: int | None
    process: Hex | None


class BusItem(Model):
    """A point of the network."""

    number: Count
    name: str
    voltage_npu: int | None
    before_npu: int | None


class LineItem(Model):
    """What joins two buses."""

    source: Count
    target: Count
    loading_ppm: int | None


class NetworkDocument(Aged):
    """The network in one period of an event; without buses where the chain has none."""

    events: list[NetworkEvent]
    event: int | None
    period: int | None
    periods: list[int] = Field(description="Of the event")
    buses: list[BusItem]
    lines: list[LineItem]
    lowest_npu: int | None
    highest_npu: int | None
