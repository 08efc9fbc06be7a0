"""The configuration: who comes before whom, and typos refused by name."""

from pathlib import Path

import pytest

from node.config import load_config, split_endpoint
from node.errors import BadConfig, UnusableFile

TEXT = """
[network]
listen = "127.0.0.1:7001"
peers = ["127.0.0.1:7002"]
[node]
key = "secret/my.key"
[[agents]]
kind = "park"
key = "/absolute/park.key"
settings = { profiles = "profiles.csv" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    return path


def test_flag_over_variable_over_file_over_default(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_config(file).network.listen == "127.0.0.1:7001"
    assert load_config(file).network.peers_max == 64
    monkeypatch.setenv("GRIDQUORUM_NETWORK_LISTEN", "127.0.0.1:7011")
    monkeypatch.setenv("GRIDQUORUM_NETWORK_PEERS_MAX", "9")
    config = load_config(file)
    assert (config.network.listen, config.network.peers_max) == ("127.0.0.1:7011", 9)
    assert config.network.peers == ("127.0.0.1:7002",)
    config = load_config(file, network={"listen": "127.0.0.1:7021"})
    assert (config.network.listen, config.network.peers_max) == ("127.0.0.1:7021", 9)


def test_paths_begin_at_the_file(file: Path) -> None:
    config = load_config(file)
    assert config.node.key == file.parent / "secret" / "my.key"
    assert config.node.data == file.parent / "data"
    assert config.consensus.votes[1] == file.parent / "data" / "votes-b.log"
    assert config.agents[0].key == Path("/absolute/park.key")
    assert config.agents[0].settings == {"profiles": "profiles.csv"}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("peers =", "pers =", "network.pers: unknown key"),
        ("[network]", "[netwrok]", "netwrok"),
        ("127.0.0.1:7001", "127.0.0.1", "network.listen"),
        ("127.0.0.1:7001", "127.0.0.1:99999", "network.listen"),
        ('"127.0.0.1:7002"', "7002", "network.peers.0"),
        ('kind = "park"', "", "agents.0.kind"),
        ("[[agents]]", "[[agents", "syntax"),
    ],
)
def test_what_is_wrong_is_named(file: Path, old: str, new: str, named: str) -> None:
    file.write_text(TEXT.replace(old, new))
    with pytest.raises(BadConfig) as caught:
        load_config(file)
    assert named in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_utf_8_is_refused_by_its_name(file: Path) -> None:
    file.write_bytes(TEXT.encode() + b"\xf3\n")
    with pytest.raises(BadConfig, match="syntax"):
        load_config(file)


def test_a_wrong_variable_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDQUORUM_NETWORK_PEERS_MAX", "many")
    with pytest.raises(BadConfig, match=r"GRIDQUORUM_NETWORK_PEERS_MAX: network\.peers_max"):
        load_config(file)


@pytest.mark.parametrize("name", ["GRIDQUORUM_NETWORK_LISTN", "GRIDQUORUM_NETWROK_LISTEN"])
def test_a_variable_with_a_typo_is_named(file: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "127.0.0.1:1")
    with pytest.raises(BadConfig, match=name):
        load_config(file)


def test_a_wrong_flag_is_named(file: Path) -> None:
    with pytest.raises(BadConfig, match=r"flag: api\.listen"):
        load_config(file, api={"listen": "nowhere"})


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="no such configuration file"):
        load_config(tmp_path / "config.toml")


def test_endpoints() -> None:
    assert split_endpoint("127.0.0.1:80") == ("127.0.0.1", 80)
    assert split_endpoint("[::1]:80") == ("::1", 80)
    assert split_endpoint("node-1:0") == ("node-1", 0)
