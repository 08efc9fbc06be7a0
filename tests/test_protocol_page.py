"""docs/protocol.md says what the code does: its vectors, its codes and its purposes."""

import re
from pathlib import Path

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
    assert shown["root of the state {a: 1, b: 2, c: empty}"] == test_vectors.STATE_ROOT


def test_frames_of_the_page_are_those_of_the_table() -> None:
    section = PAGE[PAGE.index("## Network") : PAGE.index("## Proof bundle")]
    codes = [
        code for row in re.findall(r"^\| ([0-9, ]+) \|", section, re.MULTILINE) for code in row.split(", ")
    ]
    assert [int(code) for code in codes] == sorted(TABLE)
