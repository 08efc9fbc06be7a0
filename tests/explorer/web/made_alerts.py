"""Made alerts on a made chain, as the API tells of them."""

from tests.explorer.web.made_chain import Chain, Document, address, digest

SEVERITIES = ("info", "warning", "critical")


class Alerts:
    """Documents about alerts, with what was acknowledged."""

    def __init__(self, chain: Chain, newest: int) -> None:
        self.chain = chain
        self.newest = newest
        self.acknowledged: dict[str, Document] = {}
        begin = newest - 60
        self.link = f"#/storage?from={begin - 48}&to={begin + 47}"
        """Where the first alert leads."""

    def counts(self) -> dict[str, int]:
        """Of those that are open."""
        found = [alert["severity"] for alert in self.alerts() if alert["state"] == "open"]
        return {severity: found.count(severity) for severity in SEVERITIES}

    def alerts(self) -> list[Document]:
        rules = (
            (
                "storage-told",
                "critical",
                "meter",
                "Meter of the storage",
                "The storage does not obey",
            ),
            ("silent", "warning", "meter", "Meter of Park Ash", "A meter has been silent for 6 periods"),
            (
                "validator-missing",
                "warning",
                "validator",
                "Public Auditor",
                "A validator did not sign 12 blocks",
            ),
            ("forecast", "info", "meter", "Meter of Park Elm", "A day turned out other than forecast"),
        )
        return [self.alert(number, *rule) for number, rule in enumerate(rules)]

    def alert(self, number: int, rule: str, severity: str, kind: str, subject: str, title: str) -> Document:
        name = digest("alert", number)[:24]
        known = self.acknowledged.get(name)
        begin = self.newest - 60
        return {
            "id": name,
            "rule": rule,
            "severity": severity,
            "subject_kind": kind,
            "subject": address(subject),
            "title": self.chain.called(title),
            "evidence": [
                {"name": "told", "value": -18_000, "unit": "W"},
                {"name": "metered", "value": 2_150, "unit": "W"},
                {"name": "distance", "value": 8_310, "unit": "permille"},
            ],
            "first_period": begin if kind == "meter" else None,
            "last_period": begin + 6 if kind == "meter" else None,
            "first_height": self.chain.head - 40 - number,
            "last_height": self.chain.head - 20,
            "opened_ms": self.chain.time_ms - 200_000,
            "closed_ms": None,
            "count": 6,
            "openings": 1,
            "strength": 2_400,
            "link": self.link if number == 0 else "",
            "state": "acknowledged" if known else "open",
            "acknowledgement": known,
        }
