"""What a node says of itself does not depend on what one of its peers makes up."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from crypto.keys import PrivateKey
from ledger.committee import Committee, Validator
from ledger.quantities import Height
from net.peer import Peer
from node.clock import now_ms
from node.metrics import Metrics
from node.report import median_offset_ms, status_document, told_height
from node.watch import Watch
from tests.net.fakes import FakePeer, as_peer, fake_peer
from tests.node.networks import VALIDATORS, key_of, make_network

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


def peers_with(*offsets: int | None) -> list[Peer]:
    return [as_peer(FakePeer(fake_peer(1).address, Height(0), offset)) for offset in offsets]


@pytest.mark.parametrize(
    ("offsets", "median"),
    [
        ((), 0),
        ((None,), 0),
        ((700,), 700),
        ((-700, None), -700),
        ((600, 620, 640), 620),
        ((-600, -620, 10**9), -600),
        ((10, 12, -(10**9)), 10),
        ((3, 10**9), 3),
        ((-(10**9), -3), -3),
        ((-5, 5, 900, 910, 920, 10**9), 900),
    ],
)
def test_the_clock_is_held_against_the_middle_of_the_others(offsets: tuple[int, ...], median: int) -> None:
    assert median_offset_ms(peers_with(*offsets)) == median


@pytest.mark.parametrize("offset_ms", [501, -501])
def test_a_clock_that_is_off_is_said_to_be_so_in_either_direction(tmp_path: Path, offset_ms: int) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.start("v1") as node:
            own, chain = node.address, node.chain
            others = [
                as_peer(FakePeer(key_of(name).address, Height(0), offset_ms)) for name in VALIDATORS[1:]
            ]
            document = status_document("v1", own, chain, [], others, 0, now_ms())
            assert document["clock_offset_ms"] == offset_ms
            assert document["reason"] == (
                f"the clock differs by {offset_ms} ms from the validators'; check time synchronisation"
            )
            watch = Watch(chain, own, Metrics())
            with capture_logs() as logs:
                for peers in (others, others, peers_with(20, 20, 20), others):
                    watch.clock(peers)
            events = [entry["event"] for entry in logs]
            assert events == ["clock is off", "clock is right again", "clock is off"]

    asyncio.run(run())
