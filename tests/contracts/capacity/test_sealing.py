"""Sealed bids: what opens a commitment, and that everything else is refused and leaves the bond in escrow."""

from collections.abc import Callable
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.capacity.bids import Side, commit, tie_seed
from contracts.capacity.clearing import Step
from contracts.capacity.records import Phase
from contracts.capacity.refusals import BadBlinding
from crypto.field import ORDER
from crypto.group import GENERATOR, IDENTITY
from crypto.hashing import sha256
from ledger.receipt import Receipt
from tests.contracts.capacity.market import (
    BALANCE,
    BLINDINGS,
    CAP_UKWH,
    CURRENCY,
    DEADLINES,
    FIRST,
    FORFEITS,
    PERIODS,
    USUAL,
    Bid,
    Market,
    ask,
    device_of,
    want,
)
from tests.contracts.chain import address

GENESIS, H = sha256(b"genesis"), sha256(b"device")
BLINDING = BLINDINGS["ash"]
ANY_STEPS = st.lists(
    st.builds(Step, st.integers(1, 10**6), st.integers(0, 10**6)), min_size=1, max_size=4
).map(tuple)
ANY_SEAL = st.tuples(
    st.integers(0, 3),
    st.sampled_from(Side),
    st.sampled_from([address("ash"), address("beech")]),
    st.sampled_from([H, sha256(b"other")]),
    ANY_STEPS,
    st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big")),
)


@settings(max_examples=40, deadline=None)
@given(ANY_SEAL, ANY_SEAL)
def test_a_commitment_opens_one_way_only(one: tuple, other: tuple) -> None:  # type: ignore[type-arg]
    assert (commit(GENESIS, *one) == commit(GENESIS, *other)) == (one == other)


BID = {
    "genesis": GENESIS,
    "window": 0,
    "side": Side.SELL,
    "address": address("ash"),
    "fingerprint": H,
    "steps": (Step(1, 2),),
    "blinding": BLINDING,
}
OTHERS = {
    "genesis": sha256(b"another chain"),
    "window": 1,
    "side": Side.BUY,
    "address": address("beech"),
    "fingerprint": sha256(b"another device"),
    "steps": (Step(1, 3),),
    "blinding": BLINDINGS["beech"],
}


@pytest.mark.parametrize("part", BID)
def test_a_commitment_serves_no_other_chain_window_side_bidder_or_device(part: str) -> None:
    assert commit(**BID) != commit(**{**BID, part: OTHERS[part]})  # type: ignore[arg-type]


def test_the_seed_is_of_all_that_was_revealed_in_whatever_order() -> None:
    one, other = BLINDINGS["ash"], BLINDINGS["beech"]
    assert tie_seed(GENESIS, 0, [one, other]) == tie_seed(GENESIS, 0, [other, one])
    seeds = {
        tie_seed(GENESIS, window, known) for window in (0, 1) for known in ([one], [other], [one, other])
    }
    assert len(seeds) == 6


@pytest.mark.parametrize("number", [0, ORDER, 2**256 - 1])
def test_a_blinding_factor_that_hides_nothing_or_is_not_reduced_is_refused(number: int) -> None:
    with pytest.raises(BadBlinding):
        commit(GENESIS, 0, Side.SELL, address("ash"), H, (Step(1, 2),), number.to_bytes(32, "big"))


def test_a_commitment_looks_the_same_whatever_it_hides() -> None:
    market = Market()
    market.to_revealing()
    sealed = market.events("sealed")
    assert len({event["commitment"] for event in sealed}) == len(sealed)
    shown = repr(sealed)
    assert "steps" not in shown
    assert market.view.get("opened/0/0") is None


def refused(market: Market, receipt: Receipt, error: str) -> None:
    """It failed by its name, and changed no money; the next block shows that nothing is half done."""
    assert not receipt.ok
    assert receipt.error.startswith(f"{error}:"), receipt.error
    assert not receipt.events
    assert market.money() == market.account("issued")


