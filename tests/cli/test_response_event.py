"""A settled event: what its validators say to forgeries of its dispatch, and how it is summed up."""

from dataclasses import replace
from pathlib import Path

import pytest

from cli.response.forgery import BOTH_KEYS, NO_KEY, SENDER_KEY, Before, changes, forgeries
from cli.response.scene import Scene
from cli.response.summary import Summary, summarize
from cli.response.text import show_summary
from cli.response.trial import Trial, try_dispatch
from cli.response.watch import Traffic
from tests.cli.settled_event import settled_event

TRAFFIC = {"response/iterate": Traffic(12, 600)}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return settled_event(tmp_path_factory.mktemp("event"))


@pytest.fixture(scope="module")
def trial(scene: Scene) -> Trial:
    return try_dispatch(scene, ())


@pytest.fixture(scope="module")
def summary(scene: Scene, trial: Trial) -> Summary:
    return summarize(scene.validators, scene.owners, TRAFFIC, "", trial)


def reasons(trial: Trial, signed_by: str, change: str) -> set[str]:
    return {
        refusal.reason.split(":")[0]
        for refusal in trial.refusals
        if refusal.signed_by == signed_by and change in refusal.change
    }


def test_a_watt_is_moved_between_those_who_give_or_to_somebody_else() -> None:
    voltages = (((10**9, 0), (10**9, 5)),)
    for allocation_w, more, moved in (
        ((0, 7, 0, 9), (0, 8, 0, 9), (0, 8, 0, 8)),
        ((0, 0, 5), (1, 0, 5), (1, 0, 4)),
    ):
        changed = list(changes({"allocation_w": allocation_w, "voltages": voltages}).values())
        assert [arguments["allocation_w"] for arguments in changed] == [more, moved, allocation_w]
        assert changed[2]["voltages"] == (((10**9, 0), (10**9 + 100_000, 5)),)


def test_every_validator_takes_the_dispatch_itself(trial: Trial) -> None:
    assert trial.accepted == {f"validator-{number}": "" for number in (1, 2, 3, 4)}
    assert trial.holds


def test_a_change_of_a_watt_or_of_a_voltage_is_refused_even_if_the_eno_signs_it(trial: Trial) -> None:
    assert reasons(trial, BOTH_KEYS, "1 W more") == {"TargetMissed"}
    assert reasons(trial, BOTH_KEYS, "0.0001 p.u. more") == {"NotASolution"}
    assert "" not in reasons(trial, BOTH_KEYS, "1 W moved")
    assert len(trial.refusals) == 2 * 3 * 4


def test_a_change_that_the_eno_did_not_sign_is_not_confirmed(trial: Trial) -> None:
    assert reasons(trial, SENDER_KEY, "") == {"NotConfirmed"}


def test_a_change_that_nobody_signed_is_no_transaction(scene: Scene) -> None:
    dispatch = scene.dispatch()
    before = Before(scene.validators[0], dispatch.tx_id)
    unsigned = [each for each in forgeries(dispatch, scene.keys(dispatch)) if each.signed_by == NO_KEY]
    assert len(unsigned) == 3
    for forgery in unsigned:
        assert before.refuse(forgery).reason.startswith("WrongSignature")


def test_trial_fails_where_one_validator_takes_one_forgery(trial: Trial) -> None:
    taken = replace(trial.refusals[0], reason="")
    assert not replace(trial, refusals=(*trial.refusals[1:], taken)).holds


def test_the_event_brings_the_voltage_back_and_adds_up(summary: Summary) -> None:
    assert summary.is_sound
    assert summary.money_change == 0
    assert summary.agreement.roots_agree
    assert summary.agreement.nodes == 10
    assert summary.target_w < 0
    assert sum(share.response_w for share in summary.shares) == -summary.target_w
    for row in summary.voltages:
        assert row.metered_pu is not None
        assert row.metered_pu < 1.05 < row.without_pu
        assert row.planned_pu == pytest.approx(row.metered_pu, abs=1e-4)


def test_every_transaction_of_the_process_is_a_step(summary: Summary) -> None:
    actions = [step.action for step in summary.steps]
    assert actions[:2] == ["alarm", "trigger"]
    assert actions[-1] == "settle"
    assert actions.count("seal") == actions.count("reveal") == 6
    assert actions.count("meter") == 6 * len(summary.voltages)
    assert {step.stage for step in summary.steps} == {"", "T", "D", "V", "A"}
    assert all(step.waited_ms == 1_000 for step in summary.steps)


def test_whoever_was_killed_must_have_been_left_out(scene: Scene, trial: Trial, summary: Summary) -> None:
    giving = next(share.owner for share in summary.shares if share.response_w > 0)
    blamed = summarize(scene.validators, scene.owners, TRAFFIC, giving, trial)
    assert blamed.agreement.nodes == 9
    assert not blamed.killed_left_out
    assert not blamed.is_sound


def test_one_reading_out_of_the_band_is_not_sound(summary: Summary) -> None:
    assert len(summary.metered_pu) == 6 * len(summary.voltages)
    for seen in (0.949, 1.051):
        assert not replace(summary, metered_pu=(*summary.metered_pu, seen)).is_sound
    assert not replace(summary, metered_pu=()).is_sound


def test_money_that_appeared_is_not_sound(summary: Summary) -> None:
    assert not replace(summary, money_change=1).is_sound


def test_summary_is_shown_to_people(
    summary: Summary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_summary(summary, tmp_path)
    shown = capsys.readouterr().out
    for words in ("TargetMissed", "NotASolution", "D dispatch", "4 of 4", "12 of 600 bytes"):
        assert words in shown
    assert "5: solar-park" in shown, "forgeries name resources by number"
    assert "dual residual, CNY/kWh" in shown
    assert "BROKEN" not in shown
