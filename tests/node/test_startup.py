"""A node that cannot run says what is wrong, by name, and leaves everything as it was."""

import asyncio
import shutil
import socket
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cli.app import exit_code
from cli.errors import ExitCode
from consensus.errors import VoteLogCorrupt, VoteLogMissing
from crypto.authority import Authority, signing_request
from crypto.keys import PrivateKey
from ledger.check import check_store
from ledger.errors import OtherChainStored, StoreCorrupt
from ledger.rows import Rows
from node.errors import (
    BadConfig,
    ConfigurationError,
    Locked,
    NodeError,
    PortInUse,
    StartError,
    UnknownAgent,
    UnusableFile,
    WrongCertificate,
)
from node.files import STORE_NAME
from node.startup import create_vote_log, open_store
from tests.ledger.builders import Chain
from tests.ledger.changing import commit_blocks
from tests.ledger.test_store import write_store
from tests.node.networks import (
    FOREVER,
    MADE,
    VALIDATORS,
    Network,
    height_of_all,
    key_of,
    make_network,
    roots_at,
)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return make_network(tmp_path)


def start_once(network: Network, name: str = "v1") -> None:
    """Start a node and stop it again."""

    async def run() -> None:
        async with network.start(name):
            pass

    asyncio.run(run())


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def refused(network: Network, kind: type[Exception], match: str, name: str = "v1") -> None:
    """Starting fails with this error, and no file has changed."""
    before = files_of(network.folder / name)
    with pytest.raises(kind, match=match):
        start_once(network, name)
    assert files_of(network.folder / name) == before


def test_a_node_starts_again_after_it_was_stopped(network: Network) -> None:
    start_once(network)
    start_once(network)


def test_a_certificate_of_another_authority(network: Network) -> None:
    rogue = Authority.create(PrivateKey.from_secret(888), "Rogue", MADE, MADE + FOREVER)
    issued = rogue.issue(signing_request(key_of("v1"), "V1"), ["validator"], MADE, MADE + FOREVER, 2)
    (network.folder / "v1" / "node.crt").write_bytes(issued)
    refused(network, WrongCertificate, r"node\.crt.*Authority")


def test_a_certificate_of_another_key(network: Network) -> None:
    other = (network.folder / "v2" / "node.crt").read_bytes()
    (network.folder / "v1" / "node.crt").write_bytes(other)
    refused(network, WrongCertificate, key_of("v2").address)


@pytest.mark.parametrize("name", ["node.key", "node.crt", "genesis.json"])
def test_a_file_that_is_missing_or_garbage(network: Network, name: str) -> None:
    path = network.folder / "v1" / name
    path.write_bytes(b"\xff garbage")
    refused(network, ConfigurationError, name)
    path.unlink()
    refused(network, UnusableFile, name)


def test_a_network_port_in_use(network: Network) -> None:
    host, port = network.config("v1").network.listen.split(":")
    message = rf"{port}.*network\.listen"
    with socket.create_server((host, int(port))), pytest.raises(PortInUse, match=message):
        start_once(network)
    start_once(network)


def test_an_api_port_in_use(network: Network) -> None:
    host, port = network.config("v1").api.listen.split(":")
    message = rf"{port}.*api\.listen"
    with socket.create_server((host, int(port))), pytest.raises(PortInUse, match=message):
        start_once(network)
    start_once(network)


def test_a_key_belongs_to_one_process(network: Network) -> None:
    async def run() -> None:
        async with network.start("v1"):
            with pytest.raises(Locked, match=r"node\.key"):
                async with network.start("v1"):
                    pass

    asyncio.run(run())
    assert issubclass(Locked, StartError)


def test_who_is_killed_while_the_store_is_made_starts_again(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_rows: Rows, *_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Rows, "write_genesis", killed)
        with pytest.raises(SystemExit):
            start_once(network)
    data = network.folder / "v1" / "data"
    (data / f"{STORE_NAME}.new-wal").write_bytes(b"what a killed process left")
    start_once(network)
    assert not list(data.glob("*.new*"))


def test_a_store_with_flipped_bytes(network: Network) -> None:
    start_once(network)
    path = network.folder / "v1" / "data" / STORE_NAME
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[100:middle] = bytes(byte ^ 0xFF for byte in content[100:middle])
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt):
        start_once(network)


def test_what_a_killed_node_left_of_a_removed_store_is_not_played_into_the_next(
    network: Network, tmp_path: Path
) -> None:
    chain, live, killed = Chain(), tmp_path / "live", tmp_path / "killed"
    commit_blocks(chain, 3)
    live.mkdir()
    running = write_store(live / STORE_NAME, chain)
    shutil.copytree(live, killed)
    running.close()
    assert (killed / f"{STORE_NAME}-wal").stat().st_size > 0
    (killed / STORE_NAME).unlink()
    store = open_store(killed / STORE_NAME, network.config("v1"), chain.rules)
    assert store.head.height == 0
    check_store(store, chain.rules)


