"""Fuzz one target: `python -m tests.fuzz.fuzz TARGET FOLDER [libFuzzer's options]`. Needs atheris.

Without options that say otherwise it runs until it finds something. Replay what it found, without atheris:
`python -m tests.fuzz.replay TARGET FILE`.
"""

import sys
from contextlib import suppress
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["crypto", "ledger", "consensus", "contracts", "net", "node", "cli"]):
    from tests.fuzz.mutate import cross_msgpack, mutate_msgpack
    from tests.fuzz.target import Target
    from tests.fuzz.targets import TARGETS

KEEPING_SHAPE = 0.7
MEMORY_MB = 1_024
INPUT_S = 10
"""No input may take longer: it is of a few kilobytes."""


def main() -> None:
    name, folder, *options = sys.argv[1:]
    target, home = TARGETS[name], Path(folder) / name
    (home / "corpus").mkdir(parents=True, exist_ok=True)
    (home / "found").mkdir(exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (home / "corpus" / f"seed-{number}").write_bytes(seed)
    limits = [f"-max_len={target.bytes_max}", f"-rss_limit_mb={MEMORY_MB}", f"-timeout={INPUT_S}"]
    prefix = f"-artifact_prefix={home / 'found'}/"
    atheris.Setup(
        [sys.argv[0], *limits, prefix, *options, str(home / "corpus")], target.take, **mutators(target)
    )
    atheris.Fuzz()


def mutators(target: Target) -> dict[str, object]:
    """Most of the changes keep the shape, the others are libFuzzer's own."""
    change = target.mutate
    if change is None:
        return {}

    def mutate(data: bytes, size_max: int, seed: int) -> bytes:
        random = Random(seed)
        # Of what nests too deeply for Python there is no changing a part.
        with suppress(RecursionError):
            changed = change(bytes(data), random) if random.random() < KEEPING_SHAPE else b""
            if 0 < len(changed) <= size_max:
                return changed
        return bytes(atheris.Mutate(data, size_max))

    def cross(data: bytes, other: bytes, size_max: int, seed: int) -> bytes:
        with suppress(RecursionError):
            return cross_msgpack(bytes(data), bytes(other), Random(seed))[:size_max]
        return data

    return {"custom_mutator": mutate, **({"custom_crossover": cross} if change is mutate_msgpack else {})}


if __name__ == "__main__":
    main()
