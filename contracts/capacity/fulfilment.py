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
from contracts.capacity.rights import deliver, flat_wh, power_shares
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

Rights = Sequence[tuple[int, Right]]
"""With their numbers."""


def take_reading(ctx: Context, window: int, period: Period, reading: Reading) -> None:
    """The sender, the meter of a device that was sold, verifies a period, and its seller is paid for what
    arrived. Raises CapacityError, MeteringError, or VerifiedTwice."""
    record = get_window(ctx, window)
    check_process(ctx, record)
    sold = find_sold(ctx, record, ctx.sender)
    if not any(right.standing is Standing.MINTED for _, right in sold):
        raise NotConcerned(ctx.sender, f"the meter of a device that delivers in window {window}")
    if not record.first_period <= period < record.end:
        raise WrongPeriod(period, record.first_period, record.end)
    if record.phase not in (Phase.DELIVERING, Phase.METERING):
        raise NotNow(window, record.phase, "no readings are taken")
    if reading.discharged_wh is None:
        raise IncompleteReading(ctx.sender, "discharged_wh")
    tdva.verify(ctx, ctx.sender, period)
    readings.confirm(ctx, ctx.sender, period, reading)
    _fulfil(ctx, record, sold, period, reading.discharged_wh)


def most_wh(state: StateReader, record: WindowRecord, sold: Rights) -> dict[int, tuple[int, ...]]:
    """The most that may be called, in each period of the window, of all the rights that one bid sold."""
    device = get_device(state, sold[0][1].device)
    caps = caps_wh(device, state.genesis, record.first_period, record.periods)
    shares = power_shares(caps, [right.quantity_wh for _, right in sold])
    return {number: share for (number, _), share in zip(sold, shares, strict=True)}


def called_wh(state: StateReader, record: WindowRecord, sold: Rights) -> dict[int, tuple[int, ...]]:
    """What is called of them: what was nominated, or an equal part of the most."""
    shares = most_wh(state, record, sold)
    return {
        number: find_profile(state, record.number, number) or flat_wh(right.quantity_wh, shares[number])
        for number, right in sold
    }


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


def find_sold(state: StateReader, record: WindowRecord, meter: str) -> Rights:
    """The rights on the device that a meter measures, void ones too; none if it sold nothing."""
    device = cast(int | None, state.get(meter_key(meter)))
    bid = None if device is None else cast(int | None, state.get(sale_key(record.number, device)))
    trade = None if bid is None else find_trade(state, record.number, bid)
    return [] if trade is None else list(rights_of(state, record.number, trade))


def _fulfil(ctx: Context, record: WindowRecord, sold: Rights, period: Period, metered_wh: int) -> None:
    ctx.charge("item", 4 * record.periods * len(sold))
    calls = called_wh(ctx, record, sold)
    minted = [(number, right) for number, right in sold if right.standing is Standing.MINTED]
    called = [calls[number][period - record.first_period] for number, _ in minted]
    for (number, right), part_wh in zip(minted, deliver(called, metered_wh), strict=True):
        paid = pay_up_to(ctx, record.number, number, right, right.delivered_wh + part_wh).paid
        ctx.emit(
            "delivered",
            window=record.number,
            right=number,
            period=period,
            delivered_wh=part_wh,
            payment=paid - right.paid,
        )
