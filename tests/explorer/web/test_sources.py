"""What the page is made of: small modules, no markup from text, and libraries as the manifest says."""

import json
import re
from pathlib import Path

import pytest

from tests.explorer.web.vendored import MANIFEST, PAGE, TESTS, sha256

WEB = PAGE.parent
OWN = sorted(
    path for path in WEB.rglob("*") if path.suffix in {".js", ".html", ".css"} and path.parent != PAGE
)
MODULES = [path for path in OWN if path.suffix == ".js"]
LINES_MAX = 250
IMPORT = re.compile(r"^(?:(?:import|export) .*?from |import )\"(.+)\";$|\bimport\(\"(.+)\"\)", re.MULTILINE)
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML|\beval\(|new Function|"
    r"createContextualFragment|DOMParser|srcdoc"
)


def name(path: Path) -> str:
    return str(path.relative_to(WEB))


def imports(path: Path) -> list[str]:
    return ["".join(found) for found in IMPORT.findall(path.read_text())]


@pytest.mark.parametrize("path", OWN, ids=name)
def test_files_are_small_and_make_no_markup_of_text(path: Path) -> None:
    text = path.read_text()
    limit = LINES_MAX if path.suffix != ".css" else 2 * LINES_MAX
    assert len(text.splitlines()) <= limit
    assert not MARKUP.search(text)
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_import_what_is_there(path: Path) -> None:
    for found in imports(path):
        assert found.startswith("."), "the browser finds only files"
        assert (path.parent / found).resolve().is_file(), found


def test_no_module_is_left_over() -> None:
    reached = {WEB / "app.js"}
    waiting = list(reached)
    while waiting:
        path = waiting.pop()
        for found in imports(path):
            target = (path.parent / found).resolve()
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    assert [name(path) for path in MODULES if path not in reached] == []


def test_the_page_needs_no_script_or_style_within_it() -> None:
    text = (WEB / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert "<style" not in text
    assert not re.search(r"\son\w+=|\sstyle=", text)


@pytest.mark.parametrize("folder", [PAGE, TESTS], ids=["page", "tests"])
def test_libraries_are_those_of_the_manifest(folder: Path) -> None:
    entries = json.loads((folder / MANIFEST).read_text())
    kept = {path.name for path in folder.iterdir()} - {MANIFEST}
    assert {entry["file"] for entry in entries} == kept
    for entry in entries:
        assert sha256((folder / entry["file"]).read_bytes()) == entry["sha256"], entry["file"]
    packages = {entry["package"] for entry in entries}
    licensed = {entry["package"] for entry in entries if entry["file"].startswith("LICENSE")}
    assert licensed == packages
