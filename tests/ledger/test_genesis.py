"""The genesis file: read as it was written, and refused by path when it is wrong."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ledger.block import Header
from ledger.committee import Committee
from ledger.errors import BadGenesis, DecodeError
from ledger.genesis import COMMITTEE_MAX, Genesis
from ledger.quantities import Height, Round, Slot
from ledger.seals import Seal, Seals
from tests.ledger.builders import Chain, key_of, make_genesis


def test_a_genesis_is_read_as_it_was_written() -> None:
    genesis = make_genesis()
    assert Genesis.from_json(genesis.to_json()) == genesis
    assert Genesis.decode(genesis.encode()) == genesis
    assert Genesis.from_json(genesis.to_json()).hash == genesis.hash


def test_a_key_that_is_optional_is_not_written_if_it_says_nothing() -> None:
    genesis = make_genesis()
    assert "last_slot" not in genesis.to_json()
    ending = replace(genesis, members=(replace(genesis.members[0], last_slot=Slot(9)), *genesis.members[1:]))
    assert Genesis.from_json(ending.to_json()) == ending
    assert ending.hash != genesis.hash


def test_blanks_and_order_do_not_change_the_chain_id() -> None:
    genesis = make_genesis()
    shuffled = dict(reversed(json.loads(genesis.to_json()).items()))
    assert Genesis.from_json(json.dumps(shuffled)).hash == genesis.hash


def test_every_parameter_changes_the_chain_id() -> None:
    genesis = make_genesis()
    others = [
        replace(genesis, name="other"),
        replace(genesis, slot_ms=2_000),
        replace(genesis, steps={"read": 2}),
        replace(genesis, limits=replace(genesis.limits, block_steps=5)),
        replace(genesis, contracts={"counter": {}}),
        replace(genesis, committee=genesis.committee[::-1]),
    ]
    assert len({genesis.hash, *(other.hash for other in others)}) == 7


def edited(path: list[Any], value: Any) -> str:
    """The genesis file with one place changed; `...` removes it."""
    content = json.loads(make_genesis().to_json())
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(content)


WRONG = {
    "members[0].last_slot": (["members", 0, "last_slot"], -1),
    "slot_sm": (["slot_sm"], 1_000),
    "name": (["name"], ...),
    "limits.block_byte": (["limits", "block_byte"], 1),
    "timers.base_ms": (["timers", "base_ms"], "10 s"),
    "slot_ms": (["slot_ms"], 0.5),
    "first_slot": (["first_slot"], 0),
    "limits.block_steps": (["limits", "block_steps"], 0),
    "period_s": (["period_s"], 7),
    "steps.read": (["steps", "read"], -1),
    "authority": (["authority"], "hex:zz"),
    "members[2].address": (["members", 2, "address"], "Gtypo"),
    "members[1].address": (["members", 1, "address"], key_of(2).address),
    "members[6].address": (["members"], json.loads(make_genesis().to_json())["members"] * 2),
    "members[0].public_key": (["members", 0, "public_key"], "hex:02"),
    "members[3].encryption_key": (["members", 3, "encryption_key"], "hex:02" + "ff" * 32),
    "limits.block_bytes": (["limits", "block_bytes"], 2**26 + 1),
    "contracts.counter.start": (["contracts", "counter", "start"], 2**64),
    "contracts.counter.name": (["contracts", "counter", "name"], "\ud800"),
    "members[0].encryption_key": (["members", 0, "encryption_key"], "hex:" + key_of(0).public_key.hex()),
    "committee[2]": (["committee", 2], 5),
    "committee[0]": (["committee", 0], key_of(9).address),
    "committee[1]": (["committee", 1], key_of(4).address),
    "committee": (["committee"], []),
    "contracts.counter": (["contracts", "counter"], 5),
}


@pytest.mark.parametrize("path", WRONG)
def test_what_is_wrong_is_named_by_its_path(path: str) -> None:
    with pytest.raises(BadGenesis) as caught:
        Genesis.from_json(edited(*WRONG[path]))
    assert caught.value.path == path


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "5", '{"name": NaN}', "[" * 100_000, '{"name": 1, "name": 2}']
)
def test_what_is_no_genesis_at_all_is_refused(text: str) -> None:
    with pytest.raises(BadGenesis):
        Genesis.from_json(text)


@pytest.mark.parametrize("depth", [17, 800])
def test_what_nests_too_deeply_to_be_stored_is_refused(depth: int) -> None:
    deep = make_genesis().to_json().replace('"start": 0', '"start": ' + "[" * depth + "]" * depth)
    with pytest.raises(BadGenesis):
        Genesis.from_json(deep)


def test_what_is_read_from_text_can_be_read_from_bytes() -> None:
    many = make_genesis(contracts={"counter": {"balances": {f"account {n:04}": n for n in range(5_000)}}})
    assert Genesis.decode(Genesis.from_json(many.to_json()).encode()) == many
    too_many = make_genesis(contracts={"counter": {"list": (0,) * 2**17}})
    with pytest.raises(BadGenesis):
        Genesis.from_json(too_many.to_json())


def test_a_committee_has_room_for_its_seals_in_a_header() -> None:
    genesis = make_genesis(validators=COMMITTEE_MAX, others=1)
    everyone = Seals(Round(2**64 - 1), tuple(Seal(place, bytes(64)) for place in range(COMMITTEE_MAX)))
    header = replace(Chain().build().block.header, height=Height(2**63), parent_seals=everyone)
    assert Header.decode(header.raw) == header
    with pytest.raises(BadGenesis, match=f"more than {COMMITTEE_MAX}"):
        replace(genesis, committee=tuple(member.address for member in genesis.members))


def test_a_genesis_in_bytes_is_refused_like_one_in_text() -> None:
    good = make_genesis().encode()
    for bad in (b"", good[:-1], good + b"\x00", b"\x80"):
        with pytest.raises((DecodeError, BadGenesis)):
            Genesis.decode(bad)


def test_slots_are_mapped_to_periods_and_days() -> None:
    genesis = make_genesis()
    assert genesis.period(1_000) == 96 * 20_000
    assert genesis.slot_of(96 * 20_000 + 5) == 1_005
    assert genesis.day(genesis.period(1_095)) == 20_000
    assert genesis.day(genesis.period(1_096)) == 20_001


@pytest.mark.parametrize(
    ("size", "quorum", "faulty"),
    [(1, 1, 0), (3, 2, 0), (4, 3, 1), (5, 4, 1), (6, 4, 1), (7, 5, 2), (10, 7, 3)],
)
def test_quorum_and_faulty(size: int, quorum: int, faulty: int) -> None:
    committee = Committee.of_genesis(make_genesis(validators=size))
    assert (committee.quorum, committee.faulty_max) == (quorum, faulty)
    assert committee.index_of(key_of(size - 1).address) == size - 1
    assert committee.index_of(key_of(size).address) is None
    assert Committee.from_value(committee.to_value()) == committee
