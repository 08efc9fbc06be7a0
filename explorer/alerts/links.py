"""Where in the explorer the cause of an alert is to be seen."""

from explorer.alerts.alert import Kind, Subject

AROUND_PERIODS = 48
"""Half a day before what is shown."""

STORAGE_RULES = ("storage-energy", "storage-told", "storage-report")


def link_to(rule: str, subject: Subject, first: int) -> str:
    """The route of a view, with the time or the height at which it began."""
    if subject.kind is Kind.VALIDATOR or subject.kind is Kind.COMMITTEE:
        return f"#/validators?height={first}"
    span = f"from={max(0, first - AROUND_PERIODS)}&to={first + AROUND_PERIODS}"
    if subject.kind is Kind.MARKET:
        return f"#/markets/{subject.name}?{span}"
    view = (
        "storage" if rule in STORAGE_RULES else "dispatch" if rule == "balance" else "meters/" + subject.name
    )
    return f"#/{view}?{span}"
