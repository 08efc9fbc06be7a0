"""The files by which an authority's statements reach the chain.

Each holds, as JSON, the arguments of the transaction that takes it there: any member may send it.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.register import Issued
from crypto.keys import PrivateKey
from ledger.certification import CERTIFICATION, REVOCATION, Certification, Revocation
from ledger.genesis import HEX, Genesis
from ledger.quantities import Slot

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def statement_of(issued: Issued, genesis: Genesis) -> Certification | Revocation:
    """What the chain is to know of a certificate: until when it is in force, or that it is void."""
    if issued.revoked:
        return Revocation(genesis.hash, issued.address, issued.serial, issued.revoked.reason)
    return Certification(
        chain=genesis.hash,
        address=issued.address,
        public_key=bytes.fromhex(issued.public_key),
        organisation=issued.organisation,
        roles=issued.roles,
        serial=issued.serial,
        first_slot=slot_at(issued.not_before, genesis),
        last_slot=slot_at(issued.not_after, genesis),
    )


def slot_at(instant: datetime, genesis: Genesis) -> Slot:
    """The slot in which an instant falls."""
    return Slot((instant - EPOCH) // timedelta(milliseconds=genesis.slot_ms))


def slot_begin(slot: int, genesis: Genesis) -> datetime:
    """The instant at which a slot begins; the end of the calendar for what is after it."""
    try:
        return EPOCH + slot * timedelta(milliseconds=genesis.slot_ms)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def statement_text(issued: Issued, genesis: Genesis, authority: PrivateKey) -> bytes:
    """The signed statement, as the arguments of its transaction."""
    statement = statement_of(issued, genesis)
    kind = REVOCATION if issued.revoked else CERTIFICATION
    values = {kind: statement.encode(), "signature": statement.sign(authority)}
    return (json.dumps({name: HEX + value.hex() for name, value in values.items()}, indent=2) + "\n").encode()


def send_command(issued: Issued, path: Path) -> str:
    """The command by which a member takes a statement to the chain."""
    action = "revoke" if issued.revoked else "renew"
    return f'gridquorum tx send membership {action} "$(cat {path})" --dir NODE'
