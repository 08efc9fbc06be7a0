"""The page's libraries as they are committed: where each comes from, what was changed in it, its hash.

    python -m tests.explorer.web.vendored    # packs them anew from the registry (needs npm)

A browser has no package registry, so that imports of a library become relative ones; nothing else is changed.
"""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "explorer" / "web" / "vendor"
TESTS = Path(__file__).parent / "vendor"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the registry, and which of its files are kept, under which name."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    imports: dict[str, str] = field(default_factory=dict)
    """What its modules import, and the file beside them that it becomes."""


SIGNAL_IMPORTS = {
    "preact": "./preact.js",
    "preact/hooks": "./hooks.js",
    "@preact/signals-core": "./signals-core.js",
}
PAGE_PACKAGES = (
    Package(
        "preact",
        "11.2.0",
        "MIT",
        {
            "dist/preact.mjs": "preact.js",
            "hooks/dist/hooks.mjs": "hooks.js",
            "LICENSE": "LICENSE.preact",
        },
        {"preact": "./preact.js"},
    ),
    Package(
        "@preact/signals-core",
        "1.14.5",
        "MIT",
        {"dist/signals-core.mjs": "signals-core.js", "LICENSE": "LICENSE.signals-core"},
    ),
    Package(
        "@preact/signals",
        "2.11.4",
        "MIT",
        {"dist/signals.mjs": "signals.js", "LICENSE": "LICENSE.signals"},
        SIGNAL_IMPORTS,
    ),
    Package("htm", "3.1.1", "Apache-2.0", {"dist/htm.mjs": "htm.js", "LICENSE": "LICENSE.htm"}),
    Package(
        "echarts",
        "6.1.0",
        "Apache-2.0",
        {
            "dist/echarts.esm.min.mjs": "echarts.js",
            "LICENSE": "LICENSE.echarts",
            "NOTICE": "NOTICE.echarts",
            "licenses/LICENSE-d3": "LICENSE.echarts-d3",
        },
    ),
)
TEST_PACKAGES = (
    Package("axe-core", "4.14.1", "MPL-2.0", {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE.axe-core"}),
)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fitted(data: bytes, imports: dict[str, str]) -> bytes:
    """A module whose imports a browser finds, without the address of a source map that is not kept."""
    for name, path in imports.items():
        data = data.replace(f'from"{name}"'.encode(), f'from"{path}"'.encode())
    lines = [line for line in data.split(b"\n") if not line.startswith(b"//# sourceMappingURL=")]
    return b"\n".join(lines)


def fetch(package: Package, folder: Path) -> list[dict[str, str]]:
    """Write a package's files into `folder`; what the manifest says of each."""
    with tempfile.TemporaryDirectory() as scratch:
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
            cwd=scratch, check=True, capture_output=True, text=True,
        )  # fmt: skip
        with tarfile.open(Path(scratch) / packed.stdout.split()[-1]) as archive:
            return [
                keep(package, path, archive.extractfile(f"package/{path}").read(), folder)  # type: ignore[union-attr]
                for path in package.files
            ]


def keep(package: Package, path: str, data: bytes, folder: Path) -> dict[str, str]:
    name = package.files[path]
    kept = fitted(data, package.imports) if name.endswith(".js") else data
    (folder / name).write_bytes(kept)
    return {
        "file": name,
        "package": package.name,
        "version": package.version,
        "licence": package.licence,
        "path": path,
        "sha256_packed": sha256(data),
        "sha256": sha256(kept),
    }


def main() -> None:
    for folder, packages in ((PAGE, PAGE_PACKAGES), (TESTS, TEST_PACKAGES)):
        folder.mkdir(exist_ok=True)
        entries = [entry for package in packages for entry in fetch(package, folder)]
        (folder / MANIFEST).write_text(json.dumps(entries, indent=1) + "\n")


if __name__ == "__main__":
    main()
