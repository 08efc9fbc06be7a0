"""What others wrote on the chain is shown to whoever votes on it, and does nothing else."""

import pytest

from cli.output import report, report_rows

HOSTILE = {
    "a tag that was never opened": ("\\[/x] because", "\\[/x] because"),
    "a tag behind a backslash": ("\\[bold]because", "\\[bold]because"),
    "a link": ("[link=https://example.org]here[/link]", "[link=https://example.org]here[/link]"),
    "a cleared screen": ("ok\x1b[2J\x9b2J", "ok?[2J?2J"),
    "text that runs backwards": ("ok \u202eevorppa", "ok ?evorppa"),
    "another row": ("ok\r\n7  admit", "ok??7  admit"),
}


@pytest.mark.parametrize(("text", "seen"), HOSTILE.values(), ids=HOSTILE)
def test_text_of_others_is_shown_and_not_obeyed(
    capsys: pytest.CaptureFixture[str], text: str, seen: str
) -> None:
    report_rows([{"reason": text}], as_json=False)
    report({"reason": text}, as_json=False)
    rows, line = capsys.readouterr().out.splitlines()[1:]
    assert rows.strip() == seen
    assert line.removeprefix("reason").strip() == seen
