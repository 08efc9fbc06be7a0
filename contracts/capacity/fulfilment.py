"""V: what a device's meter saw in a period, what that fulfils of each right, and the payment that comes with
it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from contracts import tdva
from contracts.account import balances
from contracts.capacity.devices import caps_wh
from contracts.capacity.keys import meter_key, price_escrow, sale_key
from contracts.capacity.records import Phase, Right, Standing, WindowRecord
from contracts.capacity.refusals import IncompleteReading, NotConcerned, NotNow, WrongPeriod
from contracts.capacity.rights import deliver, flat_wh
from contracts.capacity.windows import (
    check_process,
    find_profile,
    find_trade,
    get_device,
    get_window,
    put_right,
    rights_of,
)
from contracts.context import Context
from contracts.metering import readings
from contracts.metering.readings import Reading
from contracts.state_reader import StateReader
from ledger.quantities import Amount, EnergyWh, Period, amount


def take_reading(ctx: Context, window: int, period: Period, reading: Reading) -> None:
    """The sender, the meter of a device that was sold, verifies a period, and its seller is paid for what
    arrived. Raises CapacityError, MeteringError, or VerifiedTwice."""
    record = get_window(ctx, window)
    check_process(ctx, record)
    rights = _delivering(ctx, window)
    if not record.first_period <= period < record.end:
        raise WrongPeriod(period, record.first_period, record.end)
    if record.phase not in (Phase.DELIVERING, Phase.METERING):
        raise NotNow(window, record.phase, "no readings are taken")
    if reading.discharged_wh is None:
        raise IncompleteReading(ctx.sender, "discharged_wh")
    tdva.verify(ctx, ctx.sender, period)
    readings.record(ctx, ctx.sender, period, reading)
    _fulfil(ctx, record, rights, period - record.first_period, reading.discharged_wh)


def called_wh(state: StateReader, record: WindowRecord, number: int, right: Right, place: int) -> int:
    """What is called of a right in one period of the window."""
    profile = find_profile(state, record.number, number)
    if profile is not None:
        return profile[place]
    return flat_wh(right.quantity_wh, _caps(state, record, right), place)


def uncalled_wh(state: StateReader, record: WindowRecord, number: int, right: Right) -> int:
    """What is never called of a right, and so counts as delivered."""
    profile = find_profile(state, record.number, number)
    if profile is not None:
        return right.quantity_wh - sum(profile)
    return 0


def pay_up_to(ctx: Context, window: int, number: int, right: Right, delivered_wh: int) -> Right:
    """Pay a seller for all that is delivered so far, less what it has had (Ren et al., eqs. 31, 32)."""
    earned = amount(min(right.quantity_wh, delivered_wh), right.price_ukwh)
    if earned > right.paid:
        part = Amount(earned - right.paid)
        balances.slash(ctx, price_escrow(window, number), right.obligor, part)
    right = replace(right, delivered_wh=EnergyWh(delivered_wh), paid=earned)
    put_right(ctx, window, number, right)
    return right


def _delivering(ctx: Context, window: int) -> list[tuple[int, Right]]:
    """The rights on the device that the sender measures."""
    device = cast(int | None, ctx.get(meter_key(ctx.sender)))
    bid = None if device is None else cast(int | None, ctx.get(sale_key(window, device)))
    trade = None if bid is None else find_trade(ctx, window, bid)
    minted = (
        []
        if trade is None
        else [row for row in rights_of(ctx, window, trade) if row[1].standing is Standing.MINTED]
    )
    if not minted:
        raise NotConcerned(ctx.sender, f"the meter of a device that delivers in window {window}")
    return minted


def _fulfil(
    ctx: Context, record: WindowRecord, rights: Sequence[tuple[int, Right]], place: int, metered_wh: int
) -> None:
    caps = _caps(ctx, record, rights[0][1])
    ctx.charge("item", (record.periods + 2) * len(rights))
    called = [called_wh(ctx, record, number, right, place) for number, right in rights]
    delivered = deliver(called, caps[place], metered_wh)
    for (number, right), part_wh in zip(rights, delivered, strict=True):
        paid = pay_up_to(ctx, record.number, number, right, right.delivered_wh + part_wh).paid
        ctx.emit(
            "delivered",
            window=record.number,
            right=number,
            period=record.first_period + place,
            delivered_wh=part_wh,
            payment=paid - right.paid,
        )


def _caps(state: StateReader, record: WindowRecord, right: Right) -> tuple[int, ...]:
    device = get_device(state, right.device)
    return caps_wh(device, state.genesis, record.first_period, record.periods)
