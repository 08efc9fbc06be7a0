"""Which members' agents live at a node.

A connection proves who the node is; a member's own signature over the node's key proves that it speaks for
the member. The statement is of use to that node alone, so it need not expire while the member's key is good.
"""

from crypto.address import Address, address_of
from crypto.errors import CryptoError
from crypto.hashing import Digest, domain
from crypto.keys import PrivateKey, verify
from net.errors import BadContent
from net.wire import Hosted


def host(agent_key: PrivateKey, node_public_key: bytes, chain: Digest) -> Hosted:
    """The statement that the agents of `agent_key` live at the node with this key."""
    return Hosted(agent_key.public_key, agent_key.sign(_statement(node_public_key, chain)))


def check_hosted(hosted: tuple[Hosted, ...], node_public_key: bytes, chain: Digest) -> frozenset[Address]:
    """The members for whom a node speaks. Raises BadContent if one of the statements is not signed."""
    for statement in hosted:
        try:
            verify(statement.public_key, statement.signature, _statement(node_public_key, chain))
        except CryptoError as error:
            raise BadContent("a hosting statement", error) from None
    return frozenset(address_of(statement.public_key) for statement in hosted)


def _statement(node_public_key: bytes, chain: Digest) -> bytes:
    return domain("hosting", chain) + node_public_key
