"""Weights of the committee's members by the energy they metered, taken once an epoch for the next one."""

from collections.abc import Mapping
from typing import Final, cast

from contracts.context import Context, decode_value, state_key
from contracts.membership import members
from contracts.metering.readings import energy_of_day
from contracts.proposers.parameters import PROPOSERS, Parameters
from crypto.address import Address
from ledger.overlay import Reader

WEEK_DAYS: Final = 7


def take(ctx: Context, parameters: Parameters) -> Mapping[str, int]:
    """The weight of every member of the committee as of now."""
    return {address: _weight_wh(ctx, parameters, address) for address in members.committee(ctx)}


def _weight_wh(ctx: Context, parameters: Parameters, owner: Address) -> int:
    """Of the seven days before this one, and of this one so far."""
    today = ctx.genesis.day(ctx.period)
    days = [energy_of_day(ctx, owner, day) for day in range(today - WEEK_DAYS, today + 1)]
    return parameters.weight_wh(sum(day.generated_wh for day in days), sum(day.consumed_wh for day in days))


def weights_key(epoch: int) -> str:
    """Where this contract keeps the weights that hold in an epoch."""
    return f"weights/{epoch}"


def weights_of(state: Reader, epoch: int) -> Mapping[Address, int]:
    """The weights that hold in an epoch, of those who have one; in the first, nobody has."""
    data = state.get(state_key(PROPOSERS, weights_key(epoch)))
    return {} if data is None else cast(Mapping[Address, int], decode_value(data))
