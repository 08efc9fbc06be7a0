"""`gridquorum tx`: sign a transaction and send it through a node."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import CommandError, ExitCode
from cli.node_directory import HERE, NodeDirectory, api_client, open_chain, read_config
from cli.output import AsJson, report
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.genesis import HEX, Genesis
from ledger.transaction import Transaction, sign_transaction
from node.client import NodeClient
from node.errors import Refused
from node.files import read_key

app = typer.Typer(help="Sign and send transactions.", no_args_is_help=True)

VALID_SLOTS = 20
WAIT_S = 60.0
POLL_S = 0.2


@app.callback()
def group() -> None:
    """Sign and send transactions."""


@app.command()
def send(
    contract: Annotated[str, typer.Argument(help="The contract, such as account.")],
    action: Annotated[str, typer.Argument(help="Its action, such as transfer.")],
    arguments: Annotated[str, typer.Argument(help='The arguments, as JSON; bytes as "hex:...".')] = "{}",
    key: Annotated[
        Path | None, typer.Option("--key", help="PEM file of the sender's key; the node's by default.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is final.")] = True,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Sign a transaction, send it through the node of this folder, and say what became of it."""
    sender = read_key(key or read_config(directory).node.key)
    sent = deliver(directory, sender, contract, action, parse_arguments(arguments), wait=wait)
    report(sent, as_json)
    check_taken(sent)


def deliver(
    directory: Path,
    sender: PrivateKey,
    contract: str,
    action: str,
    arguments: Mapping[str, Value],
    *,
    wait: bool = True,
) -> Mapping[str, Any]:
    """Sign a transaction, send it through the node of a folder, and say what became of it.

    Raises NodeError, or CommandError if no block takes it in time.
    """
    client = api_client(read_config(directory))
    return hand_in(client, sign(directory, client, sender, contract, action, arguments), wait=wait)


def hand_in(client: NodeClient, transaction: Transaction, *, wait: bool = True) -> Mapping[str, Any]:
    """Send a transaction through a node, and say what became of it.

    Raises NodeError, or CommandError if no block takes it in time.
    """
    identifier = client.submit(transaction.raw)
    if not wait:
        return {"tx_id": identifier, "status": "waiting"}
    final = wait_until_final(client, transaction)
    return {"tx_id": identifier, "height": final["height"], **final["receipt"]}


def check_taken(sent: Mapping[str, Any]) -> None:
    """Raises CommandError if it is in a block, and the contract refused it."""
    if not sent.get("ok", True):
        raise CommandError(f"the contract refused it: {sent['error']}")


def sign(
    directory: Path,
    client: NodeClient,
    sender: PrivateKey,
    contract: str,
    action: str,
    arguments: Mapping[str, Value],
) -> Transaction:
    """The next transaction of its sender, after all that waits at the node."""
    with open_chain(directory) as store:
        return sign_next(store.genesis, store.head.slot, client, sender, contract, action, arguments)


def sign_next(
    genesis: Genesis,
    head_slot: int,
    client: NodeClient,
    sender: PrivateKey,
    contract: str,
    action: str,
    arguments: Mapping[str, Value],
) -> Transaction:
    """The same of a chain whose last block is of `head_slot`."""
    # A chain that has stood still for long takes it all the same.
    slot = max(head_slot, time.time_ns() // 1_000_000 // genesis.slot_ms)
    sequence = client.next_sequence(sender.address)
    return sign_transaction(sender, genesis.hash, contract, action, arguments, sequence, slot + VALID_SLOTS)


def wait_until_final(client: NodeClient, transaction: Transaction) -> Mapping[str, Any]:
    """The transaction in its block. Raises CommandError if none takes it in time."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            found = client.transaction(transaction.tx_id)
        except Refused as error:
            raise CommandError(f"the transaction was dropped: {error}") from error
        if found["status"] == "final":
            return found
        time.sleep(POLL_S)
    raise CommandError(
        f"in no block after {WAIT_S:.0f} s",
        remedy="gridquorum status, to see whether the committee has a quorum",
        code=ExitCode.UNHEALTHY,
    )


def parse_arguments(text: str) -> Mapping[str, Value]:
    """Arguments from JSON, with bytes as in a genesis file."""
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise CommandError(f"the arguments are not JSON: {error}", code=ExitCode.USAGE) from error
    if not isinstance(parsed, dict):
        raise CommandError("the arguments are not a JSON object", code=ExitCode.USAGE)
    return {name: to_value(item, name) for name, item in parsed.items()}


def to_value(parsed: Any, name: str) -> Value:
    if isinstance(parsed, float):
        raise CommandError(f"{name}: {parsed} is not an integer; choose a smaller unit", code=ExitCode.USAGE)
    if isinstance(parsed, str) and parsed.startswith(HEX):
        try:
            return bytes.fromhex(parsed.removeprefix(HEX))
        except ValueError:
            raise CommandError(
                f"{name}: what follows {HEX} is not hexadecimal", code=ExitCode.USAGE
            ) from None
    if isinstance(parsed, list):
        return tuple(to_value(item, name) for item in parsed)
    if isinstance(parsed, dict):
        return {key: to_value(item, f"{name}.{key}") for key, item in parsed.items()}
    value: Value = parsed
    return value


def to_bytes(text: str, name: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise CommandError(f"{name}: what follows {HEX} is not hexadecimal", code=ExitCode.USAGE) from None
