"""Sending what is to be refused: it must name its error, and change nothing."""

from collections.abc import Mapping

from contracts.errors import ContractError
from ledger.application import Context
from ledger.codec import Value
from ledger.errors import LinkError
from ledger.overlay import Overlay
from ledger.quantities import Height, TxId
from ledger.receipt import Receipt
from ledger.stage import Stage
from ledger.transaction import sign_transaction
from tests.contracts.chain import key_of
from tests.contracts.dispatch_day.market import Market


def attempt(
    market: Market,
    sender: str,
    action: str,
    arguments: Mapping[str, Value],
    stage: Stage | None = None,
    links: tuple[TxId, ...] = (),
    contract: str = "dispatch",
) -> tuple[Receipt, Overlay]:
    """Execute a transaction in the next block's place, after its hooks; the chain stays as it is."""
    chain = market.chain
    overlay = Overlay(chain.head.state)
    context = Context(chain.genesis, Height(chain.head.height + 1), chain.slot, chain.head.hash, 1)
    chain.runtime.open_slots(overlay, range(chain.slot, chain.slot + 1), context)
    opened = dict(overlay.changes)
    key = key_of(sender)
    sequence = market.sight.view.next_sequence(key.address)
    transaction = sign_transaction(
        key, chain.genesis.hash, contract, action, arguments, sequence, chain.slot + 1, stage, links
    )
    receipt = chain.runtime.execute(overlay, transaction, context)
    if not receipt.ok:
        assert dict(overlay.changes) == opened
        assert not receipt.events
    return receipt, overlay


def check_refused(
    market: Market,
    error: type[ContractError | LinkError],
    sender: str,
    action: str,
    arguments: Mapping[str, Value],
    stage: Stage | None = None,
    links: tuple[TxId, ...] = (),
    contract: str = "dispatch",
) -> str:
    """The transaction must be refused with this error; returns what it says."""
    receipt, _ = attempt(market, sender, action, arguments, stage, links, contract)
    assert not receipt.ok
    assert receipt.error.startswith(f"{error.__name__}: "), receipt.error
    return receipt.error


def check_taken(
    market: Market,
    sender: str,
    action: str,
    arguments: Mapping[str, Value],
    stage: Stage | None = None,
    links: tuple[TxId, ...] = (),
    contract: str = "dispatch",
) -> None:
    """The transaction would be taken."""
    receipt, _ = attempt(market, sender, action, arguments, stage, links, contract)
    assert receipt.ok, receipt.error
