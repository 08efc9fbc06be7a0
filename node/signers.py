"""Who signed the last block: its seals are the first quorum, and commits that come later are counted too."""

from consensus.messages import Commit
from crypto.address import Address
from ledger.head import Head
from node.chain import NodeChain


class Signers:
    """Members of one committee, so bounded; forgotten with the next block."""

    def __init__(self, chain: NodeChain) -> None:
        self._chain = chain
        self._late: set[int] = set()

    def follow(self) -> None:
        """There is a new head."""
        self._late.clear()

    def take(self, sender: Address, commit: Commit) -> None:
        """Count a commit to the head. Raises CryptoError if it is not signed, which no honest one is."""
        head = self._chain.head
        place = head.committee.index_of(sender)
        is_of_head = (commit.height, commit.digest) == (head.height, head.hash)
        if place is None or not is_of_head or place in _sealed(head) | self._late:
            return
        statement = commit.ballot.statement(self._chain.genesis.hash)
        self._chain.rules.signatures.verify(head.committee.public_keys[place], commit.signature, statement)
        self._late.add(place)

    @property
    def addresses(self) -> list[Address]:
        """In member order."""
        head = self._chain.head
        return [head.committee.validators[place].address for place in sorted(_sealed(head) | self._late)]


def _sealed(head: Head) -> set[int]:
    return {seal.member for seal in head.seals.seals}
