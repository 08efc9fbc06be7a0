"""The clerk: opens rounds that are due, has them matched, and settles them.

Every validator may run one. They take turns by their place in the committee, a slot each, so that one does
the work and the next does it if that one fails; what a slower one submits too does no harm.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from contracts.agent import Action, Submit
from contracts.community.agents.member import CommunityMember
from contracts.community.agents.sight import Sight
from contracts.community.parameters import COMMUNITY
from contracts.community.records import Phase, RoundRecord
from ledger.codec import Value
from ledger.quantities import TxId
from ledger.stage import Stage

ROUNDS_AT_ONCE_MAX: Final = 64
"""If more are open, after a long failure, the oldest come first."""


class CommunityClerk(CommunityMember):
    """The agent of one validator."""

    kind = "community-clerk"

    def follow(self, sight: Sight) -> Iterator[Action]:
        for record in islice(sight.open_rounds(), ROUNDS_AT_ONCE_MAX):
            if record.phase is Phase.DUE:
                yield from self._submit(sight, record, "trigger", Stage.TRIGGER, ())
            elif record.phase is Phase.MATCHING and record.process is not None:
                yield from self._submit(sight, record, "match", Stage.DISPATCH, (record.process,))
            elif record.phase is Phase.ACCOUNTING and record.standing is not None:
                said: dict[str, Value] = {"verifications": record.verifications}
                yield from self._submit(sight, record, "settle", Stage.ACCOUNTING, (record.standing,), said)

    def _submit(
        self,
        sight: Sight,
        record: RoundRecord,
        action: str,
        stage: Stage,
        links: tuple[TxId, ...],
        said: dict[str, Value] | None = None,
    ) -> Iterator[Action]:
        """If it is this one's slot since the round came so far, and the errand is not under way."""
        committee = sight.committee
        place = committee.index(self.address) if self.address in committee else len(committee)
        if (sight.slot - record.since) % (len(committee) + 1) != place:
            return
        if self._errands.is_due(sight.slot, action, record.first_period):
            arguments: dict[str, Value] = {"first_period": record.first_period, **(said or {})}
            yield Submit(COMMUNITY, action, arguments, stage, links)
