"""The property of every handler: what is refused changes nothing, and nothing raises but named errors."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from contracts.contract import Action
from crypto.address import Address
from ledger.application import Context
from ledger.codec import Value
from ledger.overlay import Overlay
from ledger.quantities import Height, TxId
from ledger.receipt import Receipt
from ledger.stage import Stage
from ledger.transaction import Transaction, sign_transaction
from tests.contracts.chain import Chain, key_of
from tests.contracts.strategies import Known, arguments_for


def attempt_call(
    chain: Chain,
    sender: str,
    contract: str,
    action: str,
    arguments: Mapping[str, Value],
    stage: Stage | None = None,
    links: tuple[TxId, ...] = (),
) -> tuple[Receipt, Overlay]:
    """Execute a transaction in the next block's place, after its hooks; the chain stays as it is.

    What is refused has changed nothing.
    """
    overlay = Overlay(chain.head.state)
    context = Context(chain.genesis, Height(chain.head.height + 1), chain.slot, chain.head.hash, 1)
    chain.runtime.open_slots(overlay, range(chain.slot, chain.slot + 1), context)
    opened = dict(overlay.changes)
    key = key_of(sender)
    sequence = chain.view.next_sequence(key.address)
    transaction = sign_transaction(
        key, chain.genesis.hash, contract, action, arguments, sequence, chain.slot + 1, stage, links
    )
    receipt = chain.runtime.execute(overlay, transaction, context)
    if not receipt.ok:
        assert dict(overlay.changes) == opened
        assert not receipt.events
    return receipt, overlay


def check_random_call(
    data: st.DataObject,
    chain: Chain,
    contracts: Sequence[str],
    identifiers: Sequence[TxId],
    leave_out: Sequence[str] = (),
) -> bool:
    """Call a random action of these contracts with random arguments; whether it was taken."""
    names = [
        (contract, name)
        for contract in contracts
        for name in sorted(chain.runtime.actions[contract])
        if name not in leave_out
    ]
    contract, name = data.draw(st.sampled_from(names))
    action = chain.runtime.actions[contract][name]
    senders = [member.name for member in chain.genesis.members]
    known = Known([member.address for member in chain.genesis.members], list(identifiers))
    transaction = unsigned(
        chain,
        data.draw(st.sampled_from(senders)),
        contract,
        action,
        data.draw(arguments_for(action, known)),
        data.draw(st.lists(st.sampled_from(list(identifiers)), max_size=2)),
    )
    overlay = Overlay(chain.head.state)
    context = Context(chain.genesis, Height(chain.head.height + 1), chain.slot, chain.head.hash, 1)
    receipt = chain.runtime.execute(overlay, transaction, context)
    assert receipt.steps <= chain.genesis.limits.block_steps
    if not receipt.ok:
        assert not overlay.changes
        assert not receipt.events
        assert receipt.error
    return receipt.ok


def unsigned(
    chain: Chain,
    sender: str,
    contract: str,
    action: Action,
    arguments: dict[str, Value],
    links: Sequence[TxId] = (),
) -> Transaction:
    """A transaction for the runtime alone, which leaves signatures to the ledger."""
    key = key_of(sender)
    return Transaction(
        version=1,
        chain=chain.genesis.hash,
        contract=contract,
        action=action.name,
        arguments=arguments,
        stage=action.stage,
        links=tuple(links),
        sender=Address(key.address),
        sequence=0,
        valid_until=chain.slot,
        public_key=key.public_key,
        signature=bytes(64),
    )
