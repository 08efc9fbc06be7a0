"""Certifying resources: what the genesis begins with, what the ENO adds, and what it certifies anew."""

from contracts.context import Context
from contracts.membership import members
from contracts.metering import readings
from contracts.response.budget import check_budget
from contracts.response.events import (
    active_events,
    check_eno,
    count_resources,
    get_resource,
)
from contracts.response.parameters import parameters_of
from contracts.response.records import RESOURCES_KEY, encode_record, meter_key, resource_key
from contracts.response.refusals import UnfitResource
from contracts.response.resources import Resource


def certify(ctx: Context, number: int, resource: Resource) -> None:
    """Add a resource under the next number, or certify one anew while no event is under way.

    Raises NotConcerned, UnfitResource, TooLarge, UnknownMember or UnknownMeter.
    """
    check_eno(ctx)
    count = count_resources(ctx)
    if number < count:
        if active_events(ctx):
            raise UnfitResource(number, "an event is under way, and what it rests on stays as it is")
        ctx.delete(meter_key(get_resource(ctx, number).meter))
    elif number > count:
        raise UnfitResource(number, f"the next number is {count}")
    keep(ctx, number, resource)
    ctx.emit("certified", resource=number, **encode_record(resource))


def keep(ctx: Context, number: int, resource: Resource) -> None:
    """Write down a resource under its number. Raises UnfitResource, TooLarge, UnknownMember or
    UnknownMeter."""
    parameters = parameters_of(ctx.genesis)
    check_budget(parameters, number + 1, ctx.genesis.limits)
    members.member(ctx, resource.address)
    readings.meter(ctx, resource.meter)
    if resource.bus >= len(parameters.network.buses):
        raise UnfitResource(number, f"the network has no bus {resource.bus}")
    if ctx.get(meter_key(resource.meter)) is not None:
        raise UnfitResource(number, "its meter is that of another resource")
    ctx.put(resource_key(number), encode_record(resource))
    ctx.put(meter_key(resource.meter), number)
    ctx.put(RESOURCES_KEY, max(number + 1, count_resources(ctx)))