def test_a_store_of_another_chain(network: Network, tmp_path: Path) -> None:
    start_once(network)
    other = make_network(tmp_path / "other", slot_ms=400)
    theirs = other.folder / "v1" / "data"
    theirs.mkdir(exist_ok=True)
    (theirs / STORE_NAME).write_bytes((network.folder / "v1" / "data" / STORE_NAME).read_bytes())
    with pytest.raises(OtherChainStored, match=network.genesis.hash.hex()) as caught:
        start_once(other)
    assert exit_code(caught.value) is ExitCode.CONFIGURATION


def test_blocks_lost_to_a_flipped_byte_are_told_and_fetched_again(network: Network) -> None:
    """SQLite takes what follows a damaged frame of its write-ahead log for the torn end of it."""
    path = network.folder / "v1" / "data" / STORE_NAME
    log_path = path.with_name(f"{STORE_NAME}-wal")

    async def run() -> None:
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 5)
            killed, log = path.read_bytes(), bytearray(log_path.read_bytes())
        log[len(log) // 4] ^= 1
        path.write_bytes(killed)
        log_path.write_bytes(log)
        with capture_logs() as logs:
            async with network.running(*VALIDATORS) as nodes:
                height = nodes[1].chain.height + 2
                await height_of_all(nodes, height)
                assert len(roots_at(nodes, height)) == 1
        (told,) = [entry for entry in logs if "older than this node's votes" in entry["event"]]
        assert told["log_level"] == "error"
        assert told["height"] + 1 < told["voted_at"]
        assert "write-ahead log" in told["reason"]

    asyncio.run(run())


def test_who_may_be_elected_needs_a_vote_log_before(network: Network) -> None:
    request = signing_request(key_of("field"), "Field")
    issued = network.authority.issue(request, ["validator"], MADE, MADE + FOREVER, 2)
    (network.folder / "field" / "node.crt").write_bytes(issued)
    with pytest.raises(VoteLogMissing):
        start_once(network, "field")
    create_vote_log(network.config("field"), rejoining=False)
    start_once(network, "field")


def test_no_vote_log(network: Network) -> None:
    for path in network.config("v1").consensus.votes:
        path.unlink()
    with pytest.raises(VoteLogMissing):
        start_once(network)
    assert not any(path.exists() for path in network.config("v1").consensus.votes)


def test_one_bad_copy_of_the_vote_log_is_replaced_by_the_good_one(network: Network) -> None:
    first, second = network.config("v1").consensus.votes
    first.write_bytes(b"garbage")
    start_once(network)
    assert first.read_bytes() == second.read_bytes() != b"garbage"


def test_two_bad_copies_of_the_vote_log(network: Network) -> None:
    for path in network.config("v1").consensus.votes:
        path.write_bytes(b"garbage")
    with pytest.raises(VoteLogCorrupt):
        start_once(network)
    assert [path.read_bytes() for path in network.config("v1").consensus.votes] == [b"garbage"] * 2


def test_a_vote_log_is_never_overwritten(network: Network) -> None:
    before = files_of(network.folder / "v1")
    with pytest.raises(UnusableFile, match="never overwritten"):
        create_vote_log(network.config("v1"), rejoining=True)
    assert files_of(network.folder / "v1") == before


def test_a_follower_needs_no_vote_log(network: Network) -> None:
    start_once(network, "field")
    assert not any(path.exists() for path in network.config("field").consensus.votes)


def test_an_unknown_kind_of_agent(network: Network) -> None:
    text = (network.folder / "v1" / "config.toml").read_text()
    text += '[[agents]]\nkind = "dispacher"\nkey = "node.key"\n'
    (network.folder / "v1" / "config.toml").write_text(text)
    refused(network, UnknownAgent, "dispacher")


def test_an_api_off_loopback_needs_a_token(network: Network) -> None:
    path = network.folder / "v1" / "config.toml"
    listen = network.config("v1").api.listen
    path.write_text(path.read_text().replace(listen, "0.0.0.0:7480"))
    refused(network, BadConfig, r"api\.token_file")


def test_every_error_of_the_node_has_an_exit_code() -> None:
    branches = {ConfigurationError, StartError}
    for error in (Locked, PortInUse, UnknownAgent, UnusableFile, WrongCertificate, BadConfig):
        assert len([branch for branch in branches if issubclass(error, branch)]) == 1
        assert issubclass(error, NodeError)
