"""The steward reports an offence once, however often it is restarted, and shows that its node is synced."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from contracts.agent import Action, BlockCommitted, Note, SubmissionFailed, Submit, View
from contracts.membership import proposals, schedule
from contracts.membership.members import Member, Standing, encode_member, member_key
from contracts.membership.synced import RECENT_KEY, synced_key
from crypto.address import Address
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.genesis import COMMITTEE_MAX
from ledger.quantities import Height, Period, Slot
from node.accusations import NAME, Accusation, Accusations
from node.steward import ATTEMPTS_MAX, FRESH_BLOCKS, Steward

OWN, ACCUSED, OTHER = (PrivateKey.from_secret(secret) for secret in (1, 2, 3))


@dataclass
class FakeView:
    """What membership keeps, as far as a steward looks."""

    values: dict[str, Value] = field(default_factory=dict)

    def get(self, contract: str, key: str) -> Value:
        return self.values.get(key)


def chain_at(height: int, *seated: PrivateKey, suspended: tuple[PrivateKey, ...] = ()) -> FakeView:
    """Three members, a committee, and the hashes of the blocks below `height`."""
    view = FakeView()
    for number, key in enumerate((OWN, ACCUSED, OTHER), start=1):
        standing = Standing.SUSPENDED if key in suspended else Standing.GOOD
        record = Member(key.address, number, "", "", ("validator",), key.public_key, b"", standing)
        view.values[member_key(key.address)] = encode_member(record)
    view.values[schedule.KEY] = ((0, tuple(key.address for key in seated)),)
    view.values[RECENT_KEY] = (height - 1, tuple(bytes([at]) * 32 for at in range(height)))
    return view


def step(steward: Steward, view: FakeView) -> tuple[Action, ...]:
    return steward.step(BlockCommitted(Height(1), Slot(1), Period(1), (), cast(View, view)), 0)


def accusation_of(key: PrivateKey) -> Accusation:
    return Accusation(key.address, b"first", b"second")


def report_of(key: PrivateKey) -> Submit:
    arguments: dict[str, Value] = {"validator": key.address, "first": b"first", "second": b"second"}
    return Submit("membership", "report_equivocation", arguments)


def failed(action: str) -> SubmissionFailed:
    return SubmissionFailed("membership", action, "refused")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


def new_steward(path: Path) -> Steward:
    return Steward(OWN.address, Accusations(path))


def test_an_offence_is_reported_once(path: Path) -> None:
    steward, view = new_steward(path), chain_at(5, OWN, ACCUSED)
    steward.accuse(accusation_of(ACCUSED))
    steward.accuse(replace(accusation_of(ACCUSED), first=b"another"))
    assert step(steward, view) == (report_of(ACCUSED),)
    assert step(steward, view) == ()
    assert step(steward, chain_at(6, OWN, suspended=(ACCUSED,))) == ()
    assert list(Accusations(path)) == []


def test_what_the_chain_has_judged_already_is_not_reported(path: Path) -> None:
    steward = new_steward(path)
    steward.accuse(accusation_of(ACCUSED))
    assert step(steward, chain_at(5, OWN, suspended=(ACCUSED,))) == ()


def test_offences_are_reported_one_after_the_other(path: Path) -> None:
    steward, view = new_steward(path), chain_at(5, OWN, ACCUSED, OTHER)
    steward.accuse(accusation_of(ACCUSED))
    steward.accuse(accusation_of(OTHER))
    assert step(steward, view) == (report_of(ACCUSED),)
    assert step(steward, chain_at(6, OWN, OTHER, suspended=(ACCUSED,))) == (report_of(OTHER),)


def test_a_node_that_was_restarted_reports_what_it_had_not_seen_judged(path: Path) -> None:
    new_steward(path).accuse(accusation_of(ACCUSED))
    steward = new_steward(path)
    assert step(steward, chain_at(5, OWN, ACCUSED)) == (report_of(ACCUSED),)


def test_what_the_chain_does_not_take_is_given_up(path: Path) -> None:
    steward, view = new_steward(path), chain_at(5, OWN, ACCUSED)
    steward.accuse(accusation_of(ACCUSED))
    for _ in range(ATTEMPTS_MAX - 1):
        assert step(steward, view) == (report_of(ACCUSED),)
        assert steward.step(failed("report_equivocation"), 0) == ()
    assert step(steward, view) == (report_of(ACCUSED),)
    (note,) = steward.step(failed("report_equivocation"), 0)
    assert isinstance(note, Note)
    assert step(steward, view) == ()
    assert list(Accusations(path)) == []


def test_a_report_that_came_second_costs_the_next_one_no_attempt(path: Path) -> None:
    steward = new_steward(path)
    steward.accuse(accusation_of(ACCUSED))
    assert step(steward, chain_at(5, OWN, ACCUSED)) == (report_of(ACCUSED),)
    steward.step(failed("report_equivocation"), 0)
    assert step(steward, chain_at(6, OWN, suspended=(ACCUSED,))) == ()
    steward.accuse(accusation_of(OTHER))
    for _ in range(ATTEMPTS_MAX - 1):
        assert step(steward, chain_at(7, OWN, suspended=(ACCUSED,))) == (report_of(OTHER),)
        assert steward.step(failed("report_equivocation"), 0) == ()
    assert list(Accusations(path)) == [accusation_of(OTHER)]


def test_accusations_are_as_many_as_a_committee_has_members(path: Path) -> None:
    accusations = Accusations(path)
    for secret in range(1, COMMITTEE_MAX + 10):
        accusations.add(accusation_of(PrivateKey.from_secret(secret)))
    assert len(list(accusations)) == len(list(Accusations(path))) == COMMITTEE_MAX


@pytest.mark.parametrize("content", [b"", b"\xff garbage", b"\x91\x93\xa1x\xc4\x01a\xc4\x01b", b"\x05"])
def test_a_damaged_file_of_accusations_stops_no_node(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    accusations = Accusations(path)
    assert list(accusations) == []
    accusations.add(accusation_of(ACCUSED))
    assert list(Accusations(path)) == [accusation_of(ACCUSED)]


def proposed(view: FakeView, address: Address) -> FakeView:
    entry = proposals.Entry(1, "admit", address, OTHER.address, Slot(99))
    view.values[proposals.OPEN_KEY] = (tuple(getattr(entry, name) for name in entry.__slots__),)
    return view


def show_at(height: int) -> Submit:
    arguments: dict[str, Value] = {"height": height - 1, "block": bytes([height - 1]) * 32}
    return Submit("membership", "show_synced", arguments)


def test_who_is_to_be_admitted_shows_that_it_is_synced_and_keeps_it_fresh(path: Path) -> None:
    steward = new_steward(path)
    assert step(steward, chain_at(5, OTHER)) == (), "nobody wants it"
    assert step(steward, proposed(chain_at(5, OTHER), OTHER.address)) == (), "it is about another"
    view = proposed(chain_at(5, OTHER), OWN.address)
    assert step(steward, view) == (show_at(5),)
    assert step(steward, view) == (), "it is on its way"
    view.values[synced_key(OWN.address)] = 4
    assert step(steward, view) == ()
    later = proposed(chain_at(5 + FRESH_BLOCKS, OTHER), OWN.address)
    later.values[synced_key(OWN.address)] = 4
    assert step(steward, later) == (show_at(5 + FRESH_BLOCKS),)


def test_what_could_not_be_shown_is_shown_anew(path: Path) -> None:
    steward, view = new_steward(path), proposed(chain_at(5, OTHER), OWN.address)
    assert step(steward, view) == (show_at(5),)
    steward.step(failed("show_synced"), 0)
    assert step(steward, view) == (show_at(5),)


def test_what_took_long_to_get_into_a_block_is_shown_anew(path: Path) -> None:
    steward = new_steward(path)
    assert step(steward, proposed(chain_at(5, OTHER), OWN.address)) == (show_at(5),)
    later = proposed(chain_at(5 + 2 * FRESH_BLOCKS, OTHER), OWN.address)
    assert step(steward, later) == ()
    later.values[synced_key(OWN.address)] = 4
    assert step(steward, later) == (show_at(5 + 2 * FRESH_BLOCKS),)


def test_who_was_admitted_and_removed_can_be_a_candidate_again(path: Path) -> None:
    steward = new_steward(path)
    assert step(steward, proposed(chain_at(5, OTHER), OWN.address)) == (show_at(5),)
    assert step(steward, chain_at(6, OTHER, OWN)) == ()
    assert step(steward, proposed(chain_at(9, OTHER), OWN.address)) == (show_at(9),)


def test_who_is_asked_shows_it_unless_it_has_a_seat(path: Path) -> None:
    steward = new_steward(path)
    steward.show_synced()
    assert step(steward, chain_at(5, OWN)) == ()
    assert step(steward, chain_at(5, OTHER)) == (show_at(5),)
