"""The grid company's agent: it confirms the contracts that it has with the provider, or with the parks."""

from collections.abc import Iterator

from contracts.agent import Action
from contracts.dispatch.agents.participant import Participant
from contracts.dispatch.agents.sight import Sight, confirmations


class GridAgent(Participant):
    """The agent of the grid company."""

    kind = "grid"

    def follow(self, sight: Sight) -> Iterator[Action]:
        yield from confirmations(sight, self._errands, self.address)
