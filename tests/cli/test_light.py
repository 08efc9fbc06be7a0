"""The light client as its user meets it, over the API of nodes that run, and of nodes that lie."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from threading import Thread
from typing import Any

import pytest

from ledger.light import LightChain
from ledger.proof import prove_state, prove_transaction
from ledger.store import Store
from node.client import NodeClient
from node.errors import BadAnswer
from tests.ledger.builders import Chain, some_digest
from tests.ledger.changing import changing_chain, commit_blocks
from tests.ledger.test_light import reseal
from tests.ledger.test_store import write_store


class FakeApi:
    """The API's routes that the light client asks, over a store; `spoil` changes what it answers."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.spoil: Callable[[str, bytes], bytes] = lambda _path, body: body

    def answer(self, path: str) -> tuple[int, bytes]:
        kind, _, argument = path.removeprefix("/api/v1/").partition("/")
        head = self.store.head.height
        if kind == "head":
            body = json.dumps({"height": head}).encode()
        elif kind == "genesis":
            body = self.store.genesis.encode()
        elif kind == "headers":
            body = self.store.sealed_header(int(argument)).encode()
        else:
            body = self.store.trail(int(argument), head).encode()
        return 200, self.spoil(kind, body)


@contextmanager
def served(api: FakeApi) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = api.answer(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def chain() -> Chain:
    return changing_chain(22, 4)


@pytest.fixture
def api(chain: Chain, tmp_path: Path) -> FakeApi:
    return FakeApi(write_store(tmp_path / "chain.db", chain))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "light.bin"


def test_it_follows_from_the_genesis_hash_and_goes_on_later(
    run: Any, chain: Chain, api: FakeApi, state: Path
) -> None:
    trust = ("--genesis", chain.genesis.hash.hex())
    with served(api) as url:
        first = run("light", "follow", "--node", url, *trust, "--state", state, "--json")
        assert first.code == 0
        assert first.json["height"] == chain.head.height
        assert first.json["block"] == chain.head.hash.hex()
        assert first.json["committee_changes"] == 2
        assert chain.genesis.hash.hex() in first.json["rests_on"]
        assert run("light", "follow", "--node", url, "--state", state, "--json").json == first.json
    assert LightChain.decode(state.read_bytes()).last == api.store.sealed_header(chain.head.height)


def test_it_follows_from_a_checkpoint(run: Any, chain: Chain, api: FakeApi, state: Path) -> None:
    trust = ("--checkpoint", f"8:{chain.blocks[7][0].block.hash.hex()}")
    with served(api) as url:
        for _ in range(2):
            followed = run("light", "follow", "--node", url, *trust, "--state", state, "--json")
            assert (followed.code, followed.json["height"]) == (0, chain.head.height)
            assert followed.json["committee_changes"] == 1


def test_it_verifies_proofs_across_changes_of_committee(
    run: Any, chain: Chain, api: FakeApi, state: Path, tmp_path: Path
) -> None:
    with served(api) as url:
        run("light", "follow", "--node", url, "--genesis", chain.genesis.hash.hex(), "--state", state)
    early = chain.blocks[1][0].transactions[0].tx_id
    proof = tmp_path / "proof.bin"
    proof.write_bytes(prove_transaction(api.store, early).encode())
    verified = run("light", "verify", proof, "--state", state, "--json")
    assert (verified.code, verified.json["transaction"]) == (0, early.hex())
    assert verified.json["followed_to"] == chain.head.height
    data = prove_transaction(api.store, early).encode()
    proof.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    assert run("light", "verify", proof, "--state", state).code == 6


def test_a_history_forged_with_old_keys_is_refused_by_whoever_has_been_there(
    run: Any, chain: Chain, api: FakeApi, state: Path, tmp_path: Path
) -> None:
    with served(api) as url:
        run("light", "follow", "--node", url, "--genesis", chain.genesis.hash.hex(), "--state", state)
    forged = Chain(chain.genesis)
    commit_blocks(forged, 20)
    other = write_store(tmp_path / "forged.db", forged)
    (tmp_path / "proof.bin").write_bytes(prove_state(other, b"counter/slots").encode())
    refused = run("light", "verify", tmp_path / "proof.bin", "--state", state)
    assert refused.code == 6
    assert "does not follow" in refused.err
    with served(FakeApi(other)) as url:
        assert run("light", "follow", "--node", url, "--state", state).code == 6
    assert LightChain.decode(state.read_bytes()).last == api.store.sealed_header(chain.head.height)


def test_two_headers_of_one_height_are_told_with_who_signed_both(
    run: Any, chain: Chain, state: Path, tmp_path: Path
) -> None:
    chain = Chain()
    commit_blocks(chain, 3)
    api = FakeApi(write_store(tmp_path / "plain.db", chain))
    other = reseal(api.store.sealed_header(3), 3, state_root=some_digest(9))
    with served(api) as url:
        trust = ("--genesis", chain.genesis.hash.hex())
        assert run("light", "follow", "--node", url, *trust, "--state", state).code == 0
        api.spoil = lambda kind, body: other.encode() if kind == "headers" else body
        found = run("light", "follow", "--node", url, "--state", state)
    assert found.code == 6
    for validator in chain.head.committee.validators[:3]:
        assert validator.address in found.err


def test_a_node_that_lies_or_is_away_does_not_keep_it_from_the_others(
    run: Any, chain: Chain, api: FakeApi, state: Path
) -> None:
    liar = FakeApi(api.store)
    liar.spoil = lambda kind, body: body[:-70] + b"\x00" * 70 if kind == "trails" else body
    trust = ("--genesis", chain.genesis.hash.hex())
    with served(api) as good, served(liar) as bad:
        alone = run("light", "follow", "--node", bad, *trust, "--state", state)
        assert alone.code == 6
        assert not state.exists()
        nodes = ("--node", "127.0.0.1:1", "--node", bad, "--node", good)
        followed = run("light", "follow", *nodes, *trust, "--state", state, "--json")
    assert (followed.code, followed.json["height"]) == (0, chain.head.height)
    assert bad in followed.err


def test_what_is_trusted_has_to_be_said_once_and_stays(
    run: Any, chain: Chain, api: FakeApi, state: Path
) -> None:
    with served(api) as url:
        assert run("light", "follow", "--node", url, "--state", state).code == 2
        other = ("--genesis", some_digest(1).hex())
        assert run("light", "follow", "--node", url, *other, "--state", state).code == 6
        wrong = ("--checkpoint", f"8:{some_digest(1).hex()}")
        assert run("light", "follow", "--node", url, *wrong, "--state", state).code == 6
        right = ("--genesis", chain.genesis.hash.hex())
        assert run("light", "follow", "--node", url, *right, "--state", state).code == 0
        assert run("light", "follow", "--node", url, *other, "--state", state).code == 2


def test_whoever_met_the_forgers_first_is_told_by_the_next_node(
    run: Any, chain: Chain, api: FakeApi, state: Path, tmp_path: Path
) -> None:
    forged = Chain(chain.genesis)
    commit_blocks(forged, 20)
    trust = ("--genesis", chain.genesis.hash.hex(), "--state", state)
    with served(FakeApi(write_store(tmp_path / "forged.db", forged))) as liar, served(api) as honest:
        found = run("light", "follow", "--node", liar, "--node", honest, *trust)
    assert found.code == 6
    assert "sealed block 5" in found.err
    assert not state.exists()


NOT_A_NODE: dict[str, tuple[str, bytes]] = {
    "no JSON": ("head", b"<html>"),
    "another JSON": ("head", b"[]"),
    "no height": ("head", b'{"height": "high"}'),
    "JSON without a bottom": ("head", b"[" * 100_000),
    "no genesis": ("genesis", b"\x80"),
    "no trail": ("trails", b"\xc1"),
}


@pytest.mark.parametrize("what", NOT_A_NODE)
def test_one_that_answers_nonsense_does_not_stop_the_others(
    what: str, run: Any, chain: Chain, api: FakeApi, state: Path
) -> None:
    kind, nonsense = NOT_A_NODE[what]
    liar = FakeApi(api.store)
    liar.spoil = lambda asked, body: nonsense if asked == kind else body
    trust = ("--genesis", chain.genesis.hash.hex(), "--state", state)
    with served(liar) as lying, served(api) as honest:
        found = run("light", "follow", "--node", lying, "--node", honest, *trust, "--json")
        assert (found.code, found.json["height"]) == (0, chain.head.height)
        assert lying in found.err


def test_what_does_not_speak_http_is_no_node() -> None:
    with create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(2**16)
                connection.sendall(b"\xff\xfe\r\n\r\n")

        thread = Thread(target=answer)
        thread.start()
        with pytest.raises(BadAnswer):
            NodeClient(f"127.0.0.1:{server.getsockname()[1]}").genesis()
        thread.join()
