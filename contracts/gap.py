"""How far from its proven bound an answer of a solver may be."""

from dataclasses import dataclass

MILLION = 10**6


@dataclass(frozen=True, slots=True)
class GapLimit:
    """A share of the cost or an absolute sum, whichever is more."""

    relative_ppm: int
    absolute_nano: int

    def allowed(self, cost_nano: int) -> int:
        """The largest gap of an answer of this cost, in its unit: nano of the currency, or of it an hour."""
        return max(self.absolute_nano, abs(cost_nano) * self.relative_ppm // MILLION)
