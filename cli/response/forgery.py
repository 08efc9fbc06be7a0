"""Proof by trying: a dispatch that was changed a little, given to every validator, and why each refuses it.

Changed are one response by 1 W, one watt from one resource to another, and one voltage by 0.0001 p.u. Each
is tried with what a forger may hold: no key; the key of who submitted the dispatch; and the ENO's beside it,
which confirms the change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from cli.node_directory import api_client, open_chain, read_config
from contracts.arguments import check_arguments
from contracts.response.contract import Response
from contracts.response.network import NPU
from contracts.response.records import confirmation_message
from crypto.keys import PrivateKey
from ledger.application import Rules
from ledger.execution import build_block, execute_block
from ledger.head import Head, genesis_head
from ledger.quantities import Slot, TxId
from ledger.store import Store
from ledger.transaction import Transaction, sign_transaction
from node.application import standard_rules
from node.errors import Refused
from node.sender import VALID_SLOTS

VOLTAGE_CHANGE_NPU: Final = NPU // 10_000
NO_KEY: Final = "nobody"
SENDER_KEY: Final = "its sender"
BOTH_KEYS: Final = "its sender and the ENO"

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Keys:
    """What the strongest forger holds."""

    sender: PrivateKey
    """Of who submitted the dispatch."""
    operator: PrivateKey


@dataclass(frozen=True, slots=True)
class Forgery:
    """A dispatch with one thing changed."""

    change: str
    signed_by: str
    """Who signed it after the change."""
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a validator says to a forgery."""

    change: str
    signed_by: str
    validator: str
    reason: str
    """Empty if it takes it, which must not be."""


def forgeries(dispatch: Transaction, keys: Keys) -> Iterator[Forgery]:
    """All changes of a dispatch, each with all signatures."""
    for change, arguments in changes(dispatch.arguments).items():
        confirmed = {**arguments, "confirmation": confirm(dispatch, arguments, keys.operator)}
        yield Forgery(
            change, NO_KEY, replace(signed(dispatch, arguments, keys), signature=dispatch.signature)
        )
        yield Forgery(change, SENDER_KEY, signed(dispatch, arguments, keys))
        yield Forgery(change, BOTH_KEYS, signed(dispatch, confirmed, keys))


def changes(arguments: Arguments) -> Mapping[str, Arguments]:
    """A dispatch's arguments with one thing changed each, by what that is."""
    allocation_w, voltages = arguments["allocation_w"], arguments["voltages"]
    *others, giver = [number for number, response_w in enumerate(allocation_w) if response_w > 0]
    taker = others[0] if others else (giver + 1) % len(allocation_w)
    more = add(allocation_w, taker, 1)
    bus, ((re, im), *_) = len(voltages[0]) - 1, reversed(voltages[0])
    off = ((*voltages[0][:bus], (re + VOLTAGE_CHANGE_NPU, im)), *voltages[1:])
    return {
        f"1 W more of resource {taker}": {**arguments, "allocation_w": more},
        f"1 W moved from resource {giver} to {taker}": {**arguments, "allocation_w": add(more, giver, -1)},
        f"0.0001 p.u. more at bus {bus}": {**arguments, "voltages": off},
    }


def add(values: tuple[int, ...], place: int, change: int) -> tuple[int, ...]:
    return (*values[:place], values[place] + change, *values[place + 1 :])


def signed(dispatch: Transaction, arguments: Arguments, keys: Keys) -> Transaction:
    """The dispatch with other arguments, by its sender."""
    return sign_transaction(
        keys.sender,
        dispatch.chain,
        dispatch.contract,
        dispatch.action,
        arguments,
        dispatch.sequence,
        dispatch.valid_until,
        dispatch.stage,
        dispatch.links,
    )


def confirm(dispatch: Transaction, arguments: Arguments, operator: PrivateKey) -> bytes:
    """The ENO's signature of these arguments."""
    typed = cast(Any, check_arguments(Response.actions()["dispatch"].checks, arguments))
    (process,) = dispatch.links
    names = ("allocation_w", "cuts", "certificate", "voltages")
    return operator.sign(confirmation_message(dispatch.chain, process, *(typed[name] for name in names)))


def offer(forgery: Forgery, validators: Sequence[Path]) -> Iterator[Refusal]:
    """Send it to running validators, under the number that its sender would use next."""
    for folder in validators:
        client, reason = api_client(read_config(folder)), ""
        sequence = client.next_sequence(forgery.transaction.sender)
        valid_until = Slot(client.status()["slot"] + VALID_SLOTS)
        try:
            client.submit(replace(forgery.transaction, sequence=sequence, valid_until=valid_until).raw)
        except Refused as error:
            reason = str(error)
        yield Refusal(forgery.change, forgery.signed_by, folder.name, reason)


class Before:
    """A validator's own chain as it was when it judged the dispatch."""

    def __init__(self, folder: Path, dispatch: TxId) -> None:
        with open_chain(folder) as store:
            self._rules = standard_rules(store.genesis)
            self._height = store.transaction(dispatch).height
            self._header = store.block(self._height).header
            self._head = head_at(store, self._rules, self._height - 1)
        self._name = folder.name

    def judge(self, transaction: Transaction) -> str:
        """Why a block with this transaction alone changes nothing; empty if it does."""
        header = self._header
        built = build_block(
            self._rules, self._head, (transaction,), header.slot, header.round, header.proposer
        )
        refused = built.refused.get(transaction.tx_id)
        return f"{type(refused).__name__}: {refused}" if refused else built.executed.receipts[0].error

    def refuse(self, forgery: Forgery) -> Refusal:
        """What it says to a forgery in the place of the dispatch."""
        return Refusal(forgery.change, forgery.signed_by, self._name, self.judge(forgery.transaction))


def head_at(store: Store, rules: Rules, height: int) -> Head:
    """The chain as it was after a block, by executing it up to there."""
    head = genesis_head(store.genesis, rules.application)
    for at in range(1, height + 1):
        head = execute_block(rules, head, store.block(at)).head(store.seals(at))
    return head
