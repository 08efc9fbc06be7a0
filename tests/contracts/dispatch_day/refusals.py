"""Sending what is to be refused: it must name its error, and change nothing."""

from collections.abc import Mapping

from contracts.errors import ContractError
from ledger.codec import Value
from ledger.errors import LinkError
from ledger.overlay import Overlay
from ledger.quantities import TxId
from ledger.receipt import Receipt
from ledger.stage import Stage
from tests.contracts.dispatch_day.market import Market
from tests.contracts.rejections import attempt_call


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
    return attempt_call(market.chain, sender, contract, action, arguments, stage, links)


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
