"""The membership contract: members, committee and the table of who may do what, all from the genesis."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from contracts.arguments import Length
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.membership.errors import UnfitKey
from contracts.membership.members import Member, encode_member, member, member_key
from crypto.errors import BadPoint
from crypto.group import IDENTITY, POINT_BYTES, check_point
from ledger.codec import Value


class Membership(Contract):
    """Parameter of the genesis: `actions`, which overrides who may send what (action to roles, such as
    `{"account.issue": ["grid"]}`); the runtime writes the whole table."""

    name = "membership"

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        for admitted in ctx.genesis.members:
            record = Member(
                admitted.address,
                admitted.name,
                admitted.organisation,
                admitted.roles,
                admitted.public_key,
                admitted.encryption_key,
            )
            ctx.put(member_key(admitted.address), encode_member(record))
        ctx.put("committee", tuple(ctx.genesis.committee))

    @action(roles=None)
    def change_encryption_key(self, ctx: Context, key: Annotated[bytes, Length(POINT_BYTES)]) -> None:
        """Have secrets encrypted to another key from now on; what was encrypted before stays as it is."""
        ctx.charge("point")
        _check_key(key)
        changed = member(ctx, ctx.sender)
        if key == changed.public_key:
            raise UnfitKey("it is the key that signs; take one that is used for nothing else")
        ctx.put(member_key(ctx.sender), encode_member(replace(changed, encryption_key=key)))
        ctx.emit("encryption_key_changed", member=ctx.sender, key=key)


def _check_key(key: bytes) -> None:
    try:
        check_point(key)
    except BadPoint as error:
        raise UnfitKey(str(error)) from None
    if key == IDENTITY:
        raise UnfitKey("it is the point at infinity")
