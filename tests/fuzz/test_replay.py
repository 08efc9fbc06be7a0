"""The targets hold for their seeds, for thousands of changed ones, and for all that fuzzing ever found.

Fuzzing itself is `make fuzz`; see docs/drill.md.
"""

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).parent / "found"
"""Inputs that once broke a decoder, by target."""
CHANGES = 50


@pytest.mark.parametrize("name", TARGETS)
def test_valid_inputs_and_changed_ones_are_read_or_refused_by_name(name: str) -> None:
    target, random = TARGETS[name], Random(1)
    for seed in target.seeds():
        target.take(seed)
        for _ in range(CHANGES):
            data = target.mutate(seed, random) if target.mutate else cut_or_flipped(seed, random)
            target.take(data)


@pytest.mark.parametrize(
    "path", sorted(FOUND.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_what_once_broke_a_decoder_does_no_more(path: Path) -> None:
    TARGETS[path.parent.name].take(path.read_bytes())


def cut_or_flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data[: random.choice((len(data), len(data), random.randrange(len(data) + 1)))])
    if changed:
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)
