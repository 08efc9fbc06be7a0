"""What a node says of itself does not depend on what one of its peers makes up."""

import pytest

from crypto.keys import PrivateKey
from ledger.committee import Committee, Validator
from ledger.quantities import Height
from node.report import told_height
from tests.net.fakes import as_peer, fake_peer

FAR = 2**40


def committee(members: int) -> Committee:
    keys = [PrivateKey.from_secret(secret) for secret in range(1, members + 1)]
    return Committee(tuple(Validator(key.address, key.public_key) for key in keys))


@pytest.mark.parametrize(
    ("members", "heights", "told"),
    [
        (4, [], 0),
        (4, [7], 7),
        (4, [7, 9], 7),
        (4, [FAR, 9, 8], 9),
        (4, [FAR, 9, 8, 8], 9),
        (7, [FAR, FAR, 9, 8, 7], 9),
        (3, [9, 8], 9),
    ],
)
def test_a_height_counts_if_an_honest_validator_tells_it(members: int, heights: list[int], told: int) -> None:
    peers = [as_peer(fake_peer(number, height)) for number, height in enumerate(heights, 1)]
    assert told_height(committee(members), peers) == told


def test_who_is_no_validator_is_not_believed() -> None:
    peers = [as_peer(fake_peer(99, FAR)), as_peer(fake_peer(1, 5))]
    assert told_height(committee(4), peers) == Height(5)
