"""How blocks, transactions and receipts are shown: exact values under the names that the code uses."""

from collections.abc import Mapping
from typing import Any

from cli.errors import CommandError
from contracts.membership.queries import list_members
from crypto.address import Address, parse_address
from crypto.errors import BadAddress
from ledger.block import Block
from ledger.committee import Committee
from ledger.genesis import Genesis
from ledger.overlay import Reader
from ledger.receipt import Event, Receipt
from ledger.seals import Seals
from ledger.stored import Located


class Names:
    """Addresses shown with the names of the genesis, and of whom `state` says was admitted since."""

    def __init__(self, genesis: Genesis, state: Reader | None = None) -> None:
        members = (*genesis.members, *(list_members(state) if state is not None else ()))
        self._names: dict[str, str] = {member.address: member.name for member in members}

    def __getitem__(self, address: str) -> str:
        return self._names.get(address, address)

    def address_of(self, who: str) -> Address:
        """An address as it is, a stranger's too, or that of whom it is the name. Raises CommandError."""
        found = [address for address, name in self._names.items() if name == who and who not in self._names]
        if len(found) > 1:
            raise CommandError(f"several members are called {who!r}; give an address")
        try:
            return parse_address(found[0] if found else who)
        except BadAddress:
            raise CommandError(f"nobody is called {who!r}, and it is no address") from None


def describe_block(
    block: Block, seals: Seals, committee: Committee, receipts: tuple[Receipt, ...], names: Names
) -> dict[str, Any]:
    header = block.header
    return {
        "height": header.height,
        "hash": header.hash,
        "slot": header.slot,
        "round": header.round,
        "proposer": names[header.proposer],
        "signers": [names[committee.validators[seal.member].address] for seal in seals.seals],
        "quorum": committee.quorum,
        "parent": header.parent,
        "state_root": header.state_root,
        "transactions_root": header.transactions_root,
        "receipts_root": header.receipts_root,
        "transactions": [
            {"id": receipt.tx_id, "ok": receipt.ok, **({"error": receipt.error} if receipt.error else {})}
            for receipt in receipts
        ],
    }


def describe_transaction(located: Located, names: Names) -> dict[str, Any]:
    transaction = located.transaction
    return {
        "id": transaction.tx_id,
        "height": located.height,
        "position": located.position,
        "contract": transaction.contract,
        "action": transaction.action,
        "stage": transaction.stage.value if transaction.stage else None,
        "links": transaction.links,
        "sender": names[transaction.sender],
        "sequence": transaction.sequence,
        "arguments": transaction.arguments,
        "ok": located.receipt.ok,
        "error": located.receipt.error,
        "steps": located.receipt.steps,
        "events": [describe_event(event) for event in located.receipt.events],
    }


def describe_step(located: Located, names: Names) -> dict[str, Any]:
    """One line of a TDVA chain."""
    transaction = located.transaction
    return {
        "stage": transaction.stage.value if transaction.stage else "",
        "height": located.height,
        "action": f"{transaction.contract}.{transaction.action}",
        "sender": names[transaction.sender],
        "id": transaction.tx_id,
    }


def describe_event(event: Event) -> Mapping[str, Any]:
    return {"contract": event.contract, "name": event.name, "fields": event.fields}
