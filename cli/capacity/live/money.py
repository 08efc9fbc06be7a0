"""Whose money went where in a window: out of which escrow, or with a right that was sold on. Exact, from the
events of the chain's own account contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from cli.agreement import balance_changes, events_of
from contracts.capacity.keys import bond_escrow, buyer_escrow, price_escrow, seller_escrow
from contracts.capacity.records import WindowRecord
from ledger.quantities import Amount
from ledger.receipt import Event
from ledger.store import Store


class Purpose(StrEnum):
    """What money is paid for."""

    ENERGY = "energy"
    RESALE = "resale"
    DEPOSITS = "deposits"
    BONDS = "bonds"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that changed hands; `escrow` is empty where it came out of none."""

    purpose: Purpose
    escrow: str
    payer: str
    payee: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """By how much somebody's balance changed since the genesis, and by what; + is received. Millionths."""

    name: str
    change: int
    energy: int
    resale: int
    deposits: int
    bonds: int

    @property
    def parts(self) -> tuple[int, ...]:
        return (self.energy, self.resale, self.deposits, self.bonds)


def payments_of(store: Store, record: WindowRecord) -> list[Payment]:
    """All that changed hands for a window of capacity rights, which all of the chain's money does."""
    purposes = purposes_of(record)
    told = [event for _, event in events_of(store) if event.contract == "account"]
    return [payment for event in told if (payment := _payment(event, purposes)) is not None]


def purposes_of(record: WindowRecord) -> Mapping[str, Purpose]:
    """Of a window's escrows, by name."""
    purposes = {bond_escrow(record.number, bid): Purpose.BONDS for bid in range(record.sealed)}
    for right in range(record.rights):
        purposes[price_escrow(record.number, right)] = Purpose.ENERGY
        purposes[seller_escrow(record.number, right)] = Purpose.DEPOSITS
        purposes[buyer_escrow(record.number, right)] = Purpose.DEPOSITS
    return purposes


def _payment(event: Event, purposes: Mapping[str, Purpose]) -> Payment | None:
    said = cast(Mapping[str, Any], event.fields)
    if event.name == "slashed" and said["owner"] != said["payee"]:
        escrow = said["escrow"]
        return Payment(purposes[escrow], escrow, said["owner"], said["payee"], said["amount"])
    if event.name == "transferred":
        return Payment(Purpose.RESALE, "", said["payer"], said["payee"], said["amount"])
    return None


def lost_of(payments: list[Payment], escrow: str) -> Amount:
    """What of an escrow went to another than who had put it there."""
    return Amount(sum(payment.amount for payment in payments if payment.escrow == escrow))


def money_rows(store: Store, payments: list[Payment]) -> list[MoneyRow]:
    """By account that has, or had, money."""
    return [
        MoneyRow(name, change, *(received(payments, account, purpose) for purpose in Purpose))
        for account, name, change in balance_changes(store)
    ]


def received(payments: list[Payment], account: str, purpose: Purpose) -> int:
    """+ received, - paid."""
    of_purpose = [payment for payment in payments if payment.purpose is purpose]
    came = sum(payment.amount for payment in of_purpose if payment.payee == account)
    return came - sum(payment.amount for payment in of_purpose if payment.payer == account)