OTHER = sha256(b"another blinding factor")
WRONG_REVEALS = {
    "another blinding factor": ("WrongOpening", lambda m: m.reveal("ash", USUAL["ash"], blinding=OTHER)),
    "no blinding factor": ("BadBlinding", lambda m: m.reveal("ash", USUAL["ash"], blinding=bytes(32))),
    "a lower price": (
        "WrongOpening",
        lambda m: m.reveal("ash", ask("ash", (1_000, 99_999), (2_000, 150_000))),
    ),
    "one Wh more": (
        "WrongOpening",
        lambda m: m.reveal("ash", ask("ash", (1_001, 100_000), (2_000, 150_000))),
    ),
    "a step less": ("WrongOpening", lambda m: m.reveal("ash", ask("ash", (1_000, 100_000)))),
    "another's bid": ("WrongOpening", lambda m: m.reveal("beech", USUAL["ash"], blinding=BLINDING)),
    "nothing sealed": ("NotSealed", lambda m: m.reveal("fir", USUAL["fir"])),
    "another window": ("UnknownWindow", lambda m: m.reveal("ash", USUAL["ash"], window=1)),
}


@pytest.mark.parametrize("case", WRONG_REVEALS)
def test_a_wrong_reveal_is_refused_and_the_right_one_still_taken(case: str) -> None:
    error, attempt = WRONG_REVEALS[case]
    market = Market()
    market.to_revealing({name: USUAL[name] for name in ("ash", "beech")})
    refused(market, attempt(market), error)
    assert market.window().revealed == 0
    assert market.escrow("capacity/0/bond/0") == CURRENCY + 250_000
    market.take(market.reveal("ash", USUAL["ash"]))


def reveal_late(market: Market) -> Receipt:
    market.run_until(Phase.CLEARING)
    return market.reveal("ash", USUAL["ash"])


ALTERED = ask("ash", (1_000, 100_000), (2_000, 150_001))
UNREVEALED: dict[str, tuple[str, Callable[[Market], Receipt]]] = {
    "opened with another blinding factor": (
        "WrongOpening",
        lambda m: m.reveal("ash", USUAL["ash"], blinding=OTHER),
    ),
    "revealed late": ("NotNow", reveal_late),
    "altered": ("WrongOpening", lambda m: m.reveal("ash", ALTERED)),
}


@pytest.mark.parametrize("case", UNREVEALED)
def test_a_bid_opened_with_another_blinding_factor_revealed_late_or_altered_is_refused_and_its_bond_kept(
    case: str,
) -> None:
    error, attempt = UNREVEALED[case]
    market = Market()
    market.to_revealing({name: USUAL[name] for name in ("ash", "dell")})
    market.take(market.reveal("dell", USUAL["dell"]))
    refused(market, attempt(market), error)
    market.run_until(Phase.CLEARING)
    bond = CURRENCY + 250_000
    assert market.balance("ash") == BALANCE - bond
    assert market.balance(FORFEITS) == bond
    assert (market.window().sealed, market.window().revealed) == (2, 1)
    refused(market, market.reveal("ash", USUAL["ash"]), "NotNow")


def test_nothing_is_revealed_before_the_deadline_nor_sealed_after_it() -> None:
    market = Market()
    market.take(market.open())
    market.take(market.seal("ash", USUAL["ash"]))
    last = market.window().since + DEADLINES.seal_slots
    while market.chain.head.slot < last:
        refused(market, market.reveal("ash", USUAL["ash"]), "NotNow")
        assert market.view.get("opened/0/0") is None
    assert market.phase is Phase.SEALING
    refused(market, market.seal("dell", USUAL["dell"]), "NotNow")
    assert market.phase is Phase.REVEALING
    refused(market, market.clear(), "NotNow")


def test_a_bid_is_revealed_once() -> None:
    market = Market()
    market.to_revealing({name: USUAL[name] for name in ("ash", "beech")})
    market.take(market.reveal("ash", USUAL["ash"]))
    refused(market, market.reveal("ash", USUAL["ash"]), "DoneBefore")


BAD_CURVES: dict[str, tuple[str, str, Bid]] = {
    "beyond the device, by its power": ("BeyondBound", "ash", ask("ash", (5_001, 1))),
    "beyond the cap": ("PriceAboveCap", "ash", ask("ash", (1_000, CAP_UKWH + 1))),
    "an ask that falls": ("FallingAsk", "ash", ask("ash", (1_000, 2), (1_000, 1))),
    "a bid that rises": ("RisingBid", "dell", want((1_000, 1), (1_000, 2))),
    "beyond one's own bound": ("BeyondBound", "dell", Bid(Side.BUY, ((2_000, 5),), bound_wh=1_999)),
}


