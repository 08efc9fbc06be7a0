"""What the genesis says of proof of energy (BESSVS, section 3.1.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from contracts.arguments import Range
from contracts.proposers.errors import UnfitProposers
from contracts.typed_parameters import TypedParameters
from ledger.codec import Value
from ledger.quantities import Height

PROPOSERS: Final = "proposers"
FACTOR_MAX: Final = 10**6
WEIGHT_WH_MAX: Final = 2**53

GAMMA_PER_MEMBER_MIN: Final = 64
"""So that a ticket is fine enough for shares of proposals to be those of weight, whatever the weights."""
GAMMA_PER_MEMBER_MAX: Final = 256
"""So that the largest committee that can be knows its order in about a second."""

Factor = Annotated[int, Range(0, FACTOR_MAX)]
WeightWh = Annotated[int, Range(1, WEIGHT_WH_MAX)]


@dataclass(frozen=True, slots=True)
class Parameters:
    """How metered energy becomes weight. Raises UnfitProposers."""

    alpha: Factor
    """What a generated watt-hour counts; only its ratio to beta matters, since eq. 4 scales both."""
    beta: Factor
    """What a consumed watt-hour counts."""
    gamma_per_member: Annotated[int, Range(GAMMA_PER_MEMBER_MIN, GAMMA_PER_MEMBER_MAX)]
    """Gamma of eq. 4, the draws that each member has at a height, is this times the committee's size."""
    epoch_blocks: Annotated[int, Range(1, 2**32)]
    """How long weights and seed stay; weights are those of one epoch before."""
    floor_wh: WeightWh
    """The least weight, so that nobody is starved: also of those who metered nothing, or have just come."""
    cap_wh: WeightWh
    """The greatest weight, so that nobody speaks all the time, whatever its meters say."""

    def __post_init__(self) -> None:
        if self.alpha == self.beta == 0:
            raise UnfitProposers("alpha", "it is 0, and so is beta: no energy would count")
        if self.floor_wh > self.cap_wh:
            raise UnfitProposers("floor_wh", f"{self.floor_wh} is above cap_wh, {self.cap_wh}")

    def weight_wh(self, generated_wh: int, consumed_wh: int) -> int:
        """alpha * P_G + beta * P_L, between floor and cap."""
        weight = self.alpha * generated_wh + self.beta * consumed_wh
        return min(max(weight, self.floor_wh), self.cap_wh)

    def epoch(self, height: Height) -> int:
        """The epoch that a block belongs to; the first is 0."""
        return (height - 1) // self.epoch_blocks


def read_parameters(values: Mapping[str, Value]) -> Parameters:
    """The parameters of a genesis, typed. Raises ArgumentError or UnfitProposers, with the field."""
    return _TYPED.read(values)


_TYPED = TypedParameters(PROPOSERS, Parameters)
