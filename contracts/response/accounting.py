"""A: everybody is paid for an event out of the ENO's escrow; the mathematics is settlement.py's.

The amounts follow from the chain, so that anybody may settle, and nobody can settle otherwise. What an owner
cannot pay becomes its debt: an accounting that is right always completes.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import cast

from contracts import tdva
from contracts.account import balances
from contracts.context import Context
from contracts.response.events import (
    check_process,
    get_dispatch,
    get_event,
    get_forecast,
    get_quotes,
    get_resources,
)
from contracts.response.parameters import parameters_of
from contracts.response.process import Happening, check_phase, move
from contracts.response.quotes import SEGMENTS_MAX
from contracts.response.records import (
    Bill,
    EventRecord,
    Phase,
    bill_key,
    encode_record,
    escrow_name,
    verified_key,
)
from contracts.response.refusals import Misshapen, Overpaid, WrongPayment
from contracts.response.settlement import Outcome, energy_wh, settle
from contracts.state_reader import StateReader
from crypto.address import Address
from crypto.hashing import Digest
from ledger.quantities import Amount


def outcomes(state: StateReader, record: EventRecord) -> tuple[Outcome | None, ...]:
    """By resource: what became of its response, as far as readings came; None of one that gave none."""
    dispatch = get_dispatch(state, record.number)
    quotes, forecast = get_quotes(state, record), get_forecast(state, record.number)
    return tuple(
        None
        if quote is None or response_w == 0
        else settle(
            quote,
            response_w,
            _shown_wh(state, record, number, [row[number] for row in forecast.baseline_w]),
            state.genesis.period_s,
            parameters_of(state.genesis).short_permille,
        )
        for number, (quote, response_w) in enumerate(zip(quotes, dispatch.allocation_w, strict=True))
    )


def account(ctx: Context, event: int, payments: tuple[int, ...], verifications: Digest) -> None:
    """Settle an event by payments in the resources' order, which have to be those that are due.

    Raises ResponseError or WrongVerifications.
    """
    record = get_event(ctx, event)
    check_process(ctx, record)
    check_phase(record, Phase.ACCOUNTING, "its readings are not all in")
    tdva.check_verifications(ctx, verifications)
    if len(payments) != record.resources:
        raise Misshapen("payments", len(payments), record.resources)
    ctx.charge("item", record.resources * (record.periods + 1) * SEGMENTS_MAX)
    found = outcomes(ctx, record)
    for number, (payment, outcome) in enumerate(zip(payments, found, strict=True)):
        _check_due(number, payment, outcome.payment if outcome else 0)
    _pay(ctx, record, found)
    ctx.emit("settled", event=event, accounting=ctx.tx_id, payments=payments)
    move(ctx, record, Happening.ACCOUNTED)


def _shown_wh(
    state: StateReader, record: EventRecord, number: int, baseline_w: Sequence[int]
) -> tuple[int | None, ...]:
    """By period: by how much the resource moved its injection as asked, as metered; None is absent."""
    period_s, shown = state.genesis.period_s, []
    for place, usual_w in enumerate(baseline_w):
        metered_wh = state.get(verified_key(record.number, number, record.first_period + place))
        if metered_wh is not None:
            metered_wh = record.sign * (cast(int, metered_wh) - energy_wh(usual_w, period_s))
        shown.append(metered_wh)
    return tuple(shown)


def _check_due(number: int, payment: int, due: int) -> None:
    if payment > due:
        raise Overpaid(number, Amount(payment), Amount(due))
    if payment < due:
        raise WrongPayment(number, Amount(payment), Amount(due))


def _pay(ctx: Context, record: EventRecord, found: Sequence[Outcome | None]) -> None:
    """What is due out of the escrow first, its rest back to the ENO, then what owners have to pay."""
    escrow, eno = escrow_name(record.number), parameters_of(ctx.genesis).eno
    rows = [
        (number, resource.address, outcome)
        for number, (resource, outcome) in enumerate(
            zip(get_resources(ctx, record.resources), found, strict=True)
        )
        if outcome is not None
    ]
    for _, owner, outcome in rows:
        if outcome.payment > 0:
            balances.slash(ctx, escrow, owner, outcome.payment)
    if balances.locked(ctx, escrow) > 0:
        balances.release(ctx, escrow)
    for number, owner, outcome in rows:
        owed = _collect(ctx, owner, eno, max(0, -outcome.payment))
        bill = Bill(**asdict(outcome), owed=owed)
        ctx.put(bill_key(record.number, number), encode_record(bill))
        ctx.emit("billed", event=record.number, resource=number, owner=owner, **encode_record(bill))


def _collect(ctx: Context, owner: Address, eno: Address, amount: int) -> Amount:
    """Take what an owner has to pay, as far as it can; what is left it owes, up to all the money there can
    be, and that is returned."""
    paid = min(amount, balances.available(ctx, owner))
    if paid > 0:
        balances.transfer(ctx, owner, eno, Amount(paid))
    short = Amount(min(amount - paid, balances.ISSUED_MAX - balances.debt(ctx, owner, eno)))
    if short > 0:
        balances.owe(ctx, owner, eno, short)
    return short
