"""Opening a window, sealing bids in it, and revealing them: nobody sees a bid before all are sealed."""

from dataclasses import replace
from typing import cast

from contracts.account import balances
from contracts.capacity.bids import Side, check_steps, commit, demand_fingerprint
from contracts.capacity.clearing import Step
from contracts.capacity.devices import bound_wh, caps_wh, fingerprint
from contracts.capacity.keys import (
    ACTIVE_KEY,
    WINDOWS_KEY,
    bond_escrow,
    offered_key,
    opened_key,
    sale_key,
    sealed_key,
    seat_key,
    span_key,
)
from contracts.capacity.parameters import Calendar, parameters_of
from contracts.capacity.process import OVER, Happening, check_phase, move
from contracts.capacity.records import OpenedBid, Phase, SealedBid, WindowRecord, encode_record
from contracts.capacity.refusals import (
    BadCommitment,
    BothSides,
    DeviceTaken,
    DoneBefore,
    Misstated,
    NotConcerned,
    NotSealed,
    TooFar,
    TooLong,
    TooMany,
    TooSoon,
    WrongOpening,
    WrongProcess,
)
from contracts.capacity.rights import bond
from contracts.capacity.windows import (
    active_windows,
    calendar_of,
    count_windows,
    faulty_max,
    find_opened,
    find_seat,
    find_span,
    get_device,
    get_sealed,
    get_window,
    put_window,
)
from contracts.context import Context
from contracts.tdva import this_process
from crypto.errors import BadPoint
from crypto.group import IDENTITY, check_point
from crypto.hashing import Digest
from ledger.quantities import EnergyWh, Period


def open_window(ctx: Context, first_period: Period, periods: int) -> None:
    """T: let capacity of some periods be traded, of the same ones once. Raises CapacityError."""
    calendar, window = calendar_of(ctx), count_windows(ctx)
    parameters = calendar.parameters
    if ctx.process != ctx.tx_id:
        raise WrongProcess(window)
    if periods > parameters.periods_max:
        raise TooLong(periods, parameters.periods_max)
    faulty = faulty_max(ctx)
    earliest = calendar.earliest_period(ctx.slot, faulty)
    if first_period < earliest:
        raise TooSoon(first_period, earliest)
    latest = Period(ctx.period + parameters.ahead_periods_max)
    if first_period > latest:
        raise TooFar(first_period, latest)
    active = _check_room(ctx, calendar, faulty)
    known = find_span(ctx, first_period, periods)
    if known is not None:
        raise DoneBefore(f"window {known} is of the same periods")
    record = WindowRecord(
        number=window,
        phase=Phase.SEALING,
        since=ctx.slot,
        since_height=ctx.height,
        opener=ctx.sender,
        process=this_process(ctx),
        first_period=first_period,
        periods=periods,
    )
    put_window(ctx, record)
    ctx.put(WINDOWS_KEY, window + 1)
    ctx.put(span_key(first_period, periods), window)
    ctx.put(ACTIVE_KEY, (*active, window))
    ctx.emit("opened", window=window, first_period=first_period, periods=periods)


def seal(
    ctx: Context, window: int, side: Side, device: int | None, bound: EnergyWh | None, commitment: bytes
) -> None:
    """Put a sealed bid on the chain, and the bond that it will be revealed. Raises CapacityError, or
    InsufficientBalance."""
    record, parameters = get_window(ctx, window), parameters_of(ctx.genesis)
    check_phase(record, Phase.SEALING, "bids are no longer sealed")
    if ctx.sender == parameters.forfeits:
        raise NotConcerned(ctx.sender, "a bidder, as it takes the bonds of those who fail")
    _check_first(ctx, window, side)
    if (record.asks if side is Side.SELL else record.sealed - record.asks) >= parameters.places:
        raise TooMany(f"bids to {side.value} in window {window}", parameters.places)
    ctx.charge("point")
    try:
        check_point(commitment)
    except BadPoint as error:
        raise BadCommitment(str(error)) from None
    if commitment == IDENTITY:
        raise BadCommitment("it is the identity")
    most = _offer(ctx, record, device, bound) if side is Side.SELL else _ask_for(ctx, device, bound)
    put_up = bond(parameters.bond_floor, parameters.bond_permille, most, parameters.cap_ukwh)
    balances.lock(ctx, bond_escrow(window, record.sealed), ctx.sender, put_up)
    sealed = SealedBid(ctx.sender, side, device, most, commitment, put_up)
    ctx.put(sealed_key(window, record.sealed), encode_record(sealed))
    ctx.put(seat_key(window, ctx.sender), record.sealed)
    put_window(ctx, replace(record, sealed=record.sealed + 1, asks=record.asks + (side is Side.SELL)))
    ctx.emit("sealed", window=window, bid=record.sealed, **encode_record(sealed))