@pytest.mark.parametrize("case", BAD_CURVES)
def test_a_bid_that_turns_out_to_be_beyond_its_bounds_is_refused_and_its_bond_lost(case: str) -> None:
    error, name, bid = BAD_CURVES[case]
    market = Market()
    other = "beech" if name == "dell" else "elm"
    market.to_revealing({name: bid, other: USUAL[other]})
    refused(market, market.reveal(name, bid), error)
    bond = market.escrow("capacity/0/bond/0")
    market.run_until(Phase.LAPSED)
    assert market.balance(name) == BALANCE - bond


def test_eq_1_is_the_lesser_of_energy_and_power() -> None:
    market = Market(changes={"devices": (device_of("ash", energy_wh=3_000),)})
    market.to_revealing({"ash": ask("ash", (2_851, 5)), "beech": want((1, 1))})
    # 95 % of 3,000 Wh arrive at the export.
    refused(market, market.reveal("ash", ask("ash", (2_851, 5))), "BeyondBound")


SEALS: dict[str, tuple[str, Callable[[Market], Receipt]]] = {
    "another side": (
        "BothSides",
        lambda m: m.seal("ash", want((1, 1))),
    ),
    "a second bid": ("DoneBefore", lambda m: m.seal("ash", USUAL["ash"])),
    "no device": ("Misstated", lambda m: m.seal("beech", USUAL["beech"], device=None)),
    "a device and a bound": ("Misstated", lambda m: m.seal("beech", USUAL["beech"], bound_wh=5)),
    "a buyer's device": ("Misstated", lambda m: m.seal("dell", USUAL["dell"], device=1)),
    "a buyer without a bound": ("Misstated", lambda m: m.seal("dell", USUAL["dell"], bound_wh=None)),
    "a bound beyond the market": ("Misstated", lambda m: m.seal("dell", USUAL["dell"], bound_wh=10**6 + 1)),
    "another's device": ("NotConcerned", lambda m: m.seal("beech", USUAL["beech"], device=2)),
    "no such device": ("UnknownDevice", lambda m: m.seal("beech", USUAL["beech"], device=9)),
    "no point": ("BadCommitment", lambda m: m.seal("dell", USUAL["dell"], commitment=b"\x05" + bytes(32))),
    "the identity": ("BadCommitment", lambda m: m.seal("dell", USUAL["dell"], commitment=IDENTITY)),
    "not 33 bytes": ("ArgumentError", lambda m: m.seal("dell", USUAL["dell"], commitment=GENERATOR[:32])),
    "no such window": ("UnknownWindow", lambda m: m.seal("dell", USUAL["dell"], window=1)),
}


@pytest.mark.parametrize("case", SEALS)
def test_a_bid_that_cannot_be_sealed_is_refused(case: str) -> None:
    error, attempt = SEALS[case]
    market = Market()
    market.take(market.open())
    market.take(market.seal("ash", USUAL["ash"]))
    root_of_money = market.money(), market.balance("beech"), market.balance("dell")
    refused(market, attempt(market), error)
    assert (market.money(), market.balance("beech"), market.balance("dell")) == root_of_money
    assert market.window().sealed == 1


def test_a_device_that_can_give_nothing_in_a_window_is_not_offered_in_it() -> None:
    market = Market(changes={"devices": (device_of("ash", export_w=(3,) * 96),)})
    market.take(market.open())
    refused(market, market.seal("ash", USUAL["ash"]), "Misstated")
    assert market.window().sealed == 0
    assert market.money() == market.account("issued")


def test_a_bond_that_one_has_not_is_refused() -> None:
    market = Market(changes={"bond_floor": BALANCE})
    market.take(market.open())
    refused(market, market.seal("ash", USUAL["ash"]), "InsufficientBalance")
    assert market.window().sealed == 0


