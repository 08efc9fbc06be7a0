"""What people are told of alerts: changes, and nothing twice."""

from dataclasses import replace

from explorer.alerts.announcer import Announcer, Turn
from explorer.index.queries.alerts import Acknowledgement, State
from tests.explorer.alerts.samples import CLOSED, FROZEN


def turns(announcer: Announcer, *changed: object) -> list[Turn]:
    return [news.turn for news in announcer.news(changed)]


def test_an_alert_is_told_when_it_opens_and_when_it_closes_and_not_in_between() -> None:
    announcer = Announcer()
    assert turns(announcer, FROZEN) == [Turn.OPENED]
    assert turns(announcer, replace(FROZEN, count=6)) == []
    assert turns(announcer, CLOSED) == [Turn.CLOSED]


def test_one_that_was_open_before_is_not_told_again() -> None:
    assert turns(Announcer([FROZEN]), replace(FROZEN, count=6)) == []


def test_a_fault_that_comes_back_is_told_though_its_last_opening_was_acknowledged() -> None:
    known = replace(FROZEN, state=State.ACKNOWLEDGED, acknowledgement=Acknowledgement("eve", 1, ""))
    announcer = Announcer([known])
    assert turns(announcer, CLOSED, replace(FROZEN, openings=2)) == [Turn.CLOSED, Turn.REOPENED]
    assert turns(announcer, replace(FROZEN, openings=3)) == [Turn.REOPENED]


def test_one_that_gets_worse_is_told_and_one_that_gets_better_is_not() -> None:
    announcer = Announcer([FROZEN])
    assert turns(announcer, replace(FROZEN, severity="critical")) == [Turn.WORSENED]
    assert turns(announcer, replace(FROZEN, severity="critical", count=9)) == []


def test_one_that_opened_and_closed_while_nobody_looked_is_told_once() -> None:
    assert turns(Announcer(), CLOSED) == [Turn.CLOSED]
