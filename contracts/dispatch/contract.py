"""The dispatch contract: parks with a shared storage, planned, controlled, metered and settled by the day.

Liu and Ai (2024), section 3. The rules for users: docs/markets/dispatch.md. What each action does stands in
the room that it calls; process.py has the day's process as a table.
"""

from collections.abc import Mapping
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.dispatch import accounting, changes, control, plans, process, trade, verification
from contracts.dispatch.certificate import Certificate
from contracts.dispatch.model import PERIODS_MAX, Plan
from contracts.dispatch.parameters import DISPATCH, PRICE_UKWH_MAX, REVISIONS_MAX, Rating, read_parameters
from contracts.dispatch.records import CHARGE_KEY, Cause
from contracts.dispatch.refusals import UnfitParameters
from contracts.dispatch.storage import ENERGY_WH_MAX
from contracts.membership import members
from contracts.metering import readings
from contracts.metering.readings import Reading
from contracts.steps import transaction_steps_max
from crypto.hashing import Digest
from ledger.codec import Value
from ledger.quantities import Day, Period, PowerW, PriceUkwh, Slot
from ledger.stage import Stage

SomeDay = Annotated[Day, Range(0, 2**40)]
SomePeriod = Annotated[Period, Range(0, 2**48)]
Revision = Annotated[int, Range(0, REVISIONS_MAX)]
Power = Annotated[PowerW, Range(-ENERGY_WH_MAX, ENERGY_WH_MAX)]
Price = Annotated[PriceUkwh, Range(-PRICE_UKWH_MAX, PRICE_UKWH_MAX)]
Prices = Annotated[tuple[Price, ...], Length(1, PERIODS_MAX)]
PROOF_BYTES_MAX = 2**13


class Dispatch(Contract):
    """Parameters of the genesis: see parameters.py."""

    name = DISPATCH

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        """Check the parameters against each other, the calendar and the members; know the storage's charge.

        Raises ArgumentError, ProblemError, UnfitParameters, UnknownMember or UnknownMeter.
        """
        known, periods = read_parameters(parameters), ctx.genesis.periods_per_day
        if len(known.tariff.buy_ukwh) != periods:
            raise UnfitParameters("tariff", f"it has not one price for each of {periods} periods")
        settling = accounting.STEPS_A_READING * len(known.meters) * periods
        if settling > transaction_steps_max(ctx.genesis.limits):
            reason = f"to settle a day of so many takes {settling} steps, more than a transaction may"
            raise UnfitParameters("parks", reason)
        if known.gate_period >= periods - 1:
            raise UnfitParameters("gate_period", "it has to leave the day a period for its control signals")
        for party in known.parties:
            members.member(ctx, party)
        for meter in known.meters:
            readings.meter(ctx, meter)
        ctx.put(CHARGE_KEY, (ctx.genesis.first_period, known.initial_charge_wh))

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        process.on_slot(ctx)

    @action(roles=frozenset({"validator", "eno"}), stage=Stage.TRIGGER)
    def trigger(self, ctx: Context, day: SomeDay, cause: Cause) -> None:
        """Plan a day, for a cause that is pending."""
        process.trigger(ctx, day, cause)

    @action(roles=frozenset({"grid"}))
    def change_prices(
        self, ctx: Context, first_period: SomePeriod, buy_ukwh: Prices, sell_ukwh: Prices
    ) -> None:
        """The grid's prices from a period on that has not begun, within its day."""
        changes.change_prices(ctx, first_period, buy_ukwh, sell_ukwh)

    @action(roles=frozenset({"microgrid"}))
    def announce_forecasts(self, ctx: Context, day: SomeDay) -> None:
        """A park has a new forecast for a day."""
        changes.announce_forecasts(ctx, day)

    @action(roles=frozenset({"grid", "microgrid"}))
    def change_limits(self, ctx: Context, import_w: Rating, export_w: Rating) -> None:
        """What the operator's connection may carry."""
        changes.change_limits(ctx, import_w, export_w)

    @action(roles=None, stage=Stage.DISPATCH)
    def plan(
        self, ctx: Context, day: SomeDay, revision: Revision, plan: Plan, certificate: Certificate
    ) -> None:
        """Submit a plan with its certificate, while plans are taken; the best stands in the end."""
        plans.submit(ctx, day, revision, plan, certificate)

    @action(roles=frozenset({"provider", "storage"}))
    def acknowledge(self, ctx: Context, day: SomeDay, revision: Revision) -> None:
        """The storage's controller has the control signals of a revision."""
        control.acknowledge(ctx, day, revision)

    @action(roles=frozenset({"provider", "storage"}))
    def report(
        self,
        ctx: Context,
        period: SomePeriod,
        power_w: Power,
        available_w: Rating,
        status: Annotated[str, Length(1, 32)],
    ) -> None:
        """What the storage's controller did in a period, and the power that the storage can give from now
        on."""
        control.report(ctx, period, power_w, available_w, status)

    @action(roles=None)
    def confirm(self, ctx: Context, day: SomeDay, revision: Revision) -> None:
        """Confirm all one's purchase and sale contracts of a revision."""
        trade.confirm(ctx, day, revision)

    @action(roles=frozenset({"meter"}), stage=Stage.VERIFICATION)
    def meter(self, ctx: Context, period: SomePeriod, reading: Reading) -> None:
        """A meter's reading of a period: once, complete, in balance, in time."""
        verification.take_reading(ctx, period, reading)

    @action(roles=frozenset({"microgrid"}))
    def declare(
        self,
        ctx: Context,
        day: SomeDay,
        number: Annotated[int, Range(0, 64)],
        nano: int,
        proof: Annotated[bytes, Length(1, PROOF_BYTES_MAX)],
    ) -> None:
        """A park's one number z of its forecast in a round of sharing, with its proof."""
        accounting.declare(ctx, day, number, nano, proof)

    @action(roles=None, stage=Stage.ACCOUNTING)
    def settle(self, ctx: Context, day: SomeDay, verifications: Digest) -> None:
        """Settle a day; `verifications` is the Merkle root over its readings' transactions."""
        process.account(ctx, day, verifications)
