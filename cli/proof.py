"""`gridquorum chain proof` and `chain verify`: a file that convinces an outsider, without any node."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.describe import describe_event
from cli.errors import CommandError, ExitCode
from cli.files import read, write_new
from cli.identifiers import TransactionId, parse_digest
from cli.node_directory import HERE, NodeDirectory, open_chain
from cli.output import AsJson, report
from contracts.context import decode_value, state_key
from crypto.hashing import Digest
from crypto.signatures import SignatureCache
from ledger.light import Checkpoint, GenesisHash, Trust
from ledger.proof import (
    BUNDLE_BYTES_MAX,
    Claim,
    StateClaim,
    Verified,
    prove_state,
    prove_transaction,
    verify_bundle,
)
from ledger.quantities import Height

SEALS_REMEMBERED = 1_024

OutFile = Annotated[Path, typer.Option("--out", help="Where to write the proof.")]
FromCheckpoint = Annotated[
    int | None, typer.Option("--checkpoint", min=1, help="Rest on this block instead of the genesis.")
]


def proof(
    identifier: TransactionId,
    out: OutFile = Path("proof.bin"),
    checkpoint: FromCheckpoint = None,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Prove to anyone that a transaction is in the chain, and what became of it."""
    with open_chain(directory) as store:
        bundle = prove_transaction(store, parse_digest(identifier), checkpoint)
        hint = verify_hint(out, store.genesis.hash, checkpoint, bundle.anchor.hash)
    data = bundle.encode()
    write_new(out, data)
    report({"proof": out, "bytes": len(data), "height": bundle.header.height, "verify": hint}, as_json)


def proof_state(
    contract: Annotated[str, typer.Argument(help="The contract, such as account.")],
    key: Annotated[str, typer.Argument(help="The key in its state, such as balance/ADDRESS.")],
    out: OutFile = Path("proof.bin"),
    checkpoint: FromCheckpoint = None,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Prove to anyone what a contract keeps under a key after the last block, or that it keeps nothing."""
    with open_chain(directory) as store:
        bundle = prove_state(store, state_key(contract, key), checkpoint)
        hint = verify_hint(out, store.genesis.hash, checkpoint, bundle.anchor.hash)
    data = bundle.encode()
    write_new(out, data)
    report({"proof": out, "bytes": len(data), "height": bundle.header.height, "verify": hint}, as_json)


def verify(
    path: Annotated[Path, typer.Argument(help="The proof.", show_default=False)],
    genesis_hash: Annotated[
        str, typer.Option("--genesis", help="The chain's genesis hash, from a source that you trust.")
    ] = "",
    checkpoint: Annotated[
        str, typer.Option("--checkpoint", help="A block that you trust, as HEIGHT:HASH.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check a proof, offline, from a genesis hash or a checkpoint that you trust; exit code 6 if it fails."""
    if path.exists() and path.stat().st_size > BUNDLE_BYTES_MAX:
        raise CommandError(f"{path} is larger than any proof", code=ExitCode.UNVERIFIED)
    trust = parse_trust(genesis_hash, checkpoint)
    verified = verify_bundle(read(path), trust, SignatureCache(SEALS_REMEMBERED))
    report(describe_verified(verified), as_json)


def parse_trust(genesis_hash: str, checkpoint: str) -> Trust:
    """What the user trusts: exactly one of the two."""
    if bool(genesis_hash) == bool(checkpoint):
        raise CommandError("give either --genesis HASH or --checkpoint HEIGHT:HASH", code=ExitCode.USAGE)
    if genesis_hash:
        return GenesisHash(parse_digest(genesis_hash))
    height, _, block_hash = checkpoint.partition(":")
    if not (height.isascii() and height.isdigit()):
        raise CommandError(f"{checkpoint!r} is not HEIGHT:HASH", code=ExitCode.USAGE)
    return Checkpoint(Height(int(height)), parse_digest(block_hash))


def verify_hint(path: Path, genesis_hash: Digest, checkpoint: int | None, anchor: Digest) -> str:
    trusted = f"--checkpoint {checkpoint}:{anchor.hex()}" if checkpoint else f"--genesis {genesis_hash.hex()}"
    return f"gridquorum chain verify {path} {trusted}"


def describe_verified(verified: Verified) -> dict[str, Any]:
    return {
        "proven": True,
        "rests_on": rests_on(verified.trust),
        "chain": verified.chain,
        "height": verified.header.height,
        "slot": verified.header.slot,
        "block": verified.header.hash,
        **describe_claim(verified.claim),
    }


def rests_on(trust: Trust) -> str:
    if isinstance(trust, GenesisHash):
        return f"the genesis {trust.hash.hex()}"
    return f"the checkpoint {trust.height}:{trust.block_hash.hex()}"


def describe_claim(claim: Claim) -> dict[str, Any]:
    if isinstance(claim, StateClaim):
        value = None if claim.value is None else decode_value(claim.value)
        return {"key": claim.key.decode(errors="replace"), "value": value}
    transaction, receipt = claim.transaction, claim.receipt
    return {
        "transaction": transaction.tx_id,
        "action": f"{transaction.contract}.{transaction.action}",
        "stage": transaction.stage.value if transaction.stage else None,
        "sender": transaction.sender,
        "ok": receipt.ok,
        "error": receipt.error,
        "events": [describe_event(event) for event in receipt.events],
    }
