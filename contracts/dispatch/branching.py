"""Builds the certificate of splits: the case with the least bound is split until all are near the cost."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from contracts.dispatch.certificate import (
    CELLS_MAX,
    LEAVES_MAX,
    SCALE,
    Certificate,
    Leaf,
    Restrictions,
    Split,
    leaf_bound,
    parts,
)
from contracts.dispatch.model import Problem


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Multipliers for a part of the cases, and where to split it if that helps: (site, index, threshold)."""

    leaf: Leaf
    split: tuple[int, int, int] | None


@dataclass(slots=True)
class _Case:
    restrictions: Restrictions
    relaxation: Relaxation
    bound: int
    followers: "list[_Case]" = field(default_factory=list)


Relax = Callable[[Restrictions], Relaxation]


def prove(problem: Problem, relax: Relax, wanted_nano: int) -> Certificate:
    """A certificate whose bound is `wanted_nano`, or as high as the permitted number of leaves gives."""
    leaves_max = min(LEAVES_MAX, max(1, CELLS_MAX // (len(problem.sites) * problem.periods)))
    root = _case(problem, relax, {})
    queue = [(root.bound, 0, root)]
    for count in range(1, leaves_max):
        bound, _, case = queue[0]
        if bound >= wanted_nano * SCALE or case.relaxation.split is None:
            break
        heappop(queue)
        split = Split(*case.relaxation.split, at_most=0, more=0)
        for number, (_, restrictions) in enumerate(parts(problem, split, case.restrictions)):
            follower = _case(problem, relax, restrictions)
            case.followers.append(follower)
            heappush(queue, (follower.bound, 2 * count + number, follower))
    return _certificate(root)


def _case(problem: Problem, relax: Relax, restrictions: Restrictions) -> _Case:
    relaxation = relax(restrictions)
    return _Case(restrictions, relaxation, leaf_bound(problem, relaxation.leaf, restrictions))


def _certificate(root: _Case) -> Certificate:
    """The tree in the order of its levels, so that every split leads to later ones."""
    leaves: list[Leaf] = []
    inner: list[_Case] = []
    place: dict[int, int] = {}
    queue = deque([root])
    while queue:
        case = queue.popleft()
        if case.followers:
            place[id(case)] = len(inner)
            inner.append(case)
            queue.extend(case.followers)
        else:
            leaves.append(case.relaxation.leaf)
            place[id(case)] = -len(leaves)
    return Certificate(tuple(leaves), tuple(_split(case, place) for case in inner))


def _split(case: _Case, place: dict[int, int]) -> Split:
    assert case.relaxation.split is not None
    at_most, more = case.followers
    return Split(*case.relaxation.split, at_most=place[id(at_most)], more=place[id(more)])
