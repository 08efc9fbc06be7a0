"""Evidence on the chain: two votes that no honest validator signs suspend the one that signed them."""

from dataclasses import replace

from contracts.context import Context
from contracts.membership import members, seats
from contracts.membership.errors import AlreadyOut, NotLiable, NotProven
from contracts.membership.members import Standing
from crypto.address import Address
from crypto.signatures import SignatureCache
from ledger.errors import BadEvidence
from ledger.evidence import check_contradiction


def report(ctx: Context, validator: Address, first: bytes, second: bytes) -> None:
    """Suspend a validator. Raises UnknownMember, AlreadyOut, NotProven, NotLiable."""
    accused = members.member(ctx, validator)
    if accused.standing is not Standing.GOOD:
        raise AlreadyOut(validator, accused.standing.value)
    ctx.charge("point", 2)
    try:
        height = check_contradiction(first, second, ctx.genesis.hash, accused.public_key, SignatureCache(2))
    except BadEvidence as error:
        raise NotProven(str(error)) from None
    if accused.liable_from is None or height < accused.liable_from:
        raise NotLiable(validator, height, accused.liable_from)
    suspended = replace(accused, standing=Standing.SUSPENDED)
    members.keep(ctx, suspended)
    ctx.emit("suspended", member=validator, height=height, first=first, second=second)
    seats.reconsider(ctx, suspended)
