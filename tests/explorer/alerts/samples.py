"""An alert as the index shows it."""

from dataclasses import replace

from explorer.index.queries.alerts import Alert, Evidence, State

FROZEN = Alert(
    id="0f" * 12,
    rule="frozen",
    severity="warning",
    subject_kind="meter",
    subject="GQmeter",
    title="The meter says exactly the same, period after period.",
    evidence=(Evidence("generated", 1_612, "Wh"), Evidence("repeated for", 5, "periods")),
    first_period=1_628_165,
    last_period=1_628_170,
    first_height=12,
    last_height=17,
    opened_ms=1_700_000_000_000,
    closed_ms=None,
    count=5,
    openings=1,
    strength=1_250,
    link="#/dispatch/meters/GQmeter?from=1628117&to=1628213",
    state=State.OPEN,
    acknowledgement=None,
)
CLOSED = replace(FROZEN, state=State.CLOSED, closed_ms=1_700_000_900_000)
