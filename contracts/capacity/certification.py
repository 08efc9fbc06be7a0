"""Certifying devices: what the genesis begins with, what the ENO adds, and what it certifies anew."""

from contracts.capacity.clearing import QUANTITY_WH_MAX
from contracts.capacity.devices import DEVICES_MAX, Device, check_device
from contracts.capacity.keys import DEVICES_KEY, device_key, meter_key
from contracts.capacity.parameters import parameters_of
from contracts.capacity.records import encode_record
from contracts.capacity.refusals import UnfitDevice
from contracts.capacity.sealing import offered_in
from contracts.capacity.windows import count_devices, get_device
from contracts.context import Context
from contracts.membership import members
from contracts.metering import readings

MONEY_MAX = 2**62


def certify(ctx: Context, number: int, device: Device) -> None:
    """Add a device under the next number, or certify one anew while it is offered nowhere.

    Raises UnfitDevice, UnknownMember or UnknownMeter.
    """
    count = count_devices(ctx)
    if number > count or number >= DEVICES_MAX:
        raise UnfitDevice(number, f"the next number is {count}")
    if number < count:
        if offered_in(ctx, number):
            raise UnfitDevice(number, "it is offered in a window that is under way")
        ctx.delete(meter_key(get_device(ctx, number).meter))
    keep(ctx, number, device)
    ctx.emit("certified", device=number, owner=device.owner, energy_wh=device.energy_wh)


def keep(ctx: Context, number: int, device: Device) -> None:
    """Write down a device under its number. Raises UnfitDevice, UnknownMember or UnknownMeter."""
    ctx.charge("item", len(device.export_w))
    check_device(number, device, ctx.genesis.periods_per_day)
    members.member(ctx, device.owner)
    readings.meter(ctx, device.meter)
    if (
        device.usable_wh > QUANTITY_WH_MAX
        or device.usable_wh * parameters_of(ctx.genesis).cap_ukwh > MONEY_MAX
    ):
        raise UnfitDevice(number, "all of it at the market's cap is more than there is money")
    if ctx.get(meter_key(device.meter)) is not None:
        raise UnfitDevice(number, "its meter is that of another device")
    ctx.put(device_key(number), encode_record(device))
    ctx.put(meter_key(device.meter), number)
    ctx.put(DEVICES_KEY, max(number + 1, count_devices(ctx)))
