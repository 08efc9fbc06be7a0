"""Figure 10: any three members open the curve that was dealt, and two learn nothing of it."""

from functools import cache
from itertools import combinations

import pytest

from crypto.errors import TooFewShares
from crypto.field import ORDER
from crypto.shamir import reconstruct
from studies.profiles import load_profiles
from studies.storage_sharing import MEMBERS, THRESHOLD, Sharing, fits, fitting_share, share_curve

CURVES = [park.forecast.load_wh for park in load_profiles().parks]


@cache
def sharing() -> Sharing:
    return share_curve(CURVES[0], 1)


def test_every_three_of_five_open_the_curve() -> None:
    assert set(sharing().opened) == set(combinations(range(1, MEMBERS + 1), THRESHOLD))
    assert set(sharing().opened.values()) == {CURVES[0]}


def test_two_do_not() -> None:
    for two in combinations(sharing().shares.items(), THRESHOLD - 1):
        with pytest.raises(TooFewShares):
            reconstruct(dict(two), THRESHOLD)
    assert not set(sharing().guessed) & set(CURVES[0])


def test_two_shares_go_with_every_curve() -> None:
    """So that whoever holds two knows no more than before: each curve has a third share that completes it."""
    assert all(fits(sharing(), curve) for curve in (*CURVES, (0,) * len(CURVES[0])))
    known = {member: sharing().shares[member][:-1] for member in (2, 5)}
    made_up = fitting_share(known, 3, CURVES[1])
    assert reconstruct({**known, 3: made_up}, THRESHOLD) == CURVES[1]
    assert made_up != sharing().shares[3][:-1]
    assert fitting_share(known, 3, CURVES[0]) == sharing().shares[3][:-1]


def test_shares_are_of_the_whole_field_and_nobodys_is_the_curve() -> None:
    for share in sharing().shares.values():
        assert len(share) == len(CURVES[0]) + 1
        assert all(0 <= element < ORDER for element in share)
        assert min(share) < ORDER // 10
        assert max(share) > ORDER - ORDER // 10
    assert len(set().union(*sharing().shares.values())) == MEMBERS * (len(CURVES[0]) + 1)


def test_the_same_seed_deals_the_same_and_another_does_not() -> None:
    short = CURVES[0][:8]
    one, again, other = share_curve(short, 2), share_curve(short, 2), share_curve(short, 3)
    assert one == again
    assert one.opened == other.opened
    assert one.shares != other.shares
