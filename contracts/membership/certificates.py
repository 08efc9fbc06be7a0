"""What the authority says of a member's certificate, on the chain (ledger.certification).

Statements of one address supersede each other by rising serials, so none can be played again. A renewal may
take roles away and never gives any: roles are given by vote.
"""

from dataclasses import replace
from typing import Final

from contracts.context import Context
from contracts.membership import members, seats
from contracts.membership.errors import RefusedStatement, StaleStatement
from crypto.certificate import authority_key
from crypto.signatures import SignatureCache
from ledger.certification import Certification, check_certification, check_revocation
from ledger.errors import BadStatement

AUTHORITY_KEY: Final = "authority"
"""The compressed public key of the authority that the genesis pins."""


def begin(ctx: Context) -> None:
    """Read the authority's key, once, so that no block depends on X.509."""
    if ctx.genesis.authority:
        ctx.put(AUTHORITY_KEY, authority_key(ctx.genesis.authority))


def certified(ctx: Context, raw: bytes, signature: bytes) -> Certification:
    """The authority's certification, if it holds in this slot. Raises RefusedStatement."""
    ctx.charge("point")
    try:
        found = check_certification(raw, signature, ctx.genesis.hash, _authority(ctx), SignatureCache(1))
    except BadStatement as error:
        raise RefusedStatement(str(error)) from None
    check_current(ctx, found.first_slot, found.last_slot)
    return found


def check_current(ctx: Context, first_slot: int, last_slot: int) -> None:
    """That a certification holds in this slot. Raises RefusedStatement."""
    if not first_slot <= ctx.slot <= last_slot:
        raise RefusedStatement(f"it certifies slots {first_slot} to {last_slot}, and this is {ctx.slot}")


def renew(ctx: Context, raw: bytes, signature: bytes) -> None:
    """Take over a later certification of a member. Raises RefusedStatement, UnknownMember, StaleStatement."""
    found = certified(ctx, raw, signature)
    member = members.member(ctx, found.address)
    if found.serial <= member.serial:
        raise StaleStatement(member.address, found.serial, member.serial)
    renewed = replace(
        member,
        roles=tuple([role for role in member.roles if role in found.roles]),
        serial=found.serial,
        is_revoked=False,
        last_slot=found.last_slot,
    )
    members.keep(ctx, renewed)
    ctx.emit("renewed", member=member.address, serial=found.serial, last_slot=found.last_slot)
    seats.reconsider(ctx, renewed)


def revoke(ctx: Context, raw: bytes, signature: bytes) -> None:
    """Void a member's certificate. Raises RefusedStatement, UnknownMember, StaleStatement."""
    ctx.charge("point")
    try:
        found = check_revocation(raw, signature, ctx.genesis.hash, _authority(ctx), SignatureCache(1))
    except BadStatement as error:
        raise RefusedStatement(str(error)) from None
    member = members.member(ctx, found.address)
    if found.serial < member.serial or (found.serial == member.serial and member.is_revoked):
        raise StaleStatement(member.address, found.serial, member.serial)
    revoked = replace(member, serial=found.serial, is_revoked=True)
    members.keep(ctx, revoked)
    ctx.emit("revoked", member=member.address, serial=found.serial, reason=found.reason)
    seats.reconsider(ctx, revoked)


def _authority(ctx: Context) -> bytes:
    key = ctx.get(AUTHORITY_KEY)
    if not isinstance(key, bytes):
        raise RefusedStatement("the genesis of this chain names no authority")
    return key
