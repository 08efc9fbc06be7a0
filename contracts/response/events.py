"""Events and resources, as the rooms of this contract, and agents, find them.

What only looks takes anything that reads this contract's state: a context on the chain, a view outside it.
"""

from typing import cast

from contracts.context import Context
from contracts.response.parameters import Calendar, parameters_of
from contracts.response.quotes import Quote
from contracts.response.records import (
    ACTIVE_KEY,
    EVENTS_KEY,
    RESOURCES_KEY,
    Bill,
    DispatchRecord,
    EventRecord,
    Forecast,
    bill_key,
    decode_bill,
    decode_dispatch,
    decode_event,
    decode_forecast,
    decode_quote,
    decode_resource,
    dispatch_key,
    encode_record,
    event_key,
    forecast_key,
    quote_key,
    resource_key,
)
from contracts.response.refusals import NotConcerned, UnknownEvent, UnknownResource, WrongProcess
from contracts.response.resources import Resource
from contracts.state_reader import StateReader
from crypto.address import Address


def calendar_of(state: StateReader) -> Calendar:
    """The chain's calendar, with the market's parameters in it."""
    return Calendar(state.genesis, parameters_of(state.genesis))


def count_resources(state: StateReader) -> int:
    """How many resources are certified."""
    return cast(int, state.get(RESOURCES_KEY) or 0)


def get_resource(state: StateReader, number: int) -> Resource:
    """Raises UnknownResource."""
    value = state.get(resource_key(number))
    if value is None:
        raise UnknownResource(number, count_resources(state))
    return decode_resource(value)


def get_resources(state: StateReader, count: int) -> tuple[Resource, ...]:
    """The first `count` resources, which there have to be."""
    return tuple(get_resource(state, number) for number in range(count))


def count_events(state: StateReader) -> int:
    """How many events were triggered."""
    return cast(int, state.get(EVENTS_KEY) or 0)


def active_events(state: StateReader) -> tuple[int, ...]:
    """The events that are not over, oldest first."""
    return cast(tuple[int, ...], state.get(ACTIVE_KEY) or ())


def get_event(state: StateReader, event: int) -> EventRecord:
    """Raises UnknownEvent."""
    value = state.get(event_key(event))
    if value is None:
        raise UnknownEvent(event)
    return decode_event(value)


def put_event(ctx: Context, record: EventRecord) -> None:
    """Keep how far an event has come."""
    ctx.put(event_key(record.number), encode_record(record))


def get_forecast(state: StateReader, event: int) -> Forecast:
    """The operating points of an event. Raises UnknownEvent."""
    value = state.get(forecast_key(event))
    if value is None:
        raise UnknownEvent(event)
    return decode_forecast(value)


def find_quote(state: StateReader, event: int, resource: int) -> Quote | None:
    """The quote that was revealed; None if none was."""
    value = state.get(quote_key(event, resource))
    return None if value is None else decode_quote(value)


def get_quotes(state: StateReader, record: EventRecord) -> tuple[Quote | None, ...]:
    """By resource: the quotes that were revealed for an event, for which its dispatch has to be optimal."""
    return tuple(find_quote(state, record.number, resource) for resource in range(record.resources))


def find_dispatch(state: StateReader, event: int) -> DispatchRecord | None:
    """The dispatch that was taken; None if there is none."""
    value = state.get(dispatch_key(event))
    return None if value is None else decode_dispatch(value)


def get_dispatch(state: StateReader, event: int) -> DispatchRecord:
    """The dispatch of an event that has one. Raises UnknownEvent."""
    dispatch = find_dispatch(state, event)
    if dispatch is None:
        raise UnknownEvent(event)
    return dispatch


def find_bill(state: StateReader, event: int, resource: int) -> Bill | None:
    """What became of a resource's response; None before the settlement."""
    value = state.get(bill_key(event, resource))
    return None if value is None else decode_bill(value)


def check_eno(ctx: Context) -> None:
    """Raises NotConcerned unless the sender is the ENO of this market."""
    if ctx.sender != parameters_of(ctx.genesis).eno:
        raise NotConcerned(ctx.sender, "the ENO of this market")


def check_owner(state: StateReader, record: EventRecord, number: int, sender: Address) -> Resource:
    """A resource that takes part in an event, by its owner. Raises UnknownResource or NotConcerned."""
    if number >= record.resources:
        raise UnknownResource(number, record.resources)
    resource = get_resource(state, number)
    if resource.address != sender:
        raise NotConcerned(sender, f"the owner of resource {number}")
    return resource


def check_process(ctx: Context, record: EventRecord) -> None:
    """Raises WrongProcess unless the transaction's links lead to this event's process."""
    if ctx.process != record.process:
        raise WrongProcess(record.number)
