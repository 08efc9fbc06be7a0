"""`gridquorum light`: follow a chain by its sealed headers, without its blocks, and verify proofs by them.

Whoever has a genesis hash or a checkpoint from somewhere else needs to trust no node: what nodes tell is
verified by the seals of committees, each of which the one before it announced.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import CommandError, ExitCode
from cli.files import read
from cli.output import AsJson, report, say, shown
from cli.proof import describe_verified, parse_trust, rests_on
from crypto.signatures import SignatureCache
from ledger.errors import BadProof, Fork, LedgerError
from ledger.genesis import Genesis
from ledger.light import GenesisHash, LightChain, SealedHeader, Trail, Trust
from ledger.proof import BUNDLE_BYTES_MAX, Bundle, verify_against
from node.client import NodeClient
from node.errors import NodeError, Refused

NOT_FOUND = 404
SEALS_REMEMBERED = 2**14

app = typer.Typer(help="Follow a chain without its blocks, and verify proofs by it.", no_args_is_help=True)

StateFile = Annotated[Path, typer.Option("--state", help="Where what is known of the chain is kept.")]
"""Whoever may write this file decides what is trusted."""


@app.command()
def follow(
    state: StateFile,
    nodes: Annotated[list[str], typer.Option("--node", help="host:port of a node's API; again for more.")],
    genesis_hash: Annotated[
        str, typer.Option("--genesis", help="The chain's genesis hash, from a source that you trust.")
    ] = "",
    checkpoint: Annotated[
        str, typer.Option("--checkpoint", help="A block that you trust, as HEIGHT:HASH.")
    ] = "",
    token_file: Annotated[Path | None, typer.Option("--token-file", help="Holds the API's token.")] = None,
    as_json: AsJson = False,
) -> None:
    """Follow the committee from a genesis hash or a checkpoint to the head that the nodes have.

    Ask several nodes: two headers that contradict each other, both sealed, are found out, with who signed
    both, and exit code 6. A checkpoint of recent days is worth more than the genesis: whoever gets hold of
    the keys of validators that left long ago could seal another history from the genesis on.
    """
    token = read(token_file).decode().strip() if token_file else None
    clients = [NodeClient.at(node, token) for node in nodes]
    known = LightChain.decode(read(state)) if state.exists() else None
    trust = trust_of(known, genesis_hash, checkpoint)
    signatures, failures = SignatureCache(SEALS_REMEMBERED), list[Exception]()
    for client in clients:
        try:
            known = follow_node(known or start(client, trust), client, signatures)
        except Fork:
            raise
        except (NodeError, LedgerError) as error:
            say(f"[yellow]{shown(client.url)}[/]: {shown(str(error))}")
            failures.append(error)
    if known is None or len(failures) == len(clients):
        raise failures[0]
    write(state, known)
    report(describe(known), as_json)


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="The proof.", show_default=False)],
    state: StateFile,
    as_json: AsJson = False,
) -> None:
    """Check a proof, offline, by what is known of its chain; exit code 6 if it fails."""
    if path.exists() and path.stat().st_size > BUNDLE_BYTES_MAX:
        raise CommandError(f"{path} is larger than any proof", code=ExitCode.UNVERIFIED)
    known = LightChain.decode(read(state))
    verified = verify_against(known, Bundle.decode(read(path)), SignatureCache(SEALS_REMEMBERED))
    report({**describe_verified(verified), "followed_to": known.height}, as_json)


def trust_of(known: LightChain | None, genesis_hash: str, checkpoint: str) -> Trust:
    """What the user says, or what the file rests on, which need not be said again."""
    if known is None:
        return parse_trust(genesis_hash, checkpoint)
    if (genesis_hash or checkpoint) and parse_trust(genesis_hash, checkpoint) != known.trust:
        raise CommandError(
            f"what is known rests on {rests_on(known.trust)}",
            remedy="another --state for another trust",
            code=ExitCode.USAGE,
        )
    return known.trust


def start(client: NodeClient, trust: Trust) -> LightChain:
    """What is known at first: a node gives it, and the trusted hash verifies it. Raises BadProof."""
    if isinstance(trust, GenesisHash):
        genesis = Genesis.decode(client.genesis())
        if genesis.hash != trust.hash:
            raise BadProof(f"the node is of chain {genesis.hash.hex()}, not {trust.hash.hex()}")
        return LightChain.from_genesis(genesis)
    header = SealedHeader.decode(client.sealed_header(trust.height)).header
    if (header.height, header.hash) != (trust.height, trust.block_hash):
        raise BadProof(f"the node has another block {trust.height}, {header.hash.hex()}")
    return LightChain.from_checkpoint(header)


def follow_node(known: LightChain, client: NodeClient, signatures: SignatureCache) -> LightChain:
    """As far as a node goes; where it is behind, that it says the same. Raises BadProof, Fork, NodeError."""
    try:
        return go_on(known, client, signatures)
    except BadProof:
        # What it shows may follow from the trust all the same, and what is known be the forged history.
        return known.together(go_on(known.anew(), client, signatures), signatures)


def go_on(known: LightChain, client: NodeClient, signatures: SignatureCache) -> LightChain:
    """From what is known to where the node is. Raises BadProof, Fork, NodeError."""
    known = known.follow(header_in_common(known, client), signatures)
    while True:
        trail = Trail.decode(client.trail(known.height))
        followed = known.follow(trail.headers, signatures)
        if trail.last is not None or followed.height == known.height:
            return followed
        known = followed


def header_in_common(known: LightChain, client: NodeClient) -> list[SealedHeader]:
    """The last that both may have, as the node has it; none if the node does not hold it."""
    height = min(known.height, client.height())
    try:
        return [SealedHeader.decode(client.sealed_header(height))] if height > known.start else []
    except Refused as error:
        if error.status == NOT_FOUND:
            return []
        raise


def write(path: Path, known: LightChain) -> None:
    """Replace the file; who is interrupted has the old one."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(known.encode())
    fresh.replace(path)


def describe(known: LightChain) -> dict[str, Any]:
    last = known.last
    return {
        "chain": known.chain,
        "rests_on": rests_on(known.trust),
        "height": known.height,
        "block": last.header.hash if last else None,
        "slot": last.header.slot if last else None,
        "state_root": last.header.state_root if last else None,
        "committee": known.committee_at(known.height + 1),
        "committee_changes": len(known.handovers),
    }
