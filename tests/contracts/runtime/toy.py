"""A contract that does nothing useful, in every way that the runtime has to handle."""

from enum import StrEnum
from typing import Annotated

from contracts import tdva
from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.errors import ContractError
from crypto.hashing import Digest
from ledger.quantities import EnergyWh, Period, Slot, TxId
from ledger.stage import Stage

Word = Annotated[str, Length(1, 8)]
SomePeriod = Annotated[Period, Range(0, 99)]


class Refused(ContractError):
    """The toy's own error."""


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Toy(Contract):
    """Counts slots, keeps texts, and has an action a stage."""

    name = "toy"

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        ctx.put("slots", int(ctx.get("slots") or 0) + 1)  # type: ignore[call-overload]
        ctx.emit("ticked", slot=slot, period=ctx.period)

    @action(roles=None)
    def keep(self, ctx: Context, key: Word, value: Word) -> None:
        ctx.put(key, value)
        ctx.emit("kept", key=key)

    @action(roles=None)
    def keep_and_refuse(self, ctx: Context, key: Word) -> None:
        ctx.put(key, "lost")
        ctx.scope("other").put(key, "lost")
        ctx.emit("kept", key=key)
        raise Refused("it was refused after all")

    @action(roles=frozenset({"grid", "storage"}))
    def restricted(self, ctx: Context) -> None:
        ctx.emit("restricted", sender=ctx.sender)

    @action(roles=None)
    def spend(self, ctx: Context, items: Annotated[int, Range(0, 2**40)]) -> None:
        ctx.put("spent", items)
        ctx.charge("item", items)

    @action(roles=None)
    def fault(self, ctx: Context) -> None:
        raise ZeroDivisionError("a fault of ours")

    @action(roles=None)
    def everything(
        self,
        ctx: Context,
        energy_wh: Annotated[EnergyWh, Range(0, 10)],
        colour: Colour,
        pair: tuple[bool, int],
        curve: Annotated[tuple[EnergyWh, ...], Length(2, 3)],
        maybe: Annotated[bytes, Length(2)] | None,
    ) -> None:
        ctx.emit("everything", colour=colour.value)

    @action(roles=None, stage=Stage.TRIGGER)
    def trigger(self, ctx: Context) -> None:
        ctx.emit("triggered", process=tdva.this_process(ctx))

    @action(roles=None, stage=Stage.DISPATCH)
    def dispatch(self, ctx: Context) -> None:
        ctx.emit("dispatched", process=tdva.this_process(ctx))

    @action(roles=None)
    def choose(self, ctx: Context, process: TxId, dispatch: TxId) -> None:
        tdva.bring_into_force(ctx, process, dispatch)

    @action(roles=None, stage=Stage.VERIFICATION)
    def verify(self, ctx: Context, meter: Word, period: SomePeriod) -> None:
        tdva.verify(ctx, meter, period)

    @action(roles=None, stage=Stage.ACCOUNTING)
    def settle(self, ctx: Context, verifications: Digest) -> None:
        tdva.check_verifications(ctx, verifications)


class BrokenHook(Contract):
    """A contract with a fault of ours in it."""

    name = "broken"

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        raise KeyError(slot)
