"""Whole committees with turns by energy: in fair weather, then in foul, among liars and while they change."""

import pytest

from consensus.poe import Seat, seed_of, turns
from crypto.hashing import sha256
from ledger.quantities import Height
from tests.consensus.disk import Disk
from tests.consensus.rules import ToyRules
from tests.consensus.scenario import Faults, Scenario
from tests.consensus.trial import simulate
from tests.consensus.watch import Violation

SEED = seed_of(sha256(b"energy in the simulator"), 0)
SEEDS_EACH = 20
GAMMA_PER_MEMBER = 64


def weight_of(number: int) -> int:
    """From 1 to 100, as unequal as floor and cap may make them."""
    return 1 + number * 37 % 100


def order_by_energy(rules: ToyRules, disk: Disk) -> tuple[int, ...]:
    height = disk.height + 1
    numbers = [rules.place_of[validator.address] + 1 for validator in disk.committee(height).validators]
    seats = tuple(Seat(number, weight_of(number)) for number in numbers)
    return turns(SEED, height, seats, GAMMA_PER_MEMBER * len(seats))


def run_seeds(first: int) -> None:
    for seed in range(first, first + SEEDS_EACH):
        try:
            simulate(seed)
        except Violation as broken:
            pytest.fail(f"seed {seed}, with turns by energy: {broken}", pytrace=False)


@pytest.fixture(autouse=True)
def _by_energy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ToyRules, "order", order_by_energy)


def test_in_fair_weather_whoever_is_first_by_energy_proposes_every_block() -> None:
    calm = Scenario(members=5, slot_ms=700, chaos_ms=100_000, faults=Faults(), skews_ms=(0,) * 5)
    world = simulate(1, calm)
    chain = [block for block, _ in world.nodes[0].disk.chain]
    assert len(chain) > 100
    assert all(block.round == 0 for block in chain)
    seats = tuple(Seat(number, weight_of(number)) for number in range(1, 6))
    firsts = [turns(SEED, block.height, seats, GAMMA_PER_MEMBER * 5)[0] for block in chain]
    addresses = [validator.address for validator in world.nodes[0].disk.committee(Height(1)).validators]
    assert [block.proposer for block in chain] == [addresses[place] for place in firsts]
    # The last weighs 86 and the third 12.
    assert firsts.count(4) > 3 * firsts.count(2) > 0


@pytest.mark.parametrize("first", range(500_000, 500_200, SEEDS_EACH))
def test_seeds(first: int) -> None:
    run_seeds(first)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(510_000, 514_000, SEEDS_EACH))
def test_more_seeds(first: int) -> None:
    run_seeds(first)
