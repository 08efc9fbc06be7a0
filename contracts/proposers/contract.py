"""The contract of proof of energy: it has no actions, and takes the committee's weights once an epoch."""

from collections.abc import Mapping

from contracts.context import Context
from contracts.contract import Contract
from contracts.proposers.errors import UnfitProposers
from contracts.proposers.parameters import PROPOSERS, read_parameters
from contracts.proposers.weights import take, weights_key
from ledger.codec import Value
from ledger.quantities import Slot


class Proposers(Contract):
    """Parameters of the genesis: contracts.proposers.parameters. On a chain without it, members take turns.

    The weights of epoch e are taken in the first block of epoch e - 1, from the state below that block: final
    for a whole epoch before they count. Before they are taken for the first time, all members weigh the same.
    """

    name = PROPOSERS

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        read_parameters(parameters)
        if "metering" not in ctx.genesis.contracts:
            raise UnfitProposers("alpha", "nothing is metered on a chain without the contract metering")

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        parameters = read_parameters(ctx.parameters(PROPOSERS))
        epoch = parameters.epoch(ctx.height)
        if ctx.get(weights_key(epoch + 1)) is not None:
            return
        weights = take(ctx, parameters)
        ctx.put(weights_key(epoch + 1), weights)
        ctx.delete(weights_key(epoch - 1))
        ctx.emit("weighed", epoch=epoch + 1, weights=weights)
