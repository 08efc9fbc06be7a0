"""What the validators' operators do on the chain: they send, propose and vote, each at its own node."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from ledger.codec import Value
from ledger.quantities import TxId
from ledger.transaction import sign_transaction
from node.client import NodeClient
from node.errors import NodeError
from node.files import read_key
from tests.drill.nodes import VALIDATORS, Nodes

FINAL_S: Final = 40.0
POLL_S: Final = 0.2
VALID_SLOTS: Final = 100


class Unmet(Exception):
    """A fault did not do what it is there for, or a node did not answer it as it must."""


def until(holds: Callable[[], object], within_s: float, otherwise: str) -> None:
    """Wait for a condition; a node that does not answer does not meet it. Raises Unmet."""
    deadline = time.monotonic() + within_s
    while not _holds(holds):
        if time.monotonic() > deadline:
            raise Unmet(f"{otherwise} within {within_s:.0f} s")
        time.sleep(POLL_S)


def decide(nodes: Nodes, action: str, arguments: Mapping[str, Value]) -> None:
    """Have the first three validators propose and pass it. Raises Unmet."""
    proposer, *_ = voters = VALIDATORS[:3]
    settle(nodes, proposer, send(nodes, proposer, "membership", action, arguments))
    with nodes.client(proposer) as client:
        number = client.state("membership", "proposals")
    ballot: Mapping[str, Value] = {"proposal": number, "approve": True, "reached": True}
    for voter in voters:
        # Two of three are enough where a fourth is suspended.
        if _ask(nodes, proposer, lambda client: client.state("membership", f"proposal/{number}")):
            settle(nodes, voter, send(nodes, voter, "membership", "vote", ballot))


def send(nodes: Nodes, name: str, contract: str, action: str, arguments: Mapping[str, Value]) -> TxId:
    """Sign with a node's key and submit at that node. Raises NodeError."""
    key, genesis = read_key(nodes.home(name) / "node.key"), nodes.network.genesis
    with nodes.client(name) as client:
        transaction = sign_transaction(
            key,
            genesis.hash,
            contract,
            action,
            arguments,
            client.next_sequence(key.address),
            client.status()["slot_now"] + VALID_SLOTS,
        )
        client.submit(transaction.raw)
    return transaction.tx_id


def settle(nodes: Nodes, name: str, tx_id: TxId) -> None:
    """Wait until a block holds it; it must have succeeded. Raises Unmet."""

    def receipt(client: NodeClient) -> Mapping[str, Any] | None:
        found = client.transaction(tx_id)
        return found["receipt"] if found["status"] == "final" else None

    until(lambda: _ask(nodes, name, receipt), FINAL_S, f"no block takes transaction {tx_id.hex()}")
    outcome = _ask(nodes, name, receipt)
    if not outcome["ok"]:
        raise Unmet(f"a transaction failed: {outcome['error']}")


def _ask(nodes: Nodes, name: str, question: Callable[[NodeClient], Any]) -> Any:
    with nodes.client(name) as client:
        return question(client)


def _holds(condition: Callable[[], object]) -> bool:
    try:
        return bool(condition())
    except NodeError:
        return False