def reveal(ctx: Context, window: int, steps: tuple[Step, ...], blinding: bytes) -> None:
    """Open what was sealed. A reveal that is refused changes nothing, and may be tried again in time.

    Raises CapacityError.
    """
    record = get_window(ctx, window)
    check_phase(record, Phase.REVEALING, "bids are revealed after all are sealed, until they are cleared")
    bid = find_seat(ctx, window, ctx.sender)
    if bid is None:
        raise NotSealed(ctx.sender, window)
    if find_opened(ctx, window, bid) is not None:
        raise DoneBefore(f"{ctx.sender} has revealed its bid in window {window}")
    sealed = get_sealed(ctx, window, bid)
    ctx.charge("multiply")
    ctx.charge("term", 2)
    made_of = _fingerprint(ctx, sealed)
    opened = commit(ctx.genesis.hash, window, sealed.side, ctx.sender, made_of, steps, blinding)
    if opened != sealed.commitment:
        raise WrongOpening(ctx.sender, window)
    ctx.charge("item", len(steps))
    check_steps(sealed.side, steps, sealed.bound_wh, parameters_of(ctx.genesis).cap_ukwh)
    ctx.put(opened_key(window, bid), encode_record(OpenedBid(steps, blinding)))
    ctx.emit("revealed", window=window, bid=bid, address=ctx.sender)
    record = replace(record, revealed=record.revealed + 1)
    put_window(ctx, record)
    if record.revealed == record.sealed:
        move(ctx, record, Happening.BIDS_REVEALED)


def _check_room(ctx: Context, calendar: Calendar, faulty: int) -> tuple[int, ...]:
    """The windows under way, where there is room for one more of this opener. Raises TooMany."""
    active, most = active_windows(ctx), calendar.parameters.windows_max
    if len(active) >= most:
        raise TooMany("windows under way", most)
    each = calendar.windows_each(faulty)
    if sum(get_window(ctx, window).opener == ctx.sender for window in active) >= each:
        raise TooMany(f"windows under way that {ctx.sender} has opened", each)
    return active


def _check_first(ctx: Context, window: int, side: Side) -> None:
    bid = find_seat(ctx, window, ctx.sender)
    if bid is None:
        return
    known = get_sealed(ctx, window, bid).side
    if known is not side:
        raise BothSides(ctx.sender, window, known)
    raise DoneBefore(f"{ctx.sender} has sealed its bid in window {window}")


def _offer(ctx: Context, record: WindowRecord, number: int | None, bound: int | None) -> EnergyWh:
    """Offer a device in the window; the most that can be sold of it, which the certificate says alone."""
    if number is None:
        raise Misstated("device", "whoever sells names its device")
    if bound is not None:
        raise Misstated("bound_wh", "a device's certificate says it")
    device = get_device(ctx, number)
    if device.owner != ctx.sender:
        raise NotConcerned(ctx.sender, f"the owner of device {number}")
    offered = offered_in(ctx, number)
    for other in offered:
        if record.first_period < other.end and other.first_period < record.end:
            raise DeviceTaken(number, other.number)
    ctx.put(offered_key(number), (*[other.number for other in offered], record.number))
    ctx.put(sale_key(record.number, number), record.sealed)
    ctx.charge("item", record.periods)
    most = bound_wh(device, caps_wh(device, ctx.genesis, record.first_period, record.periods))
    if most == 0:
        raise Misstated("device", f"device {number} can give nothing in window {record.number}")
    return most


def _ask_for(ctx: Context, number: int | None, bound: EnergyWh | None) -> EnergyWh:
    """The most that a buyer says it may buy."""
    if number is not None:
        raise Misstated("device", "whoever buys has none")
    most = parameters_of(ctx.genesis).purchase_wh_max
    if bound is None or not 0 < bound <= most:
        raise Misstated("bound_wh", f"whoever buys says how much at the most: 1 to {most} Wh")
    return bound


def offered_in(ctx: Context, device: int) -> tuple[WindowRecord, ...]:
    """The windows under way in which a device is offered."""
    known = cast(tuple[int, ...], ctx.get(offered_key(device)) or ())
    records = [get_window(ctx, window) for window in known]
    return tuple([record for record in records if record.phase not in OVER])


def _fingerprint(ctx: Context, sealed: SealedBid) -> Digest:
    if sealed.device is None:
        return demand_fingerprint(ctx.genesis.hash, sealed.bound_wh)
    return fingerprint(ctx.genesis.hash, get_device(ctx, sealed.device))
