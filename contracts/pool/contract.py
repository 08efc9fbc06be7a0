"""The pool contract: four carriers, traded in cycles that the platform runs and the chain replays.

Jin, section 5.2. The rules for users: docs/markets/pool.md. What each action does stands in the room that it
calls; process.py has an interval's process as a table.
"""

from collections.abc import Mapping
from typing import Annotated

from contracts.arguments import Range
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.membership import members
from contracts.metering.readings import Reading
from contracts.pool import accounting, enrolment, posting, process, trading, verification
from contracts.pool.agreements import Agreement
from contracts.pool.bids import Bid, SignedBids
from contracts.pool.parameters import CYCLES_MAX, POOL, read_parameters
from crypto.hashing import Digest
from ledger.codec import Value
from ledger.quantities import Period, Slot
from ledger.stage import Stage

SomePeriod = Annotated[Period, Range(0, 2**48)]
SomeCycle = Annotated[int, Range(0, CYCLES_MAX)]
SomeAgreement = Annotated[int, Range(0, 2**48)]


class Pool(Contract):
    """Parameters of the genesis: see parameters.py."""

    name = POOL

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        """Check the parameters, and have the first agreements stand.

        Raises ArgumentError, PoolError, UnknownMember or UnknownMeter.
        """
        known = read_parameters(parameters)
        members.member(ctx, known.platform)
        for agreement in known.agreements:
            enrolment.stand(ctx, enrolment.keep(ctx, agreement), agreement)

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        process.on_slot(ctx)

    @action(roles=frozenset({"platform"}))
    def offer(self, ctx: Context, agreement: Agreement) -> None:
        """The platform offers a contract of supply, use, storage or payment."""
        enrolment.offer(ctx, agreement)

    @action(roles=None)
    def accept(self, ctx: Context, number: SomeAgreement) -> None:
        """The party accepts what it was offered, in place of the one before it."""
        enrolment.accept(ctx, number)

    @action(roles=None)
    def end(self, ctx: Context, number: SomeAgreement) -> None:
        """Either side ends an agreement, or withdraws or declines an offer."""
        enrolment.end(ctx, number)

    @action(roles=frozenset({"platform"}), stage=Stage.TRIGGER)
    def open(self, ctx: Context, period: SomePeriod, cycle: SomeCycle) -> None:
        """Open the next cycle of an interval."""
        process.open_cycle(ctx, period, cycle)

    @action(roles=frozenset({"platform"}), stage=Stage.DISPATCH)
    def match(self, ctx: Context, period: SomePeriod, cycle: SomeCycle, bids: SignedBids) -> None:
        """Post the bids that were signed for the open cycle, and have it replayed."""
        trading.match_cycle(ctx, period, cycle, bids)

    @action(roles=None)
    def post(self, ctx: Context, period: SomePeriod, bid: Bid) -> None:
        """Put a bid of one's own on the chain, where the next match has to take it."""
        posting.post(ctx, period, bid)

    @action(roles=frozenset({"meter"}), stage=Stage.VERIFICATION)
    def meter(self, ctx: Context, period: SomePeriod, reading: Reading) -> None:
        """A meter's reading of an interval: once, complete, in time."""
        verification.take_reading(ctx, period, reading)

    @action(roles=None, stage=Stage.ACCOUNTING)
    def settle(self, ctx: Context, period: SomePeriod, verifications: Digest) -> None:
        """Settle an interval; `verifications` is the Merkle root over its readings' transactions."""
        accounting.account(ctx, period, verifications)
