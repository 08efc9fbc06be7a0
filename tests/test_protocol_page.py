"""docs/protocol.md says what the code does: its vectors, its codes and its purposes."""

import re
from pathlib import Path

from consensus.poe import Seat, draws, seed_of, ticket_of, turns
from crypto.hashing import Digest
from ledger.quantities import Height
from net.wire import TABLE
from tests.ledger import test_vectors
from tests.ledger.builders import key_of

PAGE = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text()


def vectors() -> dict[str, str]:
    return dict(re.findall(r"^\| ([^|]+) \| `([0-9A-Za-z]+)` \|$", PAGE, re.MULTILINE))


def test_vectors_of_the_page_are_those_of_the_tests() -> None:
    shown = vectors()
    assert shown["public key of scalar 1000"] == key_of(0).public_key.hex()
    assert shown["its address"] == key_of(0).address
    assert shown["transaction"] == test_vectors.TRANSACTION
    assert shown["its identifier"] == test_vectors.TX_ID
    assert shown["header"] == test_vectors.HEADER_RAW
    assert shown["its block hash"] == test_vectors.BLOCK_HASH
    assert shown["seal of member 0, round 12"] == test_vectors.SEAL
    ballot = "signed ballot of a round change: height 2, round 12, prepared round 11, prepared digest 07..."
    assert shown[ballot] == test_vectors.SIGNED_BALLOT
    assert shown["root of the state {a: 1, b: 2, c: empty}"] == test_vectors.STATE_ROOT
    assert shown["its chunk up to the path 80 00..."] == test_vectors.CHUNK
    assert shown["certification"] == test_vectors.CERTIFICATION
    assert shown["its signature by the authority"] == test_vectors.CERTIFICATION_SIGNATURE
    assert shown["revocation"] == test_vectors.REVOCATION
    assert shown["the revocation's signature"] == test_vectors.REVOCATION_SIGNATURE


def test_turns_by_energy_of_the_page_are_those_of_the_code() -> None:
    shown = vectors()
    seed = seed_of(Digest(bytes([1]) * 32), 1)
    seats = tuple(Seat(number, weight) for number, weight in enumerate((40, 30, 20, 10), start=1))
    drawn = draws(seed, Height(100), 1, 256)
    orders = [turns(seed, Height(height), seats, 256) for height in range(97, 105)]
    assert shown["seed of epoch 1"] == seed.hex()
    assert shown["draw 0 of member 1 at height 100"] == drawn[0].hex()
    assert shown["its ticket"] == ticket_of(drawn).to_bytes(32).hex()
    assert shown["orders of the heights 97 to 104"] == "".join(
        str(place) for order in orders for place in order
    )


def test_frames_of_the_page_are_those_of_the_table() -> None:
    section = PAGE[PAGE.index("## Network") : PAGE.index("## Proof bundle")]
    codes = [
        code for row in re.findall(r"^\| ([0-9, ]+) \|", section, re.MULTILINE) for code in row.split(", ")
    ]
    assert [int(code) for code in codes] == sorted(TABLE)
