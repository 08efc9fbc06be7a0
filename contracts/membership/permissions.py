"""The table of who may send which action: written at the beginning, changed by vote."""

from typing import Final, cast

from contracts.context import Context
from contracts.errors import UnknownAction

ANY_MEMBER: Final = True
"""What the table holds for an action that every member may send."""

FIXED: Final = tuple(
    [("membership", action) for action in ("vote", "propose", "propose_roles", "propose_version")]
)
"""What no vote can give to others: a committee that could not vote would never change anything again."""


def allow(ctx: Context, contract: str, action: str, roles: tuple[str, ...] | None) -> None:
    """Say who may send an action from now on: whoever has one of the roles; None is any member."""
    ctx.scope("membership").put(_key(contract, action), ANY_MEMBER if roles is None else roles)


def roles_for(ctx: Context, contract: str, action: str) -> tuple[str, ...] | None:
    """Who may send an action: the roles, of which one is enough; None is any member. Raises UnknownAction."""
    value = ctx.scope("membership").get(_key(contract, action))
    if value is None:
        raise UnknownAction(contract, action)
    return None if value is ANY_MEMBER else cast(tuple[str, ...], value)


def _key(contract: str, action: str) -> str:
    return f"allowed/{contract}.{action}"
