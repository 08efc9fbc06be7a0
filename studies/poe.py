"""Proof of energy at work: do members propose as often as their energy says (BESSVS, section 3.1.2)?

A committee of eight very different members, whose energy stays the same, over many heights, with the orders
that a node computes. Three questions: are shares of proposals those of weight (chi-squared), is the number
of hits a height that of eq. 4 (Poisson, 6), and how long does each wait for its next turn (geometric)?
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import binom, chisquare, poisson

from consensus.poe import HITS_EXPECTED, Seat, draws, rank, seed_of, thresholds, ticket_of
from contracts.proposers.parameters import Parameters
from crypto.hashing import Digest, sha256
from ledger.quantities import Height
from studies.figure import Caption, new_figure, save_svg

HEIGHTS: Final = 8 * 7 * 96
"""Eight weeks of quarter hours."""

CONFIDENCE: Final = 0.95
KWH: Final = 1_000
PERCENT: Final = 100

PARAMETERS: Final = Parameters(
    alpha=1,
    beta=1,
    gamma_per_member=64,
    epoch_blocks=7 * 96,
    floor_wh=20_000 * KWH,
    cap_wh=400_000 * KWH,
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a vote, and the energy of its week."""

    name: str
    generated_kwh: int
    consumed_kwh: int

    @property
    def energy_kwh(self) -> int:
        return self.generated_kwh + self.consumed_kwh

    @property
    def weight(self) -> int:
        return PARAMETERS.weight_wh(self.generated_kwh * KWH, self.consumed_kwh * KWH)


COMMITTEE: Final = (
    Member("wind farm", 910_000, 5_000),
    Member("steel mill", 0, 320_000),
    Member("solar park", 180_000, 2_000),
    Member("campus", 40_000, 110_000),
    Member("cold store", 15_000, 75_000),
    Member("village", 28_000, 32_000),
    Member("school", 9_000, 14_000),
    Member("regulator", 0, 0),
)
"""The first is above the cap, the last is below the floor."""

LONGEST_SHOWN: Final = 3_000
"""Heights of a wait."""

WAITS_SHOWN: Final = (0, 3, 7)
"""Places of those whose waits are drawn: one at the cap, one between, one at the floor."""


@dataclass(frozen=True, slots=True)
class Run:
    """What happened at each height."""

    first: Sequence[int]
    """The place of whoever proposes in round 0."""
    hits: Sequence[int]
    """Draws below their member's threshold, of all members together."""


@dataclass(frozen=True, slots=True)
class Row:
    """One member's shares, in percent."""

    member: str
    energy_share: float
    weight_share: float
    """Of energy between floor and cap: what is expected of its proposals."""
    proposal_share: float
    band_low: float
    """Of the proposals, in 95 of 100 runs, by the weight."""
    band_high: float
    proposals: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the run fits what is expected."""

    heights: int
    chi_squared: float
    """Of proposals against weights."""
    degrees_of_freedom: int
    p_value: float
    """Of a fit as bad as this one or worse, if proposals do go by weight."""
    hits_per_height: float
    heights_without_hit: int
    without_hit_expected: float
    """By e^-6."""


def run(seed: int, heights: int = HEIGHTS, advance: Callable[[int], None] = lambda _: None) -> Run:
    """Draw for every height; the same seed gives the same run."""
    chain = sha256(b"proof of energy study %d" % seed)
    weights = [member.weight for member in COMMITTEE]
    gamma = PARAMETERS.gamma_per_member * len(weights)
    seats = [Seat(number, weight) for number, weight in enumerate(weights, start=1)]
    limits = [limit.to_bytes(32) for limit in thresholds(weights, gamma)]
    first, hits = [], []
    for height in map(Height, range(1, heights + 1)):
        drawn = _draw_all(chain, height, seats, gamma)
        first.append(rank([ticket_of(of_one) for of_one in drawn], seats)[0])
        pairs = zip(drawn, limits, strict=True)
        hits.append(sum(draw < limit for of_one, limit in pairs for draw in of_one))
        advance(height)
    return Run(first, hits)


def _draw_all(chain: Digest, height: Height, seats: Sequence[Seat], gamma: int) -> list[list[Digest]]:
    seed = seed_of(chain, PARAMETERS.epoch(height))
    return [draws(seed, height, seat.number, gamma) for seat in seats]


def rows_of(done: Run) -> list[Row]:
    """Each member's share of the proposals, and what it should be."""
    heights, spoken = len(done.first), Counter(done.first)
    energy = sum(member.energy_kwh for member in COMMITTEE)
    rows = []
    for place, (member, share) in enumerate(zip(COMMITTEE, _weight_shares(), strict=True)):
        low, high = binom.interval(CONFIDENCE, heights, share)
        rows.append(
            Row(
                member=member.name,
                energy_share=PERCENT * member.energy_kwh / energy,
                weight_share=PERCENT * share,
                proposal_share=PERCENT * spoken[place] / heights,
                band_low=PERCENT * float(low) / heights,
                band_high=PERCENT * float(high) / heights,
                proposals=spoken[place],
            )
        )
    return rows


