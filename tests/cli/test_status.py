"""A node that does not run is said not to run; findings name who is at fault."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cli.doctor import certificate_finding, market_findings, recent_signers, validator_finding
from cli.node_directory import open_chain
from cli.status import line
from crypto.certificate import Identity
from crypto.keys import PrivateKey


def test_node_that_does_not_run_is_unreachable(run: Any, settled: list[Path]) -> None:
    refused = run("status", "--dir", settled[0])
    assert refused.code == 4
    assert "no node answers" in refused.err


def test_doctor_reports_the_node_that_does_not_run(run: Any, settled: list[Path]) -> None:
    found = run("doctor", "--dir", settled[0], "--json")
    assert found.code == 5
    assert found.json["findings"][0]["well"] is False


def test_market_of_a_good_day_is_well(settled: list[Path]) -> None:
    with open_chain(settled[0]) as store:
        assert all(finding.well for finding in market_findings(store))
        assert len(recent_signers(store)) == 4


def test_findings_name_the_fault_of_a_validator() -> None:
    good = {"clock_offset_ms": 3}
    assert not validator_finding("a", None, True, 500).well
    assert not validator_finding("a", {"clock_offset_ms": -700}, True, 500).well
    assert validator_finding("a", good, True, 500).well
    assert "last to sign" in validator_finding("a", good, False, 500).finding


def test_a_certificate_that_ends_soon_is_told_in_time() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    address = PrivateKey.from_secret(1).address
    identity = Identity(address, "Org", ("owner",), b"", 2, now, now + timedelta(days=400))
    assert certificate_finding(identity, None, now).well
    for end in (now + timedelta(days=29), now - timedelta(days=1)):
        for found in (
            certificate_finding(identity, end, now),
            certificate_finding(replace(identity, not_after=end), None, now),
        ):
            assert not found.well
            assert f"{end:%Y-%m-%d}" in found.finding
            assert "renew" in found.finding


def test_doctor_looks_at_the_certificate(run: Any, settled: list[Path]) -> None:
    findings = run("doctor", "--dir", settled[0], "--json").json["findings"]
    assert [finding["well"] for finding in findings if finding["what"] == "certificate"] == [True]


def test_transaction_through_a_node_that_does_not_run_is_unreachable(run: Any, settled: list[Path]) -> None:
    refused = run("tx", "send", "account", "transfer", "{}", "--dir", settled[0])
    assert refused.code == 4


def test_arguments_that_are_no_values_are_a_usage_error(run: Any, settled: list[Path]) -> None:
    for arguments in ("[1]", "{", '{"amount": 1.5}', '{"key": "hex:zz"}'):
        refused = run("tx", "send", "account", "transfer", arguments, "--dir", settled[0])
        assert refused.code == 2, arguments


def test_line_says_who_signs_and_what_is_wrong() -> None:
    status = {
        "height": 7,
        "slot": 9,
        "round": 0,
        "signers": ["a", "b", "c"],
        "committee": 4,
        "pending": 2,
        "ready": False,
        "reason": "catching up",
        "warnings": ["block version 2 from height 9; this node knows 1: upgrade it before"],
    }
    assert "block version 2 from height 9" in line(status)
    assert "3/4" in line(status)
    assert "catching up" in line(status)
