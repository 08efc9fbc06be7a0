"""Making agreements, and ending them; the first of supply, use or storage takes a seat for its meter."""

from dataclasses import asdict
from typing import cast

from contracts.community.orders import ENERGY_WH_MAX
from contracts.context import Context
from contracts.membership import members
from contracts.metering import readings
from contracts.pool.agreements import (
    Agreement,
    Kind,
    Standing,
    decode_agreement,
    encode_agreement,
)
from contracts.pool.intervals import calendar_of, count_seats, get_seat
from contracts.pool.parameters import parameters_of
from contracts.pool.records import (
    AGREEMENTS_KEY,
    SEATS_KEY,
    agreement_key,
    meter_key,
    seat_key,
    seat_number_key,
    standing_key,
)
from contracts.pool.refusals import NotConcerned, UnfitAgreement, UnknownAgreement
from contracts.steps import transaction_steps_max
from crypto.address import Address
from ledger.genesis import Limits

STEPS_A_SEAT = 1_200
"""To settle a seat takes less, whatever it pays, owes or is paid."""

SEATS_MAX = 512


def offer(ctx: Context, agreement: Agreement) -> int:
    """The platform offers an agreement; returned with its number. Raises NotConcerned, UnfitAgreement,
    UnknownMember or UnknownMeter."""
    if ctx.sender != parameters_of(ctx.genesis).platform:
        raise NotConcerned(ctx.sender, "the platform of this market")
    return keep(ctx, agreement)


def accept(ctx: Context, number: int) -> None:
    """The party agrees. Raises UnknownAgreement or UnfitAgreement."""
    agreement, standing = _get(ctx, number)
    if standing is not Standing.OFFERED or ctx.sender != agreement.party:
        raise UnknownAgreement(number)
    stand(ctx, number, agreement)


def end(ctx: Context, number: int) -> None:
    """Either side ends it; what was traded is still settled. Raises UnknownAgreement."""
    agreement, standing = _get(ctx, number)
    is_concerned = ctx.sender in (agreement.party, parameters_of(ctx.genesis).platform)
    if standing is Standing.ENDED or not is_concerned:
        raise UnknownAgreement(number)
    if standing is Standing.STANDS:
        ctx.delete(_standing_key(agreement))
    _put(ctx, number, agreement, Standing.ENDED)


def keep(ctx: Context, agreement: Agreement) -> int:
    """Write an agreement down under the next number, which is returned. Raises as `offer`."""
    number = cast(int, ctx.get(AGREEMENTS_KEY) or 0)
    _check_fit(ctx, agreement)
    ctx.put(AGREEMENTS_KEY, number + 1)
    _put(ctx, number, agreement, Standing.OFFERED)
    return number


def stand(ctx: Context, number: int, agreement: Agreement) -> None:
    """From now on it holds, in place of the one before it. Raises UnfitAgreement."""
    key = _standing_key(agreement)
    before = cast(int | None, ctx.get(key))
    if before is not None:
        _put(ctx, before, _get(ctx, before)[0], Standing.ENDED)
    if agreement.kind is not Kind.PAYMENT:
        _take_seat(ctx, agreement)
    ctx.put(key, number)
    _put(ctx, number, agreement, Standing.STANDS)


def _check_fit(ctx: Context, agreement: Agreement) -> None:
    party, carrier, meter = agreement.party, agreement.carrier, agreement.meter
    members.member(ctx, party)
    if agreement.kind is Kind.PAYMENT:
        if carrier is not None or meter is not None:
            raise UnfitAgreement(party, "payment is for all carriers, and has no meter")
        return
    if carrier is None or parameters_of(ctx.genesis).terms(carrier) is None:
        raise UnfitAgreement(party, "it names no carrier of this market")
    if meter is None:
        raise UnfitAgreement(party, "it names no meter")
    device = readings.meter(ctx, meter)
    if device.owner != party or device.carrier is not carrier:
        raise UnfitAgreement(party, f"its meter is one of {device.carrier.value} and of {device.owner}")
    if max(agreement.limit, calendar_of(ctx).energy_wh(agreement.limit)) > ENERGY_WH_MAX:
        raise UnfitAgreement(party, f"its limit is above {ENERGY_WH_MAX}")


def _take_seat(ctx: Context, agreement: Agreement) -> None:
    """The party's seat for this carrier has the meter that was agreed on last, and the largest power that was
    ever agreed on; a storage's is what fills it in an hour."""
    party, carrier, meter = agreement.party, str(agreement.carrier), str(agreement.meter)
    number, power_w = cast(int | None, ctx.get(seat_number_key(party, carrier))), agreement.limit
    if ctx.get(meter_key(meter)) not in (None, number):
        raise UnfitAgreement(party, "its meter is that of another seat")
    if number is None:
        number = _new_seat(ctx, party)
        ctx.put(seat_number_key(party, carrier), number)
    else:
        seat = get_seat(ctx, number)
        power_w = max(power_w, seat.power_w)
        ctx.delete(meter_key(seat.meter))
    ctx.put(seat_key(number), (party, carrier, meter, power_w))
    ctx.put(meter_key(meter), number)


def _new_seat(ctx: Context, party: Address) -> int:
    number = count_seats(ctx)
    if number >= _seats_max(ctx.genesis.limits):
        raise UnfitAgreement(party, f"{number} seats are taken, and no more could be settled")
    ctx.put(SEATS_KEY, number + 1)
    return number


def _seats_max(limits: Limits) -> int:
    """How many one transaction can settle; what fits no transaction would never be settled."""
    return min(SEATS_MAX, transaction_steps_max(limits) // STEPS_A_SEAT)


def _standing_key(agreement: Agreement) -> str:
    carrier = "" if agreement.carrier is None else agreement.carrier.value
    return standing_key(agreement.kind.value, agreement.party, carrier)


def _get(ctx: Context, number: int) -> tuple[Agreement, Standing]:
    value = ctx.get(agreement_key(number))
    if value is None:
        raise UnknownAgreement(number)
    return decode_agreement(value)


def _put(ctx: Context, number: int, agreement: Agreement, standing: Standing) -> None:
    ctx.put(agreement_key(number), encode_agreement(agreement, standing))
    said = asdict(agreement) | {"kind": agreement.kind.value, "carrier": str(agreement.carrier or "")}
    ctx.emit("agreement", number=number, standing=standing.value, **said)
