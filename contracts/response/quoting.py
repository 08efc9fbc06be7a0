"""Sealing a quote, and revealing it once all have agreed: nobody is left out, nobody changes its curve."""

from dataclasses import replace

from contracts.context import Context
from contracts.response.events import calendar_of, check_owner, get_event, put_event
from contracts.response.process import Happening, check_phase, move
from contracts.response.quotes import Quote, check_quote
from contracts.response.quotes import seal as commitment_to
from contracts.response.records import Phase, encode_record, quote_key, sealed_key
from contracts.response.refusals import ChangedQuote, DoneBefore, NotInvited, NotSealed
from crypto.hashing import Digest


def seal(ctx: Context, event: int, number: int, commitment: Digest) -> None:
    """Put the commitment to a resource's quote on the chain, once. Raises ResponseError."""
    record = get_event(ctx, event)
    resource = check_owner(ctx, record, number, ctx.sender)
    check_phase(record, Phase.QUOTING, "quotes are no longer sealed")
    if resource.capacity_w(record.sign, record.periods * ctx.genesis.period_s) == 0:
        raise NotInvited(number, event)
    if ctx.get(sealed_key(event, number)) is not None:
        raise DoneBefore(f"resource {number} has sealed its quote for event {event}")
    ctx.put(sealed_key(event, number), commitment)
    ctx.emit("sealed", event=event, resource=number)
    record = replace(record, sealed=record.sealed + 1)
    put_event(ctx, record)
    if record.sealed == record.invited:
        move(ctx, record, Happening.QUOTES_SEALED)


def reveal(ctx: Context, event: int, number: int, quote: Quote, salt: bytes) -> None:
    """Open what was sealed: a quote that keeps its rules and its certificate. Raises ResponseError."""
    record = get_event(ctx, event)
    resource = check_owner(ctx, record, number, ctx.sender)
    check_phase(record, Phase.AGREEING, "quotes are revealed after all are sealed, and before the dispatch")
    sealed = ctx.get(sealed_key(event, number))
    if sealed is None:
        raise NotSealed(number, event)
    if ctx.get(quote_key(event, number)) is not None:
        raise DoneBefore(f"resource {number} has revealed its quote for event {event}")
    ctx.charge("item", len(quote.segments))
    if commitment_to(ctx.genesis.hash, record.process, ctx.sender, quote, salt) != sealed:
        raise ChangedQuote(number, event)
    limit_ukwh = calendar_of(ctx).parameters.price_ukwh_max
    check_quote(quote, resource.certified_w(record.sign), resource.energy_wh, limit_ukwh)
    ctx.put(quote_key(event, number), encode_record(quote))
    ctx.emit("revealed", event=event, resource=number)
    record = replace(record, revealed=record.revealed + 1)
    put_event(ctx, record)
    if record.revealed == record.sealed:
        move(ctx, record, Happening.QUOTES_REVEALED)
