"""What is true of a simulated chain for everyone: turns, valid blocks, and which committees there may be."""

import random

from consensus.proposer import rotation
from crypto.address import Address
from ledger.committee import Committee, Validator
from ledger.state import State
from tests.consensus.committee import ToyBlock, committee_after, validator_of
from tests.consensus.disk import Disk
from tests.consensus.scenario import MEMBERS_MAX, Scenario


class ToyRules:
    """Pure: the same for all who have the same chain."""

    def __init__(self, scenario: Scenario, liars: frozenset[int]) -> None:
        self.scenario = scenario
        self.place_of = {validator_of(place).address: place for place in range(scenario.everyone)}
        self.liars = frozenset(validator_of(place).address for place in liars)
        """Whose keys the adversary has."""

    def validator(self, address: Address) -> Validator:
        """Whose address it is."""
        return validator_of(self.place_of[address])

    def order(self, disk: Disk) -> tuple[int, ...]:
        """In which the committee may propose on the head."""
        height = disk.height + 1
        committee = disk.committee(height)
        if self.scenario.is_shuffled:
            dice = random.Random(disk.head_digest)
            return tuple(dice.sample(range(len(committee)), len(committee)))
        return rotation(State(), committee, height)

    def proposer(self, disk: Disk, round: int) -> Address:
        """Whose turn it is on the head."""
        order = self.order(disk)
        return disk.committee(disk.height + 1).validators[order[round % len(order)]].address

    def objection(self, disk: Disk, block: ToyBlock) -> str:
        """Why a block is not valid on the head; empty if it is."""
        if block.parent != disk.head_digest or block.height != disk.height + 1:
            return "another parent"
        if disk.chain and block.slot <= disk.chain[-1][0].slot:
            return "its slot is not later than its parent's"
        if block.proposer != self.proposer(disk, block.round):
            return "it was not its proposer's turn"
        if block.change is not None and not self.may_change(disk.committees[-1], block.change):
            return "the committee may not change so"
        return ""

    def may_change(self, committee: Committee, place: int) -> bool:
        """As if voted on: by one member at a time, and not so that liars get too many."""
        if place >= self.scenario.everyone:
            return False
        after = committee_after(committee, place)
        liars = sum(validator.address in self.liars for validator in after.validators)
        return self.scenario.members_min <= len(after) <= MEMBERS_MAX and liars <= after.faulty_max
