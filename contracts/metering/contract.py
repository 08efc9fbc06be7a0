"""The metering contract: registering meters, and what meters themselves report."""

from collections.abc import Mapping
from typing import Annotated, cast

from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.membership import members
from contracts.metering import readings
from contracts.metering.errors import MeterExists
from contracts.metering.readings import Carrier, Reading, meter_key
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import Period

Place = Annotated[str, Length(1, 64)]
Reason = Annotated[str, Length(1, 200)]
SomePeriod = Annotated[Period, Range(0, 2**62)]


class Metering(Contract):
    """Parameter of the genesis: `meters`, a map from a device's address to its owner, carrier and place."""

    name = "metering"

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        meters = cast(Mapping[str, Mapping[str, str]], parameters.get("meters", {}))
        for address, meter in sorted(meters.items()):
            ctx.put(meter_key(address), (meter["owner"], Carrier(meter["carrier"]).value, meter["place"]))

    @action(roles=frozenset({"eno", "grid", "provider"}))
    def register(self, ctx: Context, meter: Address, owner: Address, carrier: Carrier, place: Place) -> None:
        """Bind a meter, by the address of its device, to its owner; both are members."""
        members.member(ctx, meter)
        members.member(ctx, owner)
        if ctx.get(meter_key(meter)) is not None:
            raise MeterExists(meter)
        ctx.put(meter_key(meter), (owner, carrier.value, place))
        ctx.emit("registered", meter=meter, owner=owner, carrier=carrier.value, place=place)

    @action(roles=frozenset({"meter"}))
    def report(self, ctx: Context, period: SomePeriod, reading: Reading) -> None:
        """The sender is the meter; once a period."""
        readings.record(ctx, ctx.sender, period, reading)

    @action(roles=frozenset({"meter"}))
    def correct(self, ctx: Context, period: SomePeriod, reading: Reading, reason: Reason) -> None:
        """Replace the reading of a period, and say why."""
        readings.correct(ctx, ctx.sender, period, reading, reason)
