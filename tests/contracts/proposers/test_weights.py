"""Weights of the committee from what its meters saw: taken once an epoch, in force in the next."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from contracts.errors import ArgumentError, ContractError
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.metering.readings import Reading
from contracts.proposers.contract import Proposers
from contracts.proposers.errors import UnfitProposers
from contracts.proposers.parameters import read_parameters
from contracts.proposers.weights import weights_key, weights_of
from ledger.codec import Value
from ledger.quantities import Height
from tests.contracts.chain import FIRST_SLOT, VALIDATORS, Chain, address, new_chain

PARAMETERS: Mapping[str, Value] = {
    "alpha": 2,
    "beta": 1,
    "gamma_per_member": 64,
    "epoch_blocks": 5,
    "floor_wh": 100,
    "cap_wh": 10_000,
}
NOTHING: Mapping[str, Value] = dict.fromkeys(Reading.__dataclass_fields__)
METERS: Mapping[str, Value] = {
    address("meter"): {"owner": address("alder"), "carrier": "electricity", "place": "roof"},
    address("meter2"): {"owner": address("birch"), "carrier": "electricity", "place": "mill"},
}
PERIODS_A_DAY = 96
FIRST_EVENING = 12
"""Periods before the first midnight of the chain."""


def energy_chain(**changes: Value) -> Chain:
    parameters = {"metering": {"meters": METERS}, "proposers": {**PARAMETERS, **changes}}
    return new_chain([Membership(), Metering(), Proposers()], parameters)


def report(chain: Chain, meter: str, period: int, **fields: int) -> None:
    reading: dict[str, Value] = {**NOTHING, **fields}
    chain.send(meter, "metering", "report", {"period": period, "reading": reading})


def weights(chain: Chain, epoch: int) -> dict[str, int]:
    """By name."""
    found = weights_of(chain.head.state, epoch)
    return {name: found[address(name)] for name in VALIDATORS if address(name) in found}


def run(chain: Chain, height: int) -> None:
    while chain.head.height < height:
        chain.make_block()


def test_weight_is_alpha_generated_plus_beta_consumed_within_floor_and_cap() -> None:
    parameters = read_parameters(PARAMETERS)
    assert parameters.weight_wh(1_000, 300) == 2_300
    assert parameters.weight_wh(0, 0) == 100
    assert parameters.weight_wh(20, 59) == 100
    assert parameters.weight_wh(5_000, 1) == 10_000
    assert parameters.weight_wh(10**18, 10**18) == 10_000


def test_epochs_are_whole_and_begin_with_the_first_block() -> None:
    parameters = read_parameters(PARAMETERS)
    assert [parameters.epoch(Height(height)) for height in (1, 5, 6, 10, 11)] == [0, 0, 1, 1, 2]


def test_weights_are_taken_below_the_first_block_of_an_epoch_for_the_next() -> None:
    chain = energy_chain()
    first = chain.genesis.first_period
    run(chain, 4)
    report(chain, "meter", first, generated_wh=1_000, consumed_wh=300)
    run(chain, 5)
    report(chain, "meter", first + 1, generated_wh=77)  # in block 6, which is too late for epoch 2
    run(chain, 6)
    assert weights(chain, 1) == dict.fromkeys(VALIDATORS, 100)
    assert weights(chain, 2) == {"alder": 2_300, "birch": 100, "cedar": 100, "dogwood": 100}
    taken = weights(chain, 2)
    report(chain, "meter2", first, consumed_wh=9_000)
    run(chain, 10)
    assert weights(chain, 2) == taken, "whatever is metered meanwhile"
    run(chain, 11)
    assert weights(chain, 3) == {"alder": 2_454, "birch": 9_000, "cedar": 100, "dogwood": 100}


def test_only_two_epochs_are_kept() -> None:
    chain = energy_chain()
    for height in range(1, 31):
        run(chain, height)
        epoch = (height - 1) // 5
        kept = [other for other in range(10) if chain.get("proposers", weights_key(other)) is not None]
        assert kept == [other for other in (epoch, epoch + 1) if other > 0]


def test_taking_weights_is_told_once_an_epoch() -> None:
    chain = energy_chain()
    run(chain, 12)
    told = [
        (executed.block.header.height, event.fields["epoch"])
        for executed in chain.blocks
        for event in executed.slot_events
        if event.name == "weighed"
    ]
    assert told == [(1, 1), (6, 2), (11, 3)]


def test_weights_are_taken_once_in_a_block_that_makes_up_for_missed_slots() -> None:
    chain = energy_chain(epoch_blocks=1)
    chain.make_block(FIRST_SLOT + 40)
    assert [event.name for event in chain.last.slot_events] == ["weighed"]


def test_a_past_week_counts_and_nothing_before_it() -> None:
    chain = energy_chain(epoch_blocks=1, alpha=1)
    run(chain, 2)
    report(chain, "meter", chain.genesis.first_period, generated_wh=5_000)
    chain.make_block()
    midnight = FIRST_SLOT + FIRST_EVENING

    def weight_after(slot: int) -> int:
        chain.make_block(slot)
        return weights(chain, chain.head.height)["alder"]

    assert weight_after(midnight) == 5_000
    assert weight_after(midnight + 7 * PERIODS_A_DAY - 1) == 5_000
    assert weight_after(midnight + 7 * PERIODS_A_DAY) == 100, "the day is eight days ago"


def test_storage_throughput_counts_for_nothing() -> None:
    chain = energy_chain(epoch_blocks=1)
    run(chain, 2)
    report(chain, "meter", chain.genesis.first_period, charged_wh=9_000, discharged_wh=9_000)
    run(chain, 4)
    assert weights(chain, 4) == dict.fromkeys(VALIDATORS, 100)


def test_a_correction_counts_from_the_next_weighing_on() -> None:
    chain = energy_chain()
    first = chain.genesis.first_period
    run(chain, 3)
    report(chain, "meter", first, generated_wh=1_000)
    run(chain, 6)
    reading = {**NOTHING, "generated_wh": 200}
    arguments: dict[str, Value] = {"period": first, "reading": reading, "reason": "drift"}
    chain.send("meter", "metering", "correct", arguments)
    run(chain, 11)
    assert weights(chain, 2)["alder"] == 2_000
    assert weights(chain, 3)["alder"] == 400


@pytest.mark.parametrize(
    ("changes", "error", "named"),
    [
        ({"alpha": 0, "beta": 0}, UnfitProposers, "alpha"),
        ({"floor_wh": 10_001}, UnfitProposers, "floor_wh"),
        ({"floor_wh": 0}, ArgumentError, "floor_wh"),
        ({"cap_wh": 2**53 + 1}, ArgumentError, "cap_wh"),
        ({"alpha": -1}, ArgumentError, "alpha"),
        ({"beta": 10**6 + 1}, ArgumentError, "beta"),
        ({"gamma_per_member": 63}, ArgumentError, "gamma_per_member"),
        ({"gamma_per_member": 257}, ArgumentError, "gamma_per_member"),
        ({"epoch_blocks": 0}, ArgumentError, "epoch_blocks"),
        ({"epoch_blocks": "week"}, ArgumentError, "epoch_blocks"),
        ({"delta": 1}, ArgumentError, "delta"),
    ],
)
def test_a_genesis_whose_parameters_do_not_fit_founds_no_chain(
    changes: Any, error: type[ContractError], named: str
) -> None:
    with pytest.raises(error, match=named):
        energy_chain(**changes)


def test_a_genesis_that_lacks_a_parameter_founds_no_chain() -> None:
    for name in PARAMETERS:
        parameters = {key: value for key, value in PARAMETERS.items() if key != name}
        with pytest.raises(ArgumentError, match=name):
            new_chain([Membership(), Metering(), Proposers()], {"proposers": parameters})


def test_energy_needs_meters() -> None:
    with pytest.raises(UnfitProposers, match="metering"):
        new_chain([Membership(), Proposers()], cast(Any, {"proposers": PARAMETERS}))


def test_all_members_replay_the_same_weights() -> None:
    chain = energy_chain()
    run(chain, 4)
    report(chain, "meter", chain.genesis.first_period, generated_wh=1_000)
    run(chain, 12)
    assert chain.replay().state.root == chain.head.state.root
