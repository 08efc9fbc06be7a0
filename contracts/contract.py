"""What a contract is: a class with a name, typed actions, a beginning and a hook a slot."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar, get_type_hints

from contracts.arguments import Check, checks_of
from contracts.context import Context
from ledger.codec import Value
from ledger.quantities import Slot
from ledger.stage import Stage

P = ParamSpec("P")
C = TypeVar("C", bound="Contract")
Handler = Callable[Concatenate[C, Context, P], None]

_MARK = "_gridquorum_action"


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a contract, as the runtime calls it."""

    name: str
    roles: tuple[str, ...] | None
    """Who may send it unless the genesis says otherwise: one of these roles; None is any member."""
    stage: Stage | None
    """The TDVA stage that its transactions have."""
    checks: Mapping[str, Check]
    """How each argument is checked."""
    handler: Callable[..., None]


class Contract:
    """Base of the contracts. It holds no state of its own: everything is in the context."""

    name: ClassVar[str]
    """Its name in transactions, and its namespace in the state."""

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        """Write the state of genesis. Raises ContractError if the genesis' parameters are unfit."""

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        """What the chain itself does in every slot. Total and bounded: it must not raise."""

    @classmethod
    def actions(cls) -> dict[str, Action]:
        """Its actions by name, in the order in which they are written."""
        members = {name: value for base in reversed(cls.__mro__) for name, value in vars(base).items()}
        return {name: _action(name, value) for name, value in members.items() if hasattr(value, _MARK)}


def action(
    *, roles: frozenset[str] | None, stage: Stage | None = None
) -> Callable[[Handler[C, P]], Handler[C, P]]:
    """Mark a method as an action: who may send it (None: any member) and its TDVA stage.

    After the context, its parameters are the transaction's arguments: see contracts.arguments.
    """

    def mark(handler: Handler[C, P]) -> Handler[C, P]:
        setattr(handler, _MARK, (None if roles is None else tuple(sorted(roles)), stage))
        return handler

    return mark


def _action(name: str, handler: Callable[..., None]) -> Action:
    roles, stage = getattr(handler, _MARK)
    hints: dict[str, Any] = get_type_hints(handler, include_extras=True)
    parameters = list(inspect.signature(handler).parameters)[2:]
    return Action(name, roles, stage, checks_of({name: hints[name] for name in parameters}), handler)
