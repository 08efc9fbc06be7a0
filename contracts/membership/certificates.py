"""What the authority says of a member's certificate, on the chain (ledger.certification).

Statements of one address supersede each other by rising serials, so none can be played again. A renewal may
take roles away and never gives any: roles are given by vote.
"""

from dataclasses import replace
from typing import Final, cast

from contracts.context import Context
from contracts.membership import members, seats
from contracts.membership.errors import RefusedStatement, StaleStatement
from contracts.membership.members import Member
from crypto.address import Address
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
    """Void the certificate of a member or an applicant. Raises RefusedStatement, StaleStatement."""
    ctx.charge("point")
    try:
        found = check_revocation(raw, signature, ctx.genesis.hash, _authority(ctx), SignatureCache(1))
    except BadStatement as error:
        raise RefusedStatement(str(error)) from None
    member = members.find(ctx, found.address)
    check_latest(ctx, member, found.address, found.serial)
    ctx.emit("revoked", member=found.address, serial=found.serial, reason=found.reason)
    if member is None:
        ctx.put(void_key(found.address), found.serial)
        return
    revoked = replace(member, serial=found.serial, is_revoked=True)
    members.keep(ctx, revoked)
    seats.reconsider(ctx, revoked)


def void_key(address: str) -> str:
    """Where membership keeps up to which serial the certificates of somebody are void who is no member."""
    return f"void/{address}"


def check_latest(ctx: Context, known: Member | None, address: Address, serial: int) -> None:
    """That a certificate is the latest of an address, and not revoked. Raises StaleStatement."""
    if known is None:
        latest, is_void = cast(int, ctx.get(void_key(address)) or 0), True
    else:
        latest, is_void = known.serial, known.is_revoked
    if serial < latest or (serial == latest and is_void):
        raise StaleStatement(address, serial, latest)


def _authority(ctx: Context) -> bytes:
    key = ctx.get(AUTHORITY_KEY)
    if not isinstance(key, bytes):
        raise RefusedStatement("the genesis of this chain names no authority")
    return key