def test_a_device_is_offered_once_at_a_time() -> None:
    market = Market()
    market.take(market.open())
    market.take(market.open(FIRST + PERIODS - 1))
    market.take(market.open(FIRST + PERIODS))
    market.take(market.seal("ash", USUAL["ash"]))
    refused(market, market.seal("ash", USUAL["ash"], window=1), "DeviceTaken")
    market.take(market.seal("ash", USUAL["ash"], window=2))


def test_no_more_bids_than_the_market_takes() -> None:
    market = Market(changes={"bids_max": 2, "deadlines": replace(DEADLINES, seal_slots=9)})
    market.take(market.open())
    market.take(market.seal("dell", USUAL["dell"]))
    refused(market, market.seal("elm", USUAL["elm"]), "TooMany")
    # Buyers, however many, take no seller's place.
    market.take(market.seal("ash", USUAL["ash"]))
    refused(market, market.seal("beech", USUAL["beech"]), "TooMany")


OPENINGS: dict[str, tuple[str, Callable[[Market], Receipt]]] = {
    "too soon": ("TooSoon", lambda m: m.open(m.chain.genesis.period(m.chain.slot) + 16)),
    "too far": ("TooFar", lambda m: m.open(FIRST + 96 * 8)),
    "too long": ("TooLong", lambda m: m.open(periods=5)),
    "by nobody who may": ("NotAllowed", lambda m: m.open(sender="dell")),
}


@pytest.mark.parametrize("case", OPENINGS)
def test_a_window_that_cannot_be_opened_is_refused(case: str) -> None:
    error, attempt = OPENINGS[case]
    market = Market(changes={"periods_max": 4})
    refused(market, attempt(market), error)


def test_a_window_can_be_opened_as_soon_as_its_deadlines_allow() -> None:
    market = Market()
    market.take(market.open(market.chain.genesis.period(market.chain.slot) + 17))


def test_no_more_windows_than_the_market_follows() -> None:
    market = Market(changes={"windows_max": 2})
    market.take(market.open(FIRST))
    market.take(market.open(FIRST + 1, sender="birch"))
    refused(market, market.open(FIRST + 2, sender="cedar"), "TooMany")


def test_no_opener_fills_the_market() -> None:
    """Of eight windows, half: one opener of the four may be faulty."""
    market = Market(changes={"deadlines": replace(DEADLINES, seal_slots=9)})
    for ahead in range(4):
        market.take(market.open(FIRST + ahead))
    refused(market, market.open(FIRST + 4), "TooMany")
    market.take(market.open(FIRST + 4, sender="birch"))


def test_the_same_periods_are_opened_once() -> None:
    market = Market()
    market.take(market.open())
    refused(market, market.open(), "DoneBefore")
    market.take(market.open(periods=PERIODS + 1))


def test_the_clearing_links_its_own_window() -> None:
    market = Market(changes={"deadlines": replace(DEADLINES, clear_slots=4)})
    market.to_clearing({name: USUAL[name] for name in ("ash", "dell")})
    market.take(market.open(FIRST + 60))
    refused(market, market.clear(links=(market.window(1).process,)), "WrongProcess")
    market.take(market.clear())
    again = (market.window().process, *market.standing())
    market.chain.make_block()
    refused(market, market.clear(links=again), "NotNow")


def test_a_device_is_certified_anew_only_while_it_is_offered_nowhere() -> None:
    market = Market()
    better = asdict(device_of("ash", energy_wh=20_000))
    market.take(market.call("eno", "certify", number=0, device=better))
    market.take(market.open())
    market.take(market.seal("ash", USUAL["ash"]))
    refused(market, market.call("eno", "certify", number=0, device=better), "UnfitDevice")
    refused(market, market.call("ash", "certify", number=1, device=better), "NotAllowed")
    refused(market, market.call("eno", "certify", number=4, device=better), "UnfitDevice")
    refused(market, market.call("eno", "certify", number=3, device=better), "UnfitDevice")
    short = {**better, "meter": address("spare-meter"), "export_w": (1,) * 95}
    refused(market, market.call("eno", "certify", number=3, device=short), "UnfitDevice")
    spare = {**better, "meter": address("spare-meter")}
    market.take(market.call("eno", "certify", number=3, device=spare))
