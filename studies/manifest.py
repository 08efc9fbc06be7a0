"""What a study's results came from, beside them: seed, versions, and hashes of inputs and figures."""

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from crypto.hashing import sha256

PACKAGES = ("gridquorum", "numpy", "scipy", "matplotlib", "pandapower", "simbench")


def write_manifest(
    path: Path, seed: int, inputs: Sequence[Path], figures: Sequence[Path], **said: Any
) -> None:
    """As JSON; nothing in it changes from one run to the next on the same machine."""
    manifest: Mapping[str, Any] = {
        "seed": seed,
        **said,
        "versions": {"python": platform.python_version(), **_versions()},
        "inputs_sha256": {each.name: sha256(each.read_bytes()).hex() for each in inputs},
        "figures_sha256": {each.name: sha256(each.read_bytes()).hex() for each in figures},
    }
    path.write_text(json.dumps(manifest, indent=2) + "\n")


def _versions() -> Mapping[str, str]:
    """Of what is installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
