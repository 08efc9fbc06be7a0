"""`gridquorum capacity seal` and `reveal`: a person bids with a key file and the address of a node."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cli.errors import ExitCode
from contracts.capacity.records import Phase
from contracts.capacity.windows import find_opened, get_sealed
from contracts.context import state_key
from ledger.proof import prove_state
from ledger.store import Store
from ledger.transaction import Transaction
from node.application import standard_application
from node.files import STORE_NAME
from tests.contracts.capacity.market import BALANCE, CAP_UKWH, DEADLINES, FORFEITS, USUAL, Market
from tests.contracts.chain import key_of

ASK = ("1000@100000", "2000@150000")
WANT = ("2500@300000",)


class PlayedNode:
    """What a node's API answers to somebody who bids: each transaction makes a block of its own."""

    def __init__(self, market: Market, folder: Path) -> None:
        (folder / "data").mkdir()
        chain = market.chain
        self.market = market
        self.address = ""
        self.store = Store.create(folder / "data" / STORE_NAME, chain.genesis, standard_application())
        self.final: dict[str, dict[str, Any]] = {}
        self.spoil: Callable[[bytes], bytes] = lambda proof: proof
        self.follow()

    def follow(self) -> None:
        """Keep the blocks that the market has made meanwhile."""
        for executed in self.market.chain.blocks[self.store.head.height :]:
            self.store.append(executed, self.market.chain.seal(executed))

    def get(self, path: str) -> bytes:
        kind, _, rest = path.removeprefix("/api/v1/").partition("/")
        if kind == "genesis":
            return self.store.genesis.encode()
        if kind == "proofs":
            contract, key = rest.partition("?")[0].removeprefix("state/").split("/", 1)
            key = key.replace("%2F", "/")
            return self.spoil(prove_state(self.store, state_key(contract, key)).encode())
        if kind == "head":
            return json.dumps({"height": self.store.head.height}).encode()
        if kind == "sequences":
            return json.dumps({"next": self.market.chain.view.next_sequence(rest)}).encode()
        return json.dumps(self.final[rest]).encode()

    def post(self, raw: bytes) -> bytes:
        chain = self.market.chain
        transaction = Transaction.decode(raw, chain.genesis.limits)
        chain.pending.append(transaction)
        (receipt,) = chain.make_block()
        self.follow()
        said = {"ok": receipt.ok, "error": receipt.error}
        identifier = transaction.tx_id.hex()
        self.final[identifier] = {"status": "final", "height": chain.head.height, "receipt": said}
        return json.dumps({"tx_id": identifier}).encode()


@pytest.fixture
def market() -> Market:
    """A window in which bids are sealed, with time for a block each."""
    market = Market(changes={"deadlines": replace(DEADLINES, seal_slots=6, reveal_slots=6)})
    market.take(market.open())
    return market


@pytest.fixture
def node(market: Market, tmp_path: Path) -> Iterator[PlayedNode]:
    played = PlayedNode(market, tmp_path)
    yield played
    played.store.close()


