"""Validators that are missing, blocks that are late or need rounds, and contradictions, as blocks tell."""

from explorer.alerts.alert import Alert
from tests.explorer.alerts.committees import SIZE, Blocks, detect, make_blocks, name

COUNT = 200


def quiet() -> Blocks:
    blocks = make_blocks(1, COUNT)
    blocks.retries, blocks.empty = [False] * COUNT, [0] * COUNT
    return blocks


def found_in(blocks: Blocks) -> list[Alert]:
    return list(detect(blocks, 1).values())


def test_a_quorum_without_the_slow_is_no_fault() -> None:
    assert found_in(quiet()) == []


def test_a_validator_that_neither_seals_nor_proposes_is_missed_until_it_is_back() -> None:
    blocks = quiet()
    for height in range(50, 100):
        blocks.down[height] = {2}
    alerts = {alert.rule: alert for alert in found_in(blocks)}
    missing = alerts["validator"]
    assert (missing.subject.name, missing.severity, missing.is_open) == (name(2), "warning", False)
    assert missing.first_period is None
    # It may have been slow just before.
    assert 45 + 4 * SIZE <= missing.first_height <= 52 + 4 * SIZE
    assert missing.link.startswith("#/validators?from_height=")


def test_it_is_critical_when_one_more_would_stop_the_chain() -> None:
    blocks = quiet()
    for height in range(50, 100):
        blocks.down[height] = {1, 4}
    assert {alert.severity for alert in found_in(blocks) if alert.rule == "validator"} == {"critical"}


def test_rounds_and_delays_are_counted_over_the_last_blocks() -> None:
    blocks = quiet()
    blocks.retries[60:67] = [True] * 7
    blocks.empty[90] = 10_000
    assert found_in(blocks) == []
    blocks.retries[67] = True
    blocks.empty[91:93] = [4, 4]
    alerts = found_in(blocks)
    assert [(alert.rule, alert.subject.kind) for alert in alerts] == [
        ("rounds", "committee"),
        ("late", "committee"),
    ]
    assert not any(alert.is_open for alert in alerts)


def test_a_contradiction_is_critical_until_the_members_have_dealt_with_it() -> None:
    blocks = quiet()
    blocks.equivocated[70] = 3
    (alert,) = found_in(blocks)
    assert (alert.rule, alert.subject.name, alert.severity) == ("equivocation", name(3), "critical")
    assert alert.is_open
    blocks.pardoned[90] = 3
    (alert,) = found_in(blocks)
    assert not alert.is_open
