"""Keys: made once, for their owner's eyes, and never printed."""

from pathlib import Path
from typing import Any

from crypto.keys import PrivateKey


def test_new_key_is_readable_by_its_owner_alone(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = run("keys", "new", path, "--json")
    assert made.code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    key = PrivateKey.from_pem(path.read_bytes())
    assert made.json["address"] == key.address
    assert made.json["public_key"] == key.public_key.hex()


def test_existing_key_is_never_overwritten(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    run("keys", "new", path)
    before = path.read_bytes()
    refused = run("keys", "new", path)
    assert refused.code == 1
    assert "exists already" in refused.err.replace("\n", " ")
    assert path.read_bytes() == before


def test_show_never_prints_the_secret(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    run("keys", "new", path)
    shown = run("keys", "show", path)
    secret = PrivateKey.from_pem(path.read_bytes()).secret
    assert shown.code == 0
    assert f"{secret:x}" not in shown.out
    assert "PRIVATE" not in shown.out


def test_missing_or_broken_key_is_a_configuration_error(run: Any, tmp_path: Path) -> None:
    assert run("keys", "show", tmp_path / "none.pem").code == 3
    broken = tmp_path / "broken.pem"
    broken.write_bytes(b"-----BEGIN NOTHING-----")
    refused = run("keys", "show", broken)
    assert refused.code == 3
    assert "broken.pem" in refused.err


def test_no_such_command_is_a_usage_error(run: Any) -> None:
    assert run("keys", "lose").code == 2
    assert run("keys", "new").code == 2


def test_version_is_data_on_stdout(run: Any) -> None:
    shown = run("version", "--json")
    assert shown.code == 0
    assert set(shown.json) == {"gridquorum", "python"}
    assert shown.err == ""
