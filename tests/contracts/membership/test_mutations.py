"""Rules of governance broken on purpose: the observer must find each out, or it sees too little."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis.stateful import run_state_machine_as_test

from contracts.context import Context
from contracts.membership import members, proposals, schedule, seats
from contracts.membership.proposals import Electorate, Proposal
from tests.contracts.membership.test_interleavings import Governance, by_chance

Break = Callable[[pytest.MonkeyPatch], None]


def change_takes_effect_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(schedule, "NOTICE_BLOCKS", 1)


def no_minimum(patch: pytest.MonkeyPatch) -> None:
    usual = seats.parameters_of  # type: ignore[attr-defined]
    patch.setattr(seats, "parameters_of", lambda genesis: replace(usual(genesis), minimum=1))


def quorum_less_one(patch: pytest.MonkeyPatch) -> None:
    usual = proposals.quorum_of  # type: ignore[attr-defined]
    patch.setattr(proposals, "quorum_of", lambda size: usual(size) - 1)


def votes_against_count_for(patch: pytest.MonkeyPatch) -> None:
    usual = proposals._decide

    def decide(ctx: Context, proposal: Proposal, electorate: Electorate) -> None:
        usual(ctx, replace(proposal, votes=dict.fromkeys(proposal.votes, True)), electorate)

    patch.setattr(proposals, "_decide", decide)


def certificates_never_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(seats, "expire", lambda ctx, slot: None)


def equivocation_leaves_the_seat(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(seats, "reconsider", lambda ctx, member: None)


def numbers_are_given_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(members, "next_number", lambda ctx: 7)


BREAKS: list[Break] = [
    change_takes_effect_at_once,
    no_minimum,
    quorum_less_one,
    votes_against_count_for,
    certificates_never_end,
    equivocation_leaves_the_seat,
    numbers_are_given_again,
]


@pytest.mark.slow
@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__)
def test_a_broken_rule_is_found_out(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises(BaseException):  # noqa: B017 - one failure, or a group of them
        run_state_machine_as_test(Governance, settings=by_chance(100, 40))  # type: ignore[no-untyped-call]
