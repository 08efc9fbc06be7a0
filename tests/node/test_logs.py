"""What a node logs of an error never holds the values of its variables, keys and shares among them."""

from typing import Literal

import pytest
import structlog

from node.config import LogSection
from node.logs import set_up_logs


@pytest.mark.parametrize("style", ["json", "console"])
def test_tracebacks_show_no_variables(
    style: Literal["json", "console"], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(LogSection(format=style))
    share = "of the " + "park"
    try:
        raise ValueError("something failed")
    except ValueError:
        structlog.get_logger("test").exception("agent fault", agent="park")
    shown = capsys.readouterr().err
    assert "something failed" in shown
    assert "agent fault" in shown
    assert share not in shown


def test_what_is_below_the_level_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(LogSection(format="json", level="warning"))
    structlog.get_logger("test").info("quiet")
    structlog.get_logger("test").warning("loud")
    assert "quiet" not in (shown := capsys.readouterr().err)
    assert '"event": "loud"' in shown


@pytest.mark.parametrize("style", ["json", "console"])
def test_what_others_named_cannot_steer_a_terminal(
    style: Literal["json", "console"], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(LogSection(format=style))
    structlog.get_logger("test").warning("asked", path="/a\x1b]0;owned\x07", name="b\nc")
    shown = capsys.readouterr().err
    assert "\x1b]0;" not in shown
    assert "owned" in shown
    assert shown.count("\n") == 1
