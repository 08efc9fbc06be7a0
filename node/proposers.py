"""Whose turn it is on a chain: rotation, or proof of energy where the genesis asks for it."""

from consensus.poe import Seat, seed_of, turns
from consensus.proposer import rotation
from contracts.context import decode_value, state_key
from contracts.membership.members import decode_member, member_key
from contracts.proposers.parameters import PROPOSERS, read_parameters
from contracts.proposers.weights import weights_of
from crypto.address import Address
from ledger.application import ProposerOrder
from ledger.committee import Committee
from ledger.genesis import Genesis
from ledger.overlay import Reader
from ledger.quantities import Height


def proposer_order(genesis: Genesis) -> ProposerOrder:
    """The order of turns that the founders chose."""
    return energy_order(genesis) if PROPOSERS in genesis.contracts else rotation


def energy_order(genesis: Genesis) -> ProposerOrder:
    """Turns by ticket over weight; whoever has no weight yet in this epoch counts with the least."""

    def order(state: Reader, committee: Committee, height: Height) -> tuple[int, ...]:
        # They fit, or the contract would not have begun the chain that this state is of.
        parameters = read_parameters(genesis.contracts[PROPOSERS])
        epoch = parameters.epoch(height)
        weights = weights_of(state, epoch)
        seats = tuple(
            Seat(number_of(state, member.address), weights.get(member.address, parameters.floor_wh))
            for member in committee.validators
        )
        gamma = parameters.gamma_per_member * len(seats)
        return turns(seed_of(genesis.hash, epoch), height, seats, gamma)

    return order


def number_of(state: Reader, address: Address) -> int:
    """The number of a member of the committee. Raises RuntimeError for a state that does not know it."""
    data = state.get(state_key("membership", member_key(address)))
    if data is None:
        raise RuntimeError(f"membership does not keep {address}, who is in the committee")
    return decode_member(address, decode_value(data)).number
