"""What commands see of a chain: by a node's API with a proof of every value, or in a node's own folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CommandError, ExitCode
from cli.files import read
from cli.identifiers import parse_digest
from cli.node_directory import api_client, open_chain, read_config
from cli.proof import SEALS_REMEMBERED
from contracts.agent import View
from contracts.context import decode_value, state_key
from contracts.membership import schedule
from crypto.address import Address
from crypto.hashing import Digest
from crypto.signatures import SignatureCache
from ledger.block import Header
from ledger.codec import Value
from ledger.errors import BadProof
from ledger.genesis import Genesis
from ledger.light import GenesisHash
from ledger.proof import StateClaim, verify_bundle
from ledger.quantities import Height, Period, Slot
from node.chain import HeadView
from node.client import NodeClient

NodeOption = Annotated[
    str, typer.Option("--node", help="host:port of a node's API; without it, the node of --dir.")
]
GenesisOption = Annotated[
    str,
    typer.Option("--genesis", help="With --node: the chain's genesis hash, from a source that you trust."),
]
TokenFile = Annotated[Path | None, typer.Option("--token-file", help="With --node: holds the API's token.")]


@dataclass(frozen=True, slots=True)
class ProvenView:
    """A committed state as a node tells and proves it: whoever trusts the genesis need not trust the node."""

    client: NodeClient
    genesis: Genesis
    height: Height
    slot: Slot
    signatures: SignatureCache

    @property
    def period(self) -> Period:
        return self.genesis.period(self.slot)

    def get(self, contract: str, key: str) -> Value:
        """What `contract` keeps under `key`, or None. Raises NodeError, or BadProof."""
        _, value = _prove(self.client, self.genesis, self.signatures, self.height, contract, key)
        return value

    def next_sequence(self, address: Address) -> int:
        """After all that waits at the node."""
        return self.client.next_sequence(address)


@contextmanager
def open_view(
    directory: Path, node: str, genesis_hash: str, token_file: Path | None
) -> Iterator[tuple[View, NodeClient]]:
    """The chain, and a client of a running node of it. Raises CommandError, NodeError or LedgerError."""
    if node:
        if not genesis_hash:
            raise CommandError("--node takes --genesis HASH beside it", code=ExitCode.USAGE)
        token = read(token_file).decode().strip() if token_file else None
        client = NodeClient.at(node, token)
        yield proven_view(client, parse_digest(genesis_hash)), client
        return
    client = api_client(read_config(directory))
    with open_chain(directory) as store:
        yield HeadView(store.genesis, store.head), client


def proven_view(client: NodeClient, genesis_hash: Digest) -> ProvenView:
    """The newest state that a node has. Raises NodeError, BadGenesis or BadProof."""
    genesis = Genesis.decode(client.genesis())
    if genesis.hash != genesis_hash:
        raise BadProof(f"the node is of chain {genesis.hash.hex()}, not {genesis_hash.hex()}")
    signatures, height = SignatureCache(SEALS_REMEMBERED), Height(client.height())
    header, _ = _prove(client, genesis, signatures, height, "membership", schedule.KEY)
    return ProvenView(client, genesis, height, header.slot, signatures)


def _prove(
    client: NodeClient, genesis: Genesis, signatures: SignatureCache, height: Height, contract: str, key: str
) -> tuple[Header, Value]:
    """The block of a height, and what a contract keeps under a key after it."""
    data = client.state_proof(contract, key, height)
    verified = verify_bundle(data, GenesisHash(genesis.hash), signatures)
    claim = verified.claim
    if not isinstance(claim, StateClaim) or claim.key != state_key(contract, key):
        raise BadProof(f"the node proves something else than {contract}/{key}")
    if verified.header.height != height:
        raise BadProof(f"the node proves block {verified.header.height}, not {height}")
    return verified.header, None if claim.value is None else decode_value(claim.value)
