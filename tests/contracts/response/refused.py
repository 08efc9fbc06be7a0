"""Calls of an event that must be refused by name, with nothing changed, or taken."""

from contracts.errors import ContractError
from contracts.response.parameters import RESPONSE
from ledger.errors import LinkError
from tests.contracts.calls import Call
from tests.contracts.rejections import attempt_call
from tests.contracts.response.market import Market


def check_refused(market: Market, error: type[ContractError | LinkError], call: Call) -> str:
    """The call must be refused with this error; returns what it says."""
    receipt, _ = attempt_call(
        market.chain, call.sender, RESPONSE, call.action, call.arguments, call.stage, call.links
    )
    assert not receipt.ok
    assert receipt.error.startswith(f"{error.__name__}: "), receipt.error
    return receipt.error


def check_taken(market: Market, call: Call) -> None:
    receipt, _ = attempt_call(
        market.chain, call.sender, RESPONSE, call.action, call.arguments, call.stage, call.links
    )
    assert receipt.ok, receipt.error
