"""What validators send to the membership contract, through nodes that run."""

from collections.abc import Sequence

from contracts.membership import queries
from contracts.membership.members import Member, find_in
from crypto.keys import PrivateKey
from ledger.certification import Revocation
from ledger.codec import Value
from ledger.errors import NotStored
from ledger.quantities import TxId
from ledger.receipt import Receipt
from ledger.transaction import sign_transaction
from node.service import Node
from tests.node.networks import AUTHORITY_KEY, eventually, key_of

VALID_SLOTS = 200
SERIAL = 2
"""Of all certificates in tests.node.networks."""


def receipt_of(node: Node, tx_id: TxId) -> Receipt | None:
    """None while it is in no block."""
    try:
        return node.store.transaction(tx_id).receipt
    except NotStored:
        return None


def send(node: Node, name: str, action: str, arguments: dict[str, Value]) -> TxId:
    """Sign with a member's key and hand it to a node."""
    key: PrivateKey = key_of(name)
    transaction = sign_transaction(
        key,
        node.chain.genesis.hash,
        "membership",
        action,
        arguments,
        node.pool.next_sequence(key.address),
        node.chain.head.slot + VALID_SLOTS,
    )
    return node.submit(transaction.raw)


async def done(node: Node, tx_id: TxId, within_s: float = 30.0) -> None:
    """Wait until a block holds it; it must have succeeded."""
    await eventually(lambda: receipt_of(node, tx_id), within_s)
    receipt = receipt_of(node, tx_id)
    assert receipt is not None
    assert receipt.ok, receipt.error


async def propose(node: Node, by: str, kind: str, name: str) -> int:
    """The number of the proposal, which is open then."""
    arguments: dict[str, Value] = {"kind": kind, "member": key_of(name).address, "reason": "a test"}
    await done(node, send(node, by, "propose", arguments))
    return _latest(node)


async def propose_version(node: Node, by: str, version: int, height: int) -> int:
    """The number of the proposal that blocks be of this version from this height on."""
    arguments: dict[str, Value] = {"version": version, "height": height, "reason": "a test"}
    await done(node, send(node, by, "propose_version", arguments))
    return _latest(node)


def _latest(node: Node) -> int:
    tallies = queries.tallies(node.chain.head.state, node.chain.height + 1)
    return tallies[-1].proposal.number


async def approve(node: Node, number: int, voters: Sequence[str]) -> None:
    """Vote, and wait until all votes are in blocks."""
    arguments: dict[str, Value] = {"proposal": number, "approve": True, "reached": True}
    for tx_id in [send(node, name, "vote", arguments) for name in voters]:
        await done(node, tx_id)


async def revoke(node: Node, by: str, name: str) -> None:
    """Have the chain know that the authority revoked a member's certificate."""
    await done(node, send_revocation(node, by, name))


def send_revocation(node: Node, by: str, name: str) -> TxId:
    """What tells it so."""
    revocation = Revocation(node.chain.genesis.hash, key_of(name).address, SERIAL, "key_compromise")
    arguments: dict[str, Value] = {
        "revocation": revocation.encode(),
        "signature": revocation.sign(AUTHORITY_KEY),
    }
    return send(node, by, "revoke", arguments)


def member(node: Node, name: str) -> Member:
    """As the node's head has it."""
    found = find_in(node.chain.head.state, key_of(name).address)
    assert found is not None
    return found


def is_seated(node: Node, name: str) -> bool:
    """Whether it decides on the block after the node's head."""
    return node.chain.next_committee.index_of(key_of(name).address) is not None
