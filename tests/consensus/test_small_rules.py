"""Slots, timeouts and turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.proposer import rotation
from consensus.slots import Slots
from consensus.timeouts import round_timeout_ms
from ledger.genesis import Timers
from ledger.quantities import Height, Slot
from ledger.state import State
from tests.consensus.committee import committee_of

QUARTERS = Slots(slot_ms=900_000, skew_ms=500)


def test_a_slot_is_unix_time_by_its_length() -> None:
    assert QUARTERS.at(900_000 * 7 - 1) == 6
    assert QUARTERS.at(900_000 * 7) == 7
    assert QUARTERS.start(7) == 6_300_000


@given(st.integers(1, 10**6), st.integers(0, 10**4), st.integers(0, 10**13))
def test_the_slot_of_now_is_neither_early_nor_late(slot_ms: int, skew_ms: int, now: int) -> None:
    slots = Slots(slot_ms, skew_ms)
    slot = slots.at(now)
    assert not slots.is_early(slot, now)
    assert not slots.is_late(slot, now)


@given(st.integers(1, 10**6), st.integers(0, 10**4), st.integers(0, 10**13), st.integers(-(10**4), 10**4))
def test_clocks_within_the_skew_accept_each_others_slots(
    slot_ms: int, skew_ms: int, now: int, drift: int
) -> None:
    slots = Slots(slot_ms, skew_ms)
    slot = slots.at(now)
    other = now + max(-skew_ms, min(skew_ms, drift))
    assert not slots.is_early(slot, other)
    assert not slots.is_late(slot, other)


@pytest.mark.parametrize(("parent", "slot"), [(99, 100), (98, 100), (100, 101), (5, 100)])
def test_missed_slots_are_skipped(parent: int, slot: int) -> None:
    assert Slots(1_000, 500).next_after(Slot(parent), now=100_500) == slot


def test_timeouts_double_up_to_the_cap() -> None:
    timers = Timers(base_ms=10_000, cap_ms=120_000)
    timeouts = [round_timeout_ms(timers, round_) for round_ in (0, 1, 2, 3, 4, 5, 2**31)]
    assert timeouts == [10_000, 20_000, 40_000, 80_000, 120_000, 120_000, 120_000]


@given(st.integers(1, 10**6), st.integers(1, 10**7), st.integers(0, 2**31))
def test_timeouts_never_exceed_the_cap(base_ms: int, cap_ms: int, round_: int) -> None:
    timers = Timers(base_ms=base_ms, cap_ms=cap_ms)
    assert round_timeout_ms(timers, round_) <= cap_ms
    assert round_timeout_ms(timers, round_) <= round_timeout_ms(timers, round_ + 1)


@pytest.mark.parametrize("members", [1, 2, 4, 22])
def test_everyone_has_a_turn_in_as_many_rounds_as_there_are_members(members: int) -> None:
    committee = committee_of(members)
    for height in (1, 2, 1_000):
        order = rotation(State(), committee, Height(height))
        assert sorted(order) == list(range(members))
        assert order[0] == height % members
