"""Two copies on disk, which change together or say so."""

import os
from pathlib import Path

import pytest

from node.vote_files import VoteFiles, read_votes, replace_file


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    made = (tmp_path / "a" / "votes.log", tmp_path / "b" / "votes.log")
    for path in made:
        path.parent.mkdir()
        replace_file(path, b"begin|")
    return made


def test_both_copies_grow(paths: tuple[Path, Path]) -> None:
    files = VoteFiles(paths)
    files.append(b"one|")
    files.append(b"two|")
    files.close()
    assert read_votes(paths) == (b"begin|one|two|",) * 2


def test_rewriting_replaces_both_and_goes_on(paths: tuple[Path, Path]) -> None:
    files = VoteFiles(paths)
    files.append(b"one|")
    files.rewrite(b"fresh|")
    files.append(b"two|")
    files.close()
    assert read_votes(paths) == (b"fresh|two|",) * 2
    assert all(list(path.parent.iterdir()) == [path] for path in paths)


def test_files_that_cannot_be_opened_again_are_closed_once(
    paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then the number of a closed file may be that of another, such as a connection."""
    files = VoteFiles(paths)
    monkeypatch.setattr("node.vote_files.APPEND", os.O_WRONLY | os.O_DIRECTORY)
    with pytest.raises(NotADirectoryError):
        files.rewrite(b"fresh|")
    files.close()


def test_a_vote_log_is_its_owner_s_alone(paths: tuple[Path, Path]) -> None:
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}


def test_what_cannot_be_written_raises_before_the_second_copy(paths: tuple[Path, Path]) -> None:
    files = VoteFiles(paths)
    files.close()
    with pytest.raises(OSError, match="descriptor"):
        files.append(b"lost")
    assert read_votes(paths) == (b"begin|",) * 2


def test_a_full_disk_is_named_by_the_file_on_it(paths: tuple[Path, Path]) -> None:
    full = Path("/dev/full")
    files = VoteFiles((full, paths[1]))
    with pytest.raises(OSError, match=r"No space left.*/dev/full"):
        files.append(b"lost")
    files.close()
    assert paths[1].read_bytes() == b"begin|"


def test_a_missing_copy_is_none(paths: tuple[Path, Path]) -> None:
    paths[1].unlink()
    assert read_votes(paths) == (b"begin|", None)
