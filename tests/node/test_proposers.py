"""Turns by energy on the real ledger: weights from its meters, proposers as its headers must name them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from scipy.stats import chisquare

from consensus.poe import Seat, seed_of, turns
from consensus.proposer import rotation
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.metering.readings import Reading
from contracts.proposers.contract import Proposers
from contracts.proposers.weights import weights_of
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.committee import Committee, Validator
from ledger.errors import WrongHeaderField
from ledger.execution import build_block, execute_block
from ledger.quantities import Height, Round
from node.application import standard_rules
from node.proposers import proposer_order
from tests.contracts.chain import Chain, address, new_chain
from tests.contracts.membership.council import AUTHORITY, decide, enter, join

VALIDATORS = ("alder", "birch", "cedar", "dogwood")
METER_OF = {name: f"{name}'s meter" for name in VALIDATORS}
ROLES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(VALIDATORS, ("validator",)),
    **dict.fromkeys(METER_OF.values(), ("meter",)),
    "ash": ("microgrid",),
}
DAILY_WH = {"alder": 8_000, "birch": 4_000, "cedar": 2_000, "dogwood": 0}
EPOCH_BLOCKS = 24
FLOOR_WH, CAP_WH = 5_000, 40_000
PARAMETERS: Mapping[str, Value] = {
    "alpha": 1,
    "beta": 1,
    "gamma_per_member": 64,
    "epoch_blocks": EPOCH_BLOCKS,
    "floor_wh": FLOOR_WH,
    "cap_wh": CAP_WH,
}
PERIODS_A_DAY = 96
NEWCOMER = "elm"
NUMBERS = {name: number for number, name in enumerate((*ROLES, NEWCOMER), start=1)}
"""Of the founders: the committee, then the others, as the genesis lists them; then of who comes next."""
NOTHING: Mapping[str, Value] = dict.fromkeys(Reading.__dataclass_fields__)


def energy_chain() -> Chain:
    meters = {
        address(meter): {"owner": address(name), "carrier": "electricity", "place": name}
        for name, meter in METER_OF.items()
    }
    parameters: dict[str, Mapping[str, Value]] = {
        "membership": {"minimum": 3},
        "metering": {"meters": meters},
        "proposers": PARAMETERS,
    }
    contracts = [Membership(), Metering(), Proposers()]
    chain = new_chain(contracts, parameters, roles=ROLES, authority=AUTHORITY)
    chain.rules = replace(chain.rules, order=proposer_order(chain.genesis))
    return chain


def meter_a_day(chain: Chain) -> None:
    """Every meter reports, in the next block, what it saw of the last period."""
    period = chain.view.period
    for name, energy_wh in DAILY_WH.items():
        reading: dict[str, Value] = {**NOTHING, "generated_wh": energy_wh // 2, "consumed_wh": energy_wh // 2}
        chain.send(METER_OF[name], "metering", "report", {"period": period, "reading": reading})


def run(chain: Chain, blocks: int) -> None:
    for _ in range(blocks):
        if chain.head.height % PERIODS_A_DAY == 3:
            meter_a_day(chain)
        chain.make_block()


def order(chain: Chain, committee: Committee | None = None) -> list[str]:
    """Of the next height, by name; of its committee, or of another."""
    names = {address(name): name for name in NUMBERS}
    asked = committee or chain.committee
    places = chain.rules.order(chain.head.state, asked, Height(chain.head.height + 1))
    return [names[asked.validators[place].address] for place in places]


def computed(chain: Chain, weights: Mapping[str, int]) -> list[str]:
    """The same, from the definition and the weights that there should be."""
    height = Height(chain.head.height + 1)
    seats = tuple(Seat(NUMBERS[name], weight) for name, weight in weights.items())
    seed = seed_of(chain.genesis.hash, (height - 1) // EPOCH_BLOCKS)
    return [list(weights)[place] for place in turns(seed, height, seats, 64 * len(seats))]


def weights_in_force(chain: Chain) -> dict[str, int]:
    found = weights_of(chain.head.state, chain.head.height // EPOCH_BLOCKS)
    return {name: found.get(address(name), FLOOR_WH) for name in VALIDATORS}


def test_share_of_proposals_is_the_share_of_metered_energy() -> None:
    chain = energy_chain()
    expected: Counter[str] = Counter()
    for _ in range(1_200):
        weights = weights_in_force(chain)
        expected.update({name: weight / sum(weights.values()) for name, weight in weights.items()})
        run(chain, 1)
    spoken = Counter(executed.block.header.proposer for executed in chain.blocks)
    observed = [spoken[address(name)] for name in VALIDATORS]
    assert weights == {"alder": CAP_WH, "birch": 28_000, "cedar": 14_000, "dogwood": FLOOR_WH}
    assert chisquare(observed, [expected[name] for name in VALIDATORS]).pvalue > 0.01
    assert chisquare(observed).pvalue < 1e-9, "these are not equal turns"
    assert chain.replay().hash == chain.head.hash


def test_without_energy_all_weigh_the_same() -> None:
    chain = energy_chain()
    for _ in range(3 * EPOCH_BLOCKS):
        assert order(chain) == computed(chain, dict.fromkeys(VALIDATORS, 1))
        chain.make_block()


def test_energy_counts_from_an_epoch_after_it_was_weighed() -> None:
    chain = energy_chain()
    for _ in range(3 * EPOCH_BLOCKS):
        epoch = chain.head.height // EPOCH_BLOCKS
        weights = dict.fromkeys(VALIDATORS, FLOOR_WH)
        if epoch >= 2:
            weights |= {"alder": 8_000}
        assert weights_in_force(chain) == weights
        assert order(chain) == computed(chain, weights)
        run(chain, 1)


def test_a_block_by_anybody_else_is_invalid_in_every_round() -> None:
    chain = energy_chain()
    run(chain, 60)
    names = order(chain)
    for round_ in range(8):
        for name in VALIDATORS:
            built = build_block(chain.rules, chain.head, (), chain.slot, Round(round_), address(name))
            if name == names[round_ % 4]:
                execute_block(chain.rules, chain.head, built.block)
            else:
                with pytest.raises(WrongHeaderField, match="proposer"):
                    execute_block(chain.rules, chain.head, built.block)


def test_nothing_that_a_proposer_puts_into_blocks_moves_a_turn() -> None:
    plain, busy = energy_chain(), energy_chain()
    assert plain.genesis.hash == busy.genesis.hash
    for height in range(2 * EPOCH_BLOCKS):
        if height % 3 == 0:
            key = PrivateKey.from_secret(1_000 + height).public_key
            for name in VALIDATORS:
                busy.send(name, "membership", "change_encryption_key", {"key": key})
        run(plain, 1)
        run(busy, 1)
        assert plain.head.hash != busy.head.hash
        assert order(plain) == order(busy)


def test_missed_slots_and_later_rounds_move_no_turn_of_a_later_height() -> None:
    plain, late = energy_chain(), energy_chain()
    for _ in range(EPOCH_BLOCKS + 5):
        plain.make_block()
        late.make_block(late.slot + 2)
        assert order(plain) == order(late)


def test_keys_do_not_enter() -> None:
    chain = energy_chain()
    run(chain, 60)
    others = Committee(tuple(Validator(v.address, bytes(33)) for v in chain.committee.validators))
    assert order(chain, others) == order(chain)


def test_who_leaves_in_the_middle_of_an_epoch_takes_its_turns_along() -> None:
    chain = energy_chain()
    run(chain, 2 * EPOCH_BLOCKS + 4)
    assert decide(chain, "remove", "dogwood").ok
    assert len(order(chain)) == 4, "it still has its seat at the next height"
    chain.make_block()
    weights = {name: weight for name, weight in weights_in_force(chain).items() if name != "dogwood"}
    assert order(chain) == computed(chain, weights)
    run(chain, 2 * EPOCH_BLOCKS)
    assert "dogwood" not in order(chain)


def test_who_comes_in_the_middle_of_an_epoch_begins_at_the_floor() -> None:
    chain = energy_chain()
    run(chain, 2 * EPOCH_BLOCKS + 4)
    join(chain, NEWCOMER)
    assert enter(chain, NEWCOMER).ok
    assert len(order(chain)) == 4
    chain.make_block()
    epoch = chain.head.height // EPOCH_BLOCKS
    assert address(NEWCOMER) not in weights_of(chain.head.state, epoch)
    assert order(chain) == computed(chain, weights_in_force(chain) | {NEWCOMER: FLOOR_WH})
    run(chain, 2 * EPOCH_BLOCKS)
    assert weights_of(chain.head.state, epoch + 2)[address(NEWCOMER)] == FLOOR_WH


def test_a_height_costs_one_computation() -> None:
    chain = energy_chain()
    turns.cache_clear()
    run(chain, 20)
    for _ in range(10):
        order(chain)
    assert turns.cache_info().misses == 21


def test_a_genesis_without_the_contract_takes_turns() -> None:
    chain = new_chain([Membership(), Metering()])
    assert proposer_order(chain.genesis) is rotation
    assert standard_rules(chain.genesis).order is rotation
