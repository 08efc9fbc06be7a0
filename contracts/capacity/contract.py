"""The capacity contract: rights to storage capacity, bid for under seal and traded at one price a window.

Ren et al., section III, and its three extensions (IV). The rules for users: docs/markets/capacity.md. What
each action does stands in the room that it calls; process.py has a window's process as a table.
"""

from collections.abc import Mapping
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.capacity import accounting, certification, fulfilment, process, sealing, tokens, trading
from contracts.capacity.bids import Blinding, Side, Steps
from contracts.capacity.clearing import QUANTITY_WH_MAX
from contracts.capacity.devices import DEVICES_MAX, ENERGY_WH_MAX, PERIODS_MAX, Device
from contracts.capacity.parameters import CAPACITY, check_fit, read_parameters
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.metering.readings import Reading
from crypto.address import Address
from crypto.group import POINT_BYTES
from crypto.hashing import Digest
from ledger.codec import Value
from ledger.quantities import Amount, EnergyWh, Period, Slot
from ledger.stage import Stage

SomeWindow = Annotated[int, Range(0, 2**40)]
SomeRight = Annotated[int, Range(0, 2**20)]
SomeDevice = Annotated[int, Range(0, DEVICES_MAX)]
SomePeriod = Annotated[Period, Range(0, 2**48)]
Bound = Annotated[EnergyWh, Range(1, QUANTITY_WH_MAX)]
SaleAmount = Annotated[Amount, Range(1, 2**53)]
CalledWh = Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)]


class Capacity(Contract):
    """Parameters of the genesis: see parameters.py."""

    name = CAPACITY

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        """Check the parameters against the chain's limits, and certify the devices.

        Raises ArgumentError, CapacityError, UnknownMember or UnknownMeter.
        """
        known = read_parameters(parameters)
        check_fit(known, ctx.genesis)
        for number, device in enumerate(known.devices):
            certification.keep(ctx, number, device)

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        process.on_slot(ctx)

    @action(roles=frozenset({"eno"}))
    def certify(self, ctx: Context, number: SomeDevice, device: Device) -> None:
        """Add a device, or certify one anew while it is offered nowhere."""
        certification.certify(ctx, number, device)

    @action(roles=frozenset({"validator", "eno", "platform"}), stage=Stage.TRIGGER)
    def open(
        self, ctx: Context, first_period: SomePeriod, periods: Annotated[int, Range(1, PERIODS_MAX)]
    ) -> None:
        """Open a window: capacity of these periods is bid for."""
        sealing.open_window(ctx, first_period, periods)

    @action(roles=None)
    def seal(
        self,
        ctx: Context,
        window: SomeWindow,
        side: Side,
        device: SomeDevice | None,
        bound_wh: Bound | None,
        commitment: Annotated[bytes, Length(POINT_BYTES)],
    ) -> None:
        """Put a sealed bid and its bond on the chain: of a device to sell, up to a bound to buy."""
        sealing.seal(ctx, window, side, device, bound_wh, commitment)

    @action(roles=None)
    def reveal(self, ctx: Context, window: SomeWindow, steps: Steps, blinding: Blinding) -> None:
        """Open one's sealed bid."""
        sealing.reveal(ctx, window, steps, blinding)

    @action(roles=None, stage=Stage.DISPATCH)
    def clear(self, ctx: Context, window: SomeWindow) -> None:
        """Have a window's revealed bids cleared: the outcome follows from them alone."""
        trading.clear(ctx, window)

    @action(roles=None)
    def deposit(self, ctx: Context, window: SomeWindow) -> None:
        """Put down one's deposits on all that one has traded."""
        trading.put_down(ctx, window)

    @action(roles=None)
    def pay(self, ctx: Context, window: SomeWindow) -> None:
        """Put the price of all that one has bought into escrow, and have its tokens."""
        trading.pay(ctx, window)

    @action(roles=None)
    def transfer(self, ctx: Context, window: SomeWindow, right: SomeRight, to: Address) -> None:
        """Give a right away."""
        tokens.transfer(ctx, window, right, to)

    @action(roles=None)
    def offer(
        self, ctx: Context, window: SomeWindow, right: SomeRight, amount: SaleAmount, to: Address | None
    ) -> None:
        """Offer a right for sale."""
        tokens.offer(ctx, window, right, amount, to)

    @action(roles=None)
    def withdraw(self, ctx: Context, window: SomeWindow, right: SomeRight) -> None:
        """Take an offer back."""
        tokens.withdraw(ctx, window, right)

    @action(roles=None)
    def take(self, ctx: Context, window: SomeWindow, right: SomeRight, amount: SaleAmount) -> None:
        """Buy an offered right: money and right change hands in one step."""
        tokens.take(ctx, window, right, amount)

    @action(roles=None)
    def nominate(
        self,
        ctx: Context,
        window: SomeWindow,
        right: SomeRight,
        profile: Annotated[tuple[CalledWh, ...], Length(1, PERIODS_MAX)],
    ) -> None:
        """Say what one calls of a right in each period of the window."""
        tokens.nominate(ctx, window, right, profile)

    @action(roles=frozenset({"meter"}), stage=Stage.VERIFICATION)
    def meter(self, ctx: Context, window: SomeWindow, period: SomePeriod, reading: Reading) -> None:
        """What a device's meter saw in a period of the window: once, in time."""
        fulfilment.take_reading(ctx, window, period, reading)

    @action(roles=None, stage=Stage.ACCOUNTING)
    def settle(self, ctx: Context, window: SomeWindow, verifications: Digest) -> None:
        """Finish a window; `verifications` is the Merkle root over its readings' transactions."""
        accounting.account(ctx, window, verifications)
