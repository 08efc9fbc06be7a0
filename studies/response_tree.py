"""A radial network as a drawing: from left to right by distance, each branch in rows of its own."""

from typing import Final

from matplotlib.axes import Axes

from contracts.response.network import Network
from contracts.response.resources import Kind
from studies.figure import COLORS
from studies.response_case import ResponseCase

NAMES_SHOWN_MAX: Final = 10
LARGE, SMALL = 130, 16
"""Areas of a bus's mark, in points squared."""

MARKS: Final = {
    Kind.GENERATION: ("o", COLORS[5]),
    Kind.STORAGE: ("s", COLORS[2]),
    Kind.LOAD: ("^", COLORS[0]),
}
ROOM_ROWS: Final = 1.5
ROOM_SHARE: Final = 0.15
"""Above and below the drawing, whichever is more; of its height."""

GREY: Final = "0.6"


def draw_tree(axes: Axes, case: ResponseCase) -> None:
    """Lines, buses, and what resources stand there; of several at one bus, the last is on top."""
    tree, places = case.network.tree, places_of(case.network)
    is_small = len(places) <= NAMES_SHOWN_MAX
    size = LARGE if is_small else SMALL
    for bus in tree.outward:
        axes.plot(*zip(places[tree.parents[bus]], places[bus], strict=True), color=GREY, zorder=1)
    axes.scatter([x for x, _ in places], [y for _, y in places], size / 3, color=GREY, zorder=2)
    for kind, (marker, color) in MARKS.items():
        chosen = [places[resource.bus] for resource in case.resources if resource.kind is kind]
        if chosen:
            columns, rows = zip(*chosen, strict=True)
            axes.scatter(columns, rows, size, marker=marker, color=color, label=kind, zorder=3)
    if is_small:
        for place, named in zip(places, case.network.buses, strict=True):
            above = 11 if place[1] == 0 else -20
            axes.annotate(named.name, place, (0, above), textcoords="offset points", ha="center")
    lowest = min(y for _, y in places)
    room = max(ROOM_ROWS, -lowest * ROOM_SHARE)
    axes.set_ylim(lowest - room, room)
    axes.margins(x=0.1)
    axes.set_axis_off()
    axes.legend(ncols=3, fontsize="small", loc="lower center", frameon=False)


def places_of(network: Network) -> list[tuple[int, int]]:
    """By bus: how many lines from the connection, and minus its row. A branch's rows are its own, and its
    longest part goes straight on."""
    tree = network.tree
    depth, rows, row = ([start] * len(network.buses) for start in (0, 1, 0))
    for bus in reversed(tree.outward):
        rows[bus] = sum(rows[child] for child in tree.children[bus]) or 1
    for bus in (0, *tree.outward):
        free = row[bus]
        for child in sorted(tree.children[bus], key=lambda child: -rows[child]):
            depth[child], row[child] = depth[bus] + 1, free
            free += rows[child]
    return [(x, -y) for x, y in zip(depth, row, strict=True)]
