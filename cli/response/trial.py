"""A dispatch and its forgeries, tried on all validators: while they run, and on their chains afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cli.response.forgery import NO_KEY, Before, Refusal, forgeries, offer
from cli.response.scene import Scene


@dataclass(frozen=True, slots=True)
class Trial:
    """What validators said to the dispatch and to its forgeries."""

    accepted: Mapping[str, str]
    """By validator: why it would refuse the dispatch itself; empty if it takes it, as it did."""
    refusals: Sequence[Refusal]

    @property
    def holds(self) -> bool:
        """Whether all took the true one, and nobody a forgery."""
        return not any(self.accepted.values()) and all(refusal.reason for refusal in self.refusals)


def offer_forgeries(scene: Scene) -> Sequence[Refusal]:
    """To the running validators, what who has no keys can make; all else they would put into a block."""
    dispatch = scene.dispatch()
    unsigned = [each for each in forgeries(dispatch, scene.keys(dispatch)) if each.signed_by == NO_KEY]
    return [refusal for forgery in unsigned for refusal in offer(forgery, scene.validators)]


def try_dispatch(scene: Scene, offered: Sequence[Refusal]) -> Trial:
    """On each validator's own chain, before the dispatch: the dispatch itself, and all its forgeries."""
    dispatch = scene.dispatch()
    forged = [each for each in forgeries(dispatch, scene.keys(dispatch)) if each.signed_by != NO_KEY]
    before = {folder.name: Before(folder, dispatch.tx_id) for folder in scene.validators}
    return Trial(
        accepted={name: validator.judge(dispatch) for name, validator in before.items()},
        refusals=[
            *offered,
            *(validator.refuse(forgery) for forgery in forged for validator in before.values()),
        ],
    )
