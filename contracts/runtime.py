"""The runtime: it turns transactions into calls of actions, and keeps what these change if they return.

It is what ledger.application asks for. The order of the contracts is the order in which they begin and in
which their hooks run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from contracts import tdva
from contracts.arguments import check_arguments
from contracts.context import Context, Journal
from contracts.contract import Action, Contract
from contracts.errors import (
    ArgumentError,
    CertificateRevoked,
    ContractError,
    NotAllowed,
    StageMismatch,
    UnknownAction,
    UnknownContract,
)
from contracts.membership import members, permissions, schedule, versions
from contracts.membership.members import Standing
from contracts.membership.parameters import ACTIONS
from contracts.steps import transaction_steps_max
from crypto.address import Address
from ledger.application import Context as BlockContext
from ledger.block import NO_PARENT, VERSIONS
from ledger.committee import Committee, Validator
from ledger.errors import LinkError
from ledger.execution import last_slot
from ledger.genesis import Genesis
from ledger.overlay import Overlay, Reader
from ledger.quantities import Height, Slot
from ledger.receipt import Event, Receipt
from ledger.state import State
from ledger.tdva import check_links
from ledger.transaction import Transaction


class Runtime:
    """The contracts of a chain. It holds no state of its own."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        self._contracts = {contract.name: contract for contract in contracts}
        self._actions = {contract.name: contract.actions() for contract in contracts}

    @property
    def actions(self) -> Mapping[str, Mapping[str, Action]]:
        """All actions, by contract and name."""
        return self._actions

    def begin(self, genesis: Genesis) -> State:
        """The state before the first block. Raises ContractError for parameters that are unfit."""
        for name in sorted(genesis.contracts):
            if name not in self._contracts:
                raise UnknownContract(name, tuple(self._contracts))
        journal = Journal(State(), genesis.steps)
        before = BlockContext(genesis, Height(0), genesis.first_slot, NO_PARENT, VERSIONS[0])
        ctx = Context("membership", before, journal)
        self._write_permissions(ctx)
        for name, contract in self._present(genesis):
            contract.begin(ctx.scope(name), ctx.parameters(name))
        return State().update(journal.state.changes)

    def committee(self, state: Reader, height: Height) -> Committee:
        """Who decides on `height`: one of the two that follow the state's own."""
        addresses = schedule.at(schedule.scheduled_in(state), height)
        return Committee(tuple([_validator(state, address) for address in addresses]))

    def block_version(self, state: Reader, height: Height) -> int:
        """The version that votes have activated for a height."""
        return versions.at(versions.activations_in(state), height)

    def is_member(self, state: Reader, address: Address) -> bool:
        """Whether the chain takes transactions from an address now: of a member whose certificate holds, or
        that has a seat which it cannot leave yet."""
        found = members.find_in(state, address)
        if found is None or found.standing is Standing.EXPELLED:
            return False
        if found.is_certified(last_slot(state)):
            return True
        return address in schedule.latest(schedule.scheduled_in(state))

    def open_slots(self, overlay: Overlay, slots: range, context: BlockContext) -> tuple[Event, ...]:
        """Run the hooks of every slot, in order; what one raises is a fault of ours."""
        journal = Journal(overlay, context.genesis.steps)
        for slot in slots:
            at_slot = replace(context, slot=Slot(slot))
            for name, contract in self._present(context.genesis):
                contract.on_slot(Context(name, at_slot, journal), Slot(slot))
        overlay.apply(journal.state.changes)
        return tuple(journal.events)

    def execute(self, overlay: Overlay, transaction: Transaction, context: BlockContext) -> Receipt:
        """Run one transaction; only a contract's own error, or a wrong link, fails it."""
        genesis = context.genesis
        steps_max = transaction_steps_max(genesis.limits)
        journal = Journal(overlay, genesis.steps, steps_max)
        ctx = Context(transaction.contract, context, journal, transaction)
        try:
            self._run(ctx, transaction)
        except (ContractError, LinkError) as error:
            message = f"{type(error).__name__}: {error}"
            return Receipt(transaction.tx_id, False, message, min(journal.steps, steps_max))
        overlay.apply(journal.state.changes)
        return Receipt(transaction.tx_id, True, "", journal.steps, tuple(journal.events))

    def _run(self, ctx: Context, transaction: Transaction) -> None:
        ctx.charge("transaction")
        action = self._find(ctx, transaction)
        _check_sender(ctx, action)
        arguments = _arguments(ctx, action, transaction)
        ctx.charge("read", 2 * len(transaction.links))
        process = check_links(ctx.journal.state, transaction)
        ctx = replace(ctx, process=process)
        action.handler(self._contracts[ctx.contract], ctx, **arguments)
        tdva.remember(ctx)

    def _find(self, ctx: Context, transaction: Transaction) -> Action:
        known = self._actions.get(ctx.contract, {}) if ctx.contract in ctx.genesis.contracts else {}
        if transaction.action not in known:
            raise UnknownAction(ctx.contract, transaction.action)
        action = known[transaction.action]
        if action.stage is not transaction.stage:
            raise StageMismatch(f"{ctx.contract}.{action.name}", action.stage, transaction.stage)
        return action

    def _present(self, genesis: Genesis) -> list[tuple[str, Contract]]:
        return [(name, contract) for name, contract in self._contracts.items() if name in genesis.contracts]

    def _write_permissions(self, ctx: Context) -> None:
        overrides = cast(Mapping[str, tuple[str, ...] | None], ctx.parameters("membership").get(ACTIONS, {}))
        for contract, _ in self._present(ctx.genesis):
            for action in self._actions[contract].values():
                permissions.allow(ctx, contract, action.name, action.roles)
        for name, roles in sorted(overrides.items()):
            contract, _, action_name = name.partition(".")
            if action_name not in self._actions.get(contract, {}):
                raise UnknownAction(contract, action_name)
            if (contract, action_name) in permissions.FIXED:
                raise ArgumentError(f"{ACTIONS}.{name}", "is what the committee decides by, its own alone")
            permissions.allow(ctx, contract, action_name, roles)


def _check_sender(ctx: Context, action: Action) -> None:
    roles = permissions.roles_for(ctx, ctx.contract, action.name)
    if roles is None:
        _check_not_revoked(ctx)
        return
    if not any(role in roles for role in members.roles_of(ctx, ctx.sender)):
        raise NotAllowed(ctx.sender, f"{ctx.contract}.{action.name}", roles)


def _check_not_revoked(ctx: Context) -> None:
    """Whoever is revoked, and keeps its seat until it is replaced, governs and no more: it may be a thief."""
    if ctx.contract == "membership":
        return
    sender = members.find_in(ctx.journal.state, ctx.sender)
    if sender is not None and sender.is_revoked:
        raise CertificateRevoked(ctx.sender)


def _arguments(ctx: Context, action: Action, transaction: Transaction) -> dict[str, Any]:
    ctx.charge("kilobyte", len(transaction.raw) // 1024)
    return check_arguments(action.checks, transaction.arguments)


def _validator(state: Reader, address: Address) -> Validator:
    found = members.find_in(state, address)
    if found is None:
        raise RuntimeError(f"membership has no record of the validator {address}")
    return Validator(address, found.public_key)
