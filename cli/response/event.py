"""A settled event, read from a validator's chain: what was agreed, what was done, and what was paid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import cast

from cli.describe import Names
from cli.errors import CommandError
from cli.founding import time_of
from contracts.metering.readings import decode_reading, reading_key
from contracts.response.agents.sight import Sight
from contracts.response.events import find_bill, find_dispatch, get_event, get_forecast, get_resources
from contracts.response.network import NPU
from contracts.response.problem import injections
from contracts.response.records import Bill, DispatchRecord, EventRecord, Voltages
from contracts.response.resources import Resource
from contracts.response.solving.flow import power_flow
from ledger.quantities import Period
from ledger.store import Store
from ledger.transaction import Transaction
from node.chain import HeadView


@dataclass(frozen=True, slots=True)
class Share:
    """One resource's part in an event."""

    owner: str
    kind: str
    response_w: int
    bill: Bill | None
    """None of one that was not dispatched."""


@dataclass(frozen=True, slots=True)
class VoltageRow:
    """The voltage, p.u., where the alarm came from, in one period of the event."""

    begin: str
    without_pu: float
    """As forecast, without a response."""
    planned_pu: float
    """As proven by the dispatch."""
    metered_pu: float | None
    """None if no reading came."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event on a chain, with what its readers need to look further."""

    sight: Sight
    record: EventRecord
    dispatch: DispatchRecord
    transaction: Transaction
    """The dispatch's."""
    resources: Sequence[Resource]

    @property
    def alarmed(self) -> Resource:
        """Whose meter raised the alarm; the first resource if there was an instruction instead."""
        alarm = self.record.alarm
        return next((r for r in self.resources if alarm and r.meter == alarm.meter), self.resources[0])

    @property
    def periods(self) -> Sequence[Period]:
        return [Period(self.record.first_period + place) for place in range(self.record.periods)]

    def metered_pu(self, resource: Resource, period: Period) -> float | None:
        """The voltage that a resource's meter saw."""
        network = self.sight.calendar.parameters.network
        value = self.sight.view.get("metering", reading_key(resource.meter, period))
        voltage_mv = decode_reading(value).voltage_mv if value else None
        return None if voltage_mv is None else voltage_mv / network.nominal_mv

    def all_metered_pu(self) -> Iterator[float]:
        """What all meters saw while the event lasted."""
        for resource, period in product(self.resources, self.periods):
            voltage_pu = self.metered_pu(resource, period)
            if voltage_pu is not None:
                yield voltage_pu

    def voltages(self) -> Iterator[VoltageRow]:
        """By period."""
        alarmed, planned = self.alarmed, cast(Voltages, self.transaction.arguments["voltages"])
        for period, *both in zip(self.periods, self._voltages_without(), planned, strict=True):
            without_pu, planned_pu = (per_unit(voltages[alarmed.bus]) for voltages in both)
            yield VoltageRow(time_of(period), without_pu, planned_pu, self.metered_pu(alarmed, period))

    def _voltages_without(self) -> Voltages:
        forecast, nobody = get_forecast(self.sight, self.record.number), [0] * len(self.resources)
        flows = injections(forecast, self.resources, self.record.sign, nobody)
        return power_flow(self.sight.calendar.parameters.network, flows).voltages_npu

    def shares(self) -> Iterator[Share]:
        """By resource."""
        names = Names(self.sight.genesis)
        for number, resource in enumerate(self.resources):
            response_w = self.dispatch.allocation_w[number]
            bill = find_bill(self.sight, self.record.number, number)
            yield Share(names[resource.address], resource.kind.value, response_w, bill)


def read_event(store: Store, number: int) -> Event:
    """An event that was dispatched. Raises UnknownEvent."""
    sight = Sight(HeadView(store.genesis, store.head))
    record, dispatch = get_event(sight, number), find_dispatch(sight, number)
    if record.dispatch is None or dispatch is None:
        raise CommandError(f"event {number} was not dispatched: it is {record.phase}")
    transaction = store.transaction(record.dispatch).transaction
    return Event(sight, record, dispatch, transaction, get_resources(sight, record.resources))


def per_unit(voltage_npu: tuple[int, int]) -> float:
    """The magnitude of a voltage."""
    return abs(complex(*voltage_npu)) / NPU
