"""The community contract: neighbours trade their energy round by round, and the grid does the rest.

CE-SDT, sections 2 and 3. The rules for users: docs/markets/community.md. What each action does stands in the
room that it calls; process.py has a round's process as a table.
"""

from collections.abc import Mapping
from typing import Annotated

from contracts.arguments import Range
from contracts.community import accounting, dispatching, enrolment, ordering, process, verification
from contracts.community.homes import Home
from contracts.community.orders import Energy, Order, Price, Replies, Side
from contracts.community.parameters import COMMUNITY, read_parameters
from contracts.community.refusals import UnfitParameters
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.membership import members
from contracts.metering.readings import Reading
from crypto.hashing import Digest
from ledger.codec import Value
from ledger.quantities import Period, Slot
from ledger.stage import Stage

SomePeriod = Annotated[Period, Range(0, 2**48)]


class Community(Contract):
    """Parameters of the genesis: see parameters.py."""

    name = COMMUNITY

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        """Check the parameters against the calendar and the members; enrol the homes.

        Raises ArgumentError, CommunityError, UnknownMember or UnknownMeter.
        """
        known, periods = read_parameters(parameters), ctx.genesis.periods_per_day
        if len(known.tariff.buy_ukwh) != periods:
            raise UnfitParameters("tariff", f"it has not one price for each of {periods} periods")
        members.member(ctx, known.grid)
        for home in known.homes:
            enrolment.keep(ctx, home)
        process.begin(ctx)

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        process.on_slot(ctx)

    @action(roles=frozenset({"grid", "eno"}))
    def enroll(self, ctx: Context, home: Home) -> None:
        """The grid company of this market certifies a home, which takes part from the next round on."""
        enrolment.enroll(ctx, home)

    @action(roles=None)
    def opt(self, ctx: Context, takes_part: bool) -> None:
        """Trade with neighbours from now on, or leave it to the grid."""
        enrolment.opt(ctx, takes_part)

    @action(roles=frozenset({"validator", "eno"}), stage=Stage.TRIGGER)
    def trigger(self, ctx: Context, first_period: SomePeriod) -> None:
        """Open a round that is due."""
        process.trigger(ctx, first_period)

    @action(roles=None)
    def order(
        self,
        ctx: Context,
        first_period: SomePeriod,
        side: Side,
        energy_wh: Energy,
        limit_ukwh: Price,
        replies: Replies,
    ) -> None:
        """Ask or bid for one's interval that begins with this period, instead of what one ordered before."""
        ordering.place(ctx, first_period, side, Order(ctx.sender, energy_wh, limit_ukwh, replies))

    @action(roles=None)
    def withdraw(self, ctx: Context, first_period: SomePeriod) -> None:
        """Take one's order back."""
        ordering.withdraw(ctx, first_period)

    @action(roles=None, stage=Stage.DISPATCH)
    def match(self, ctx: Context, first_period: SomePeriod) -> None:
        """Have a round's orders matched."""
        dispatching.match_round(ctx, first_period)

    @action(roles=frozenset({"meter"}), stage=Stage.VERIFICATION)
    def meter(self, ctx: Context, period: SomePeriod, reading: Reading) -> None:
        """A meter's reading of a period: once, complete, in time."""
        verification.take_reading(ctx, period, reading)

    @action(roles=None, stage=Stage.ACCOUNTING)
    def settle(self, ctx: Context, first_period: SomePeriod, verifications: Digest) -> None:
        """Settle a round; `verifications` is the Merkle root over its readings' transactions."""
        accounting.account(ctx, first_period, verifications)