def fit_of(done: Run) -> Fit:
    """Chi-squared of the proposals, and the hits."""
    heights, spoken = len(done.first), Counter(done.first)
    observed = [spoken[place] for place in range(len(COMMITTEE))]
    test = chisquare(observed, [heights * share for share in _weight_shares()])
    return Fit(
        heights=heights,
        chi_squared=float(test.statistic),
        degrees_of_freedom=len(COMMITTEE) - 1,
        p_value=float(test.pvalue),
        hits_per_height=sum(done.hits) / heights,
        heights_without_hit=done.hits.count(0),
        without_hit_expected=heights * float(poisson.pmf(0, HITS_EXPECTED)),
    )


def _weight_shares() -> list[float]:
    total = sum(member.weight for member in COMMITTEE)
    return [member.weight / total for member in COMMITTEE]


def draw(done: Run, path: Path) -> None:
    """The three questions, as SVG."""
    figure, (shares, hits, waits) = new_figure(
        Caption("Proposals go by energy between floor and cap", "share (%)", ""),
        Caption("Hits go by eq. 4", "hits at a height", "share of heights (%)"),
        Caption(
            "Waits are geometric (lines: expected)", "heights to the next turn", "waits so long or longer (%)"
        ),
    )
    draw_shares(shares, rows_of(done))
    draw_hits(hits, done.hits)
    draw_waits(waits, done.first)
    save_svg(figure, path)


def draw_shares(axes: Axes, rows: Sequence[Row]) -> None:
    """A line for each member: energy, the band around its weight, and what it proposed."""
    lines = range(len(rows), 0, -1)
    axes.barh(
        lines,
        [row.band_high - row.band_low for row in rows],
        left=[row.band_low for row in rows],
        height=0.7,
        color="C0",
        alpha=0.3,
        label="expected, 95% band",
    )
    axes.plot([row.proposal_share for row in rows], lines, "o", color="C0", label="proposals")
    axes.plot([row.energy_share for row in rows], lines, "x", color="C1", label="energy metered")
    axes.set_yticks(lines, [row.member for row in rows])
    axes.legend(loc="lower right")


def draw_hits(axes: Axes, hits: Sequence[int]) -> None:
    """How many heights had so many hits, and what Poisson says."""
    most = max(hits)
    found = np.bincount(hits) * PERCENT / len(hits)
    expected = poisson.pmf(range(most + 1), HITS_EXPECTED) * PERCENT
    axes.bar(range(most + 1), found, color="C0", alpha=0.4, label="found")
    axes.plot(range(most + 1), expected, "o", color="C1", label=f"Poisson({HITS_EXPECTED})")
    axes.set_xticks(range(0, most + 1, 2))
    axes.legend()


def draw_waits(axes: Axes, first: Sequence[int]) -> None:
    """How many of its waits are so long or longer, and how many are if its turns are independent."""
    shares = _weight_shares()
    for color, place in enumerate(WAITS_SHOWN):
        waits, counts = np.unique(waits_of(first, place), return_counts=True)
        reach = np.arange(1, max(waits, default=1) + 1)
        found = PERCENT * counts[::-1].cumsum()[::-1] / max(counts.sum(), 1)
        expected = PERCENT * (1 - shares[place]) ** (reach - 1)
        axes.plot(waits, found, "o", markersize=3, color=f"C{color}", label=COMMITTEE[place].name)
        axes.plot(reach, expected, color=f"C{color}", alpha=0.5)
    axes.set(xscale="log", yscale="log", xlim=(0.9, LONGEST_SHOWN))
    axes.legend(loc="upper right")


def waits_of(first: Sequence[int], place: int) -> list[int]:
    """Heights from each turn of a member to its next, the first from the beginning."""
    turns = [height for height, proposer in enumerate(first, start=1) if proposer == place]
    return [later - earlier for earlier, later in pairwise([0, *turns])]
