"""The response contract: the network operator asks, resources quote, agree, respond and are paid.

Chen et al. (2022), sections 2.3 and 3.3. The rules for users: docs/markets/response.md. What each action does
stands in the room that it calls; process.py has an event's process as a table.
"""

from collections.abc import Mapping
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.membership import members
from contracts.metering.readings import Reading
from contracts.response import (
    accounting,
    certification,
    dispatching,
    process,
    quoting,
    trigger,
    verification,
)
from contracts.response.network import BUSES_MAX
from contracts.response.optimality import CUTS_MAX, Certificate, Cut
from contracts.response.parameters import PERIODS_MAX, RESPONSE, read_parameters
from contracts.response.quotes import POWER_W_MAX, SALT_BYTES, Quote
from contracts.response.records import Alarm, Convergence, Forecast
from contracts.response.resources import RESOURCES_MAX, Resource
from crypto.hashing import Digest
from crypto.keys import SIGNATURE_BYTES
from ledger.codec import Value
from ledger.quantities import Amount, Period, PowerW, Slot
from ledger.stage import Stage

SomeEvent = Annotated[int, Range(0, 2**40)]
SomeResource = Annotated[int, Range(0, RESOURCES_MAX - 1)]
SomePeriod = Annotated[Period, Range(0, 2**48)]
Power = Annotated[PowerW, Range(0, POWER_W_MAX)]
Cuts = Annotated[tuple[Cut, ...], Length(0, CUTS_MAX)]
PartNpu = Annotated[int, Range(-(2**31), 2**31 - 1)]
Phasors = Annotated[tuple[tuple[PartNpu, PartNpu], ...], Length(1, BUSES_MAX)]


class Response(Contract):
    """Parameters of the genesis: see parameters.py."""

    name = RESPONSE

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        """Check the parameters and what they lead to against the chain's limits; certify the resources.

        Raises ArgumentError, ResponseError, UnknownMember or UnknownMeter.
        """
        known = read_parameters(parameters)
        members.member(ctx, known.eno)
        for number, resource in enumerate(known.resources):
            certification.keep(ctx, number, resource)

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        process.on_slot(ctx)

    @action(roles=frozenset({"eno"}))
    def certify(self, ctx: Context, number: SomeResource, resource: Resource) -> None:
        """Add a resource, or certify one anew while no event is under way."""
        certification.certify(ctx, number, resource)

    @action(roles=frozenset({"eno"}), stage=Stage.TRIGGER)
    def trigger(
        self,
        ctx: Context,
        target_w: Annotated[PowerW, Range(-POWER_W_MAX, POWER_W_MAX)],
        first_period: SomePeriod,
        periods: Annotated[int, Range(1, PERIODS_MAX)],
        forecast: Forecast,
        alarm: Alarm | None,
    ) -> None:
        """Ask for a change of injection over some periods: + more, - less."""
        trigger.trigger(ctx, target_w, first_period, periods, forecast, alarm)

    @action(roles=None)
    def seal(self, ctx: Context, event: SomeEvent, resource: SomeResource, commitment: Digest) -> None:
        """The owner seals its quote: see quotes.seal."""
        quoting.seal(ctx, event, resource, commitment)

    @action(roles=None)
    def reveal(
        self,
        ctx: Context,
        event: SomeEvent,
        resource: SomeResource,
        quote: Quote,
        salt: Annotated[bytes, Length(SALT_BYTES)],
    ) -> None:
        """The owner opens what it sealed."""
        quoting.reveal(ctx, event, resource, quote, salt)

    @action(roles=None, stage=Stage.DISPATCH)
    def dispatch(
        self,
        ctx: Context,
        event: SomeEvent,
        allocation_w: Annotated[tuple[Power, ...], Length(1, RESOURCES_MAX)],
        cuts: Cuts,
        certificate: Certificate,
        voltages: Annotated[tuple[Phasors, ...], Length(1, PERIODS_MAX)],
        convergence: Convergence,
        confirmation: Annotated[bytes, Length(SIGNATURE_BYTES)],
    ) -> None:
        """Submit the dispatch: optimal, safe, and confirmed by the ENO (records.confirmation_message)."""
        dispatching.submit(ctx, event, allocation_w, cuts, certificate, voltages, convergence, confirmation)

    @action(roles=frozenset({"eno"}), stage=Stage.DISPATCH)
    def declare_infeasible(
        self,
        ctx: Context,
        event: SomeEvent,
        cuts: Cuts,
        certificate: Certificate | None,
        reason: Annotated[str, Length(0, 200)],
    ) -> None:
        """Record that there can be no dispatch: by a certificate, or by why the check did not converge."""
        dispatching.declare_infeasible(ctx, event, cuts, certificate, reason)

    @action(roles=frozenset({"meter"}), stage=Stage.VERIFICATION)
    def meter(self, ctx: Context, event: SomeEvent, period: SomePeriod, reading: Reading) -> None:
        """What a resource's meter saw in a period of the event: once, in time."""
        verification.take_reading(ctx, event, period, reading)

    @action(roles=None, stage=Stage.ACCOUNTING)
    def settle(
        self,
        ctx: Context,
        event: SomeEvent,
        payments: Annotated[tuple[Amount, ...], Length(1, RESOURCES_MAX)],
        verifications: Digest,
    ) -> None:
        """Pay for an event: + from the ENO to the owner, - the other way, by resource."""
        accounting.account(ctx, event, payments, verifications)
