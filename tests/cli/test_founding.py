"""Founding a network: in one place for tests, or as in life, where every member makes its own keys."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.dispatch.parameters import parameters_of
from node.config import CONFIG_NAME, load_config
from node.files import read_genesis
from node.serving import read_tokens
from studies.profiles import PARK_DAY


def test_testnet_is_ready_to_start(run: Any, tmp_path: Path) -> None:
    made = run("testnet", "init", "--out", tmp_path / "net", "--json")
    assert made.code == 0
    assert [Path(node).name for node in made.json["nodes"]] == [
        "validator-1",
        "validator-2",
        "validator-3",
        "validator-4",
        "field",
    ]
    for node in made.json["nodes"]:
        checked = run("config", "validate", "--dir", node, "--json")
        assert checked.code == 0
        assert checked.json["chain"] == made.json["chain"]
        assert checked.json["validates"] == (checked.json["node"] != "field")
        assert (Path(node) / "node.key").stat().st_mode & 0o077 == 0


def test_apis_of_containers_ask_for_tokens(run: Any, tmp_path: Path) -> None:
    made = run("testnet", "init", "--containers", "--out", tmp_path / "net", "--json")
    configs = [load_config(Path(node) / CONFIG_NAME) for node in made.json["nodes"]]
    tokens = [token for config in configs for token in read_tokens(config)]
    assert len(set(tokens)) == len(configs)
    for config in configs:
        assert config.api.listen == "0.0.0.0:7480"
        assert config.api.token_file is not None
        assert config.api.token_file.stat().st_mode & 0o077 == 0


def test_apis_on_loopback_need_none(run: Any, tmp_path: Path) -> None:
    made = run("testnet", "init", "--out", tmp_path / "net", "--json")
    assert all(not read_tokens(load_config(Path(node) / CONFIG_NAME)) for node in made.json["nodes"])


@pytest.mark.parametrize("count", [1, 2, 7])
def test_testnet_has_as_many_validators_as_asked_for(run: Any, count: int, tmp_path: Path) -> None:
    run("testnet", "init", "-n", count, "--out", tmp_path / "net")
    described = run("genesis", "validate", tmp_path / "net" / "genesis.json", "--json").json
    assert len(described["committee"]) == count


def test_testnet_never_overwrites(run: Any, tmp_path: Path) -> None:
    run("testnet", "init", "--out", tmp_path / "net")
    before = (tmp_path / "net" / "genesis.json").read_bytes()
    assert run("testnet", "init", "--out", tmp_path / "net").code == 1
    assert (tmp_path / "net" / "genesis.json").read_bytes() == before


def test_every_node_knows_the_committee_and_keeps_its_own_keys(run: Any, tmp_path: Path) -> None:
    run("testnet", "init", "--out", tmp_path / "net", "--port", 22_000)
    shown = run("config", "show", "--dir", tmp_path / "net" / "nodes" / "validator-2").json
    assert shown["network"]["peers"] == ["127.0.0.1:22000", "127.0.0.1:22002", "127.0.0.1:22003"]
    keys = {path.read_bytes() for path in (tmp_path / "net").rglob("*.key")}
    assert len(keys) == len(list((tmp_path / "net").rglob("*.key")))


def test_validators_alone_keep_an_index_where_all_share_a_machine(run: Any, tmp_path: Path) -> None:
    for node in run("testnet", "init", "--out", tmp_path / "net", "--json").json["nodes"]:
        shown = run("config", "show", "--dir", node).json
        assert shown["explorer"]["enabled"] == (Path(node).name != "field")


def test_chain_begins_in_the_afternoon_before_the_profiles(run: Any, tmp_path: Path) -> None:
    run("testnet", "init", "--out", tmp_path / "net")
    genesis = read_genesis(tmp_path / "net" / "genesis.json")
    begin = datetime.fromtimestamp(genesis.first_period * 900, UTC)
    assert (begin.date().isoformat(), begin.hour) == ("2016-06-07", 15)
    assert [park.import_w % 50_000 for park in parameters_of(genesis).parks] == [0, 0, 0]


def test_bad_profiles_are_refused_before_anything_is_written(run: Any, tmp_path: Path) -> None:
    bad = tmp_path / "parks.csv"
    bad.write_text(PARK_DAY.read_text().replace("54355", "many", 1))
    refused = run("testnet", "init", "--profiles", bad, "--out", tmp_path / "net")
    assert refused.code == 3
    assert "line 2, column load_metered_wh" in refused.err
    assert not (tmp_path / "net").exists()


def found(run: Any, tmp_path: Path) -> Path:
    """A genesis of members who each made their own keys; returns it. Folders are `members/NAME`."""
    run("testnet", "init", "--out", tmp_path / "template")
    run("ca", "init", "--name", "Association", "--dir", tmp_path / "authority")
    template = tmp_path / "template" / "genesis.json"
    options: list[object] = []
    for member in read_genesis(template).members:
        folder = tmp_path / "members" / member.name
        roles = [word for role in member.roles for word in ("--role", role)]
        run("init", "--name", member.name, "--organisation", member.organisation, *roles, "--dir", folder)
        options += ["--member", folder / "member.json"]
    genesis = tmp_path / "genesis.json"
    authority = tmp_path / "authority" / "authority.crt"
    made = run("genesis", "new", "--template", template, "--authority", authority, "--out", genesis, *options)
    assert made.code == 0
    return genesis


def issue(run: Any, tmp_path: Path, name: str, authority: str = "authority") -> Path:
    certificate = tmp_path / f"{name}-{authority}.crt"
    request = tmp_path / "members" / name / "node.csr"
    where = ("--dir", tmp_path / authority, "--out", certificate)
    made = run("ca", "issue", request, "--role", "validator", *where)
    assert made.code == 0
    return certificate


def test_members_found_a_chain_with_their_own_keys(run: Any, tmp_path: Path) -> None:
    genesis = found(run, tmp_path)
    folder = tmp_path / "members" / "validator-1"
    joined = run(
        "join",
        "--genesis",
        genesis,
        "--certificate",
        issue(run, tmp_path, "validator-1"),
        "--dir",
        folder,
        "--json",
    )
    assert joined.code == 0
    assert joined.json["validates"] is True
    assert (folder / "data" / "votes-a.log").exists()
    assert run("config", "validate", "--dir", folder).code == 0
    own = json.loads((folder / "member.json").read_text())
    assert own["address"] in read_genesis(genesis).committee


def test_certificate_of_another_authority_is_refused(run: Any, tmp_path: Path) -> None:
    genesis = found(run, tmp_path)
    run("ca", "init", "--name", "Stranger", "--dir", tmp_path / "stranger")
    folder = tmp_path / "members" / "validator-1"
    certificate = issue(run, tmp_path, "validator-1", "stranger")
    refused = run("join", "--genesis", genesis, "--certificate", certificate, "--dir", folder)
    assert refused.code == 3
    assert not (folder / "genesis.json").exists()
    assert not (folder / "data").exists()


def test_genesis_needs_everybodys_keys(run: Any, tmp_path: Path) -> None:
    run("testnet", "init", "--out", tmp_path / "template")
    run("ca", "init", "--name", "Association", "--dir", tmp_path / "authority")
    run("init", "--name", "validator-1", "--organisation", "A", "--dir", tmp_path / "one")
    refused = run(
        "genesis", "new",
        "--template", tmp_path / "template" / "genesis.json",
        "--authority", tmp_path / "authority" / "authority.crt",
        "--member", tmp_path / "one" / "member.json",
        "--out", tmp_path / "genesis.json",
    )  # fmt: skip
    assert refused.code == 3
    assert "no member.json for validator-2" in refused.err
    assert not (tmp_path / "genesis.json").exists()


def test_bad_genesis_is_named_by_path(run: Any, tmp_path: Path) -> None:
    run("testnet", "init", "--out", tmp_path / "net")
    path = tmp_path / "net" / "genesis.json"
    path.write_text(path.read_text().replace('"slot_ms"', '"slot_mss"'))
    refused = run("genesis", "validate", path)
    assert refused.code == 3
    assert "slot_ms" in refused.err


def test_typo_in_a_configuration_is_named(run: Any, tmp_path: Path) -> None:
    run("testnet", "init", "--out", tmp_path / "net")
    folder = tmp_path / "net" / "nodes" / "validator-1"
    config = folder / "config.toml"
    config.write_text(config.read_text().replace("listen =", "lisen =", 1))
    refused = run("config", "validate", "--dir", folder)
    assert refused.code == 3
    assert "network.lisen" in refused.err
