"""Where in the explorer the cause of an alert is to be seen."""

from typing import Final

from contracts.dispatch.parameters import DISPATCH
from explorer.alerts.alert import Kind, Subject

AROUND: Final = 48
"""Periods, or blocks, that are shown before its beginning and after it."""

METERS_VIEW: Final = f"{DISPATCH}/meters"
VIEWS: Final = {
    "storage-energy": "storage",
    "storage-told": "storage",
    "storage-report": "storage",
    "balance": DISPATCH,
}
"""Of the rules whose subject's own page does not show the cause."""

MARKETS: Final = frozenset({"community", "pool", "capacity", "response"})


def link_to(rule: str, subject: Subject, first: int) -> str:
    """The route of a view, with the time or the heights at which it began."""
    begin, end = max(0, first - AROUND), first + AROUND
    if subject.kind in (Kind.VALIDATOR, Kind.COMMITTEE):
        return f"#/validators?from_height={begin}&to_height={end}"
    if subject.kind is Kind.MARKET:
        view = f"markets/{subject.name}" if subject.name in MARKETS else METERS_VIEW
    else:
        view = VIEWS.get(rule, f"{METERS_VIEW}/{subject.name}")
    return f"#/{view}?from={begin}&to={end}"