@pytest.fixture
def bid(run: Any, node: PlayedNode, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Run `gridquorum capacity` as somebody, through the node."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(node.get(self.path))

        def do_POST(self) -> None:
            self.answer(node.post(self.rfile.read(int(self.headers["Content-Length"]))))

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    node.address = f"127.0.0.1:{server.server_address[1]}"
    where = ("--node", node.address, "--genesis", node.store.genesis.hash.hex())

    def run_as(name: str, *arguments: object, where: tuple[object, ...] = where) -> Any:
        key = tmp_path / f"{name}.pem"
        key.write_bytes(key_of(name).to_pem())
        return run("capacity", *arguments, "--window", 0, "--key", key, *where)

    yield run_as
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_person_seals_a_bid_and_reveals_it_later(bid: Any, market: Market, node: PlayedNode) -> None:
    sealed = bid("ash", "seal", *ASK, "--device", 0, "--json")
    assert sealed.code == 0
    assert sealed.json["ok"] is True
    assert sealed.json["reveal_from"] < sealed.json["reveal_until"]
    assert f"capacity reveal {' '.join(ASK)} --window 0" in " ".join(sealed.err.split())
    assert bid("dell", "seal", *WANT).code == 0
    market.run_until(Phase.REVEALING)
    node.follow()
    for name, steps in (("ash", ASK), ("dell", WANT)):
        assert bid(name, "reveal", *steps).code == 0
    for place, name in enumerate(("ash", "dell")):
        opened = find_opened(market.view, 0, place)
        assert opened is not None
        assert opened.steps == USUAL[name].curve
    assert market.phase is Phase.CLEARING


def test_what_is_sealed_shows_nothing_of_the_curve_but_how_much_it_may_be(bid: Any, market: Market) -> None:
    bid("dell", "seal", *WANT)
    bid("elm", "seal", *WANT, "--bound", 9_000)
    for place, bound_wh in enumerate((2_500, 9_000)):
        sealed = get_sealed(market.view, 0, place)
        assert (sealed.bound_wh, sealed.device) == (bound_wh, None)
        assert "300000" not in repr(sealed)


def test_other_steps_than_were_sealed_are_not_sent(bid: Any, market: Market, node: PlayedNode) -> None:
    bid("ash", "seal", *ASK, "--device", 0)
    market.run_until(Phase.REVEALING)
    node.follow()
    height = market.chain.head.height
    done = bid("ash", "reveal", *ASK[::-1])
    assert done.code == ExitCode.FAILED
    assert "not the steps that were sealed in window 0; nothing was sent" in done.err
    assert market.chain.head.height == height
    assert market.balance(FORFEITS) == 0


REFUSALS: dict[str, tuple[tuple[object, ...], str, int]] = {
    "no step": (("seal", "1000"), "'1000' is not Wh@ukwh", ExitCode.USAGE),
    "a decimal": (("seal", "1000@0.35"), "is not Wh@ukwh", ExitCode.USAGE),
    "too many digits": (("seal", f"1000@{'0' * 20}{'9' * 30}"), "is not Wh@ukwh", ExitCode.USAGE),
    "nothing": (("seal", "0@350000"), "is not Wh@ukwh", ExitCode.USAGE),
    "too many steps": (("seal", *["1@5"] * 33), "33 steps are given", ExitCode.USAGE),
    "an ask that falls": (("seal", "1@6", "1@5", "--device", 0), "asks rise", ExitCode.FAILED),
    "beyond the device": (("seal", "5001@5", "--device", 0), "5000 Wh are the bound", ExitCode.FAILED),
    "no such device": (("seal", "1@5", "--device", 7), "there is no device 7", ExitCode.FAILED),
    "beyond the cap": (("seal", f"1@{CAP_UKWH + 1}"), "the cap is 500000", ExitCode.FAILED),
    "beyond one's own bound": (("seal", "9@5", "--bound", 8), "8 Wh are the bound", ExitCode.FAILED),
    "a device and a bound": (
        ("seal", "9@5", "--bound", 9, "--device", 0),
        "--bound is of a bid to buy",
        ExitCode.USAGE,
    ),
    "too early": (("reveal", "1@5"), "window 0 is sealing", ExitCode.FAILED),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_would_be_refused_is_not_sent_and_costs_nothing(bid: Any, market: Market, case: str) -> None:
    arguments, words, code = REFUSALS[case]
    done = bid("ash", *arguments)
    assert done.code == code
    assert words in " ".join(done.err.split())
    assert market.window().sealed == 0
    assert market.balance("ash") == BALANCE


def test_who_sealed_nothing_has_nothing_to_reveal_and_nobody_seals_late(
    bid: Any, market: Market, node: PlayedNode
) -> None:
    bid("dell", "seal", *WANT)
    market.run_until(Phase.REVEALING)
    node.follow()
    assert "has sealed no bid in window 0" in " ".join(bid("ash", "reveal", *ASK).err.split())
    assert "bids are no longer sealed" in " ".join(bid("ash", "seal", *ASK, "--device", 0).err.split())


def test_what_the_contract_refuses_is_told(bid: Any) -> None:
    assert bid("ash", "seal", *ASK, "--device", 0).code == 0
    again = bid("ash", "seal", *ASK, "--device", 0)
    assert again.code == ExitCode.FAILED
    assert "the contract refused it: DoneBefore" in " ".join(again.err.split())


def test_a_node_that_lies_about_the_window_is_found_out(bid: Any, node: PlayedNode, market: Market) -> None:
    node.spoil = lambda proof: proof[:-40] + bytes([proof[-40] ^ 1]) + proof[-39:]
    done = bid("ash", "seal", *ASK, "--device", 0)
    assert done.code == ExitCode.UNVERIFIED
    assert market.window().sealed == 0


def test_a_node_of_another_chain_is_found_out(bid: Any, node: PlayedNode) -> None:
    done = bid("ash", "seal", *ASK, where=("--node", node.address, "--genesis", "00" * 32))
    assert done.code == ExitCode.UNVERIFIED
    assert "not 0000" in " ".join(done.err.split())


def test_a_node_is_believed_by_the_genesis_hash_alone_and_has_to_be_there(bid: Any) -> None:
    assert bid("ash", "seal", *ASK, where=("--node", "127.0.0.1:1")).code == ExitCode.USAGE
    absent = ("--node", "127.0.0.1:1", "--genesis", "00" * 32)
    assert bid("ash", "seal", *ASK, where=absent).code == ExitCode.UNREACHABLE


def test_whoever_has_a_node_bids_by_its_folder(
    bid: Any, node: PlayedNode, market: Market, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(f'[api]\nlisten = "{node.address}"\n')
    assert bid("ash", "seal", *ASK, "--device", 0, where=("--dir", tmp_path)).code == 0
    assert market.window().sealed == 1
