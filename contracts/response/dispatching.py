"""D: a dispatch that is optimal for the revealed quotes, safe on the network and confirmed by the ENO; or the
finding that there can be none."""

from dataclasses import replace

from contracts.account import balances
from contracts.context import Context
from contracts.membership import members
from contracts.response import optimality, safety
from contracts.response.budget import RESOURCE_STEPS, voltage_steps
from contracts.response.events import (
    check_eno,
    check_process,
    get_event,
    get_forecast,
    get_resources,
)
from contracts.response.optimality import Certificate, Cut, Demand
from contracts.response.parameters import Parameters, parameters_of
from contracts.response.problem import demand_of, injections
from contracts.response.process import Happening, check_phase, move
from contracts.response.records import (
    Convergence,
    DispatchRecord,
    EventRecord,
    Phase,
    Voltages,
    confirmation_message,
    dispatch_key,
    encode_record,
    escrow_name,
)
from contracts.response.refusals import (
    Misshapen,
    NoReason,
    NotConcerned,
    NotConfirmed,
    TooManyCuts,
)
from contracts.response.resources import Resource
from contracts.response.settlement import full_payment
from crypto.address import Address
from crypto.errors import CryptoError
from crypto.keys import verify
from ledger.quantities import Amount, PowerW


def submit(
    ctx: Context,
    event: int,
    allocation_w: tuple[PowerW, ...],
    cuts: tuple[Cut, ...],
    certificate: Certificate,
    voltages: Voltages,
    convergence: Convergence,
    confirmation: bytes,
) -> None:
    """Take a dispatch, if everything about it holds, and put the ENO's money for it aside.

    Raises ResponseError, or InsufficientBalance if the ENO has not the money.
    """
    record, parameters = _expected(ctx, event, cuts), parameters_of(ctx.genesis)
    a_period = record.resources + voltage_steps(parameters.network)
    ctx.charge("item", RESOURCE_STEPS * record.resources + record.periods * a_period)
    resources = get_resources(ctx, record.resources)
    _check_takes_part(ctx, parameters, resources)
    message = confirmation_message(
        ctx.genesis.hash, record.process, allocation_w, cuts, certificate, voltages
    )
    _check_confirmed(ctx, parameters.eno, event, message, confirmation)
    demand = demand_of(ctx, record, cuts)
    ctx.charge("item", optimality.work(demand))
    optimality.check_optimal(demand, allocation_w, certificate, parameters.gap)
    _check_safe(ctx, parameters, record, resources, allocation_w, voltages)
    taken = DispatchRecord(
        sender=ctx.sender,
        allocation_w=allocation_w,
        cuts=len(cuts),
        certificate=certificate,
        cost_nano_h=demand.cost_nano_h(allocation_w),
        escrow=_lock(ctx, parameters.eno, event, demand, allocation_w),
        convergence=convergence,
    )
    ctx.put(dispatch_key(event), encode_record(taken))
    ctx.emit("dispatched", event=event, cost_nano_h=taken.cost_nano_h, escrow=taken.escrow)
    move(ctx, replace(record, dispatch=ctx.tx_id), Happening.DISPATCHED)


def declare_infeasible(
    ctx: Context, event: int, cuts: tuple[Cut, ...], certificate: Certificate | None, reason: str
) -> None:
    """Record that no dispatch is possible: proven by a certificate, or, where the power flow does not
    converge, by the ENO's reason. Raises ResponseError."""
    record = _expected(ctx, event, cuts)
    check_eno(ctx)
    if certificate is None and not reason:
        raise NoReason(event)
    if certificate is not None:
        ctx.charge("item", RESOURCE_STEPS * record.resources)
        demand = demand_of(ctx, record, cuts)
        ctx.charge("item", optimality.work(demand))
        optimality.check_infeasible(demand, certificate)
    is_proven = certificate is not None
    ctx.emit("infeasible", event=event, is_proven=is_proven, cuts=len(cuts), reason=reason)
    reason = reason or f"no response meets the target and {len(cuts)} constraints of the network"
    move(ctx, replace(record, dispatch=ctx.tx_id, reason=reason), Happening.FOUND_INFEASIBLE)


def _expected(ctx: Context, event: int, cuts: tuple[Cut, ...]) -> EventRecord:
    """The event, if it is the linked process' own and awaits its dispatch."""
    record = get_event(ctx, event)
    check_process(ctx, record)
    check_phase(record, Phase.DISPATCHING, "no dispatch is awaited")
    most = parameters_of(ctx.genesis).cuts_max
    if len(cuts) > most:
        raise TooManyCuts(len(cuts), most)
    return record


def _check_takes_part(ctx: Context, parameters: Parameters, resources: tuple[Resource, ...]) -> None:
    if ctx.sender != parameters.eno and all(resource.address != ctx.sender for resource in resources):
        raise NotConcerned(ctx.sender, "the ENO, nor the owner of a resource of this event")


def _check_confirmed(ctx: Context, eno: Address, event: int, message: bytes, confirmation: bytes) -> None:
    ctx.charge("point")
    ctx.charge("kilobyte", len(message) // 1024)
    if not members.roles_of(ctx, eno):
        raise NotConfirmed(event, "the ENO's certificate no longer holds")
    try:
        verify(members.member(ctx, eno).public_key, confirmation, message)
    except CryptoError as error:
        raise NotConfirmed(event, str(error)) from None


def _check_safe(
    ctx: Context,
    parameters: Parameters,
    record: EventRecord,
    resources: tuple[Resource, ...],
    allocation_w: tuple[int, ...],
    voltages: Voltages,
) -> None:
    """That a power flow within the network's limits lies at the voltages of every period."""
    if len(voltages) != record.periods:
        raise Misshapen("voltages", len(voltages), record.periods)
    forecast = get_forecast(ctx, record.number)
    points = injections(forecast, resources, record.sign, allocation_w)
    for point, phasors in zip(points, voltages, strict=True):
        safety.check_safe(parameters.network, point, phasors, parameters.voltage_tolerance_npu)


def _lock(ctx: Context, eno: Address, event: int, demand: Demand, allocation_w: tuple[int, ...]) -> Amount:
    """Put aside what the whole plan costs: the sum of what each resource can be paid at the most."""
    rows = zip(demand.curves, allocation_w, strict=True)
    payments = [
        full_payment(curve, given_w, demand.duration_s) for curve, given_w in rows if curve is not None
    ]
    escrow = Amount(sum(payments))
    if escrow > 0:
        balances.lock(ctx, escrow_name(event), eno, escrow)
    return escrow
