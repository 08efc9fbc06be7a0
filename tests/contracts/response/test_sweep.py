"""The distributed sweep: against pandapower, over a bad network, and where there is no power flow."""

from collections.abc import Sequence
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.response.network import NPU, Line, Network
from contracts.response.parameters import PERIODS_MAX
from contracts.response.safety import Injection, check_safe
from contracts.response.solving.flow import power_flow
from contracts.response.solving.phasors import PART_MAX, ROUNDS_MAX
from contracts.response.solving.sweep import BusMachine, neighbourhood, run_sweep
from contracts.response.solving.sweep_messages import BYTES_MAX, Kind, Progress, SweepMessage
from ledger.codec import Value, encode
from ledger.errors import DecodeError, Malformed, Oversized
from tests.contracts.response.radial import (
    feeder,
    injections_of,
    pandapower_voltages,
    radial,
    radial_networks,
)

TWO_PERIODS: list[list[Injection]] = [
    [(0, 0), (-9_000, -2_000), (4_000, 0), (0, 0), (30_000, 5_000)],
    [(500, 0), (-1_000, 0), (-4_000, 800), (0, 0), (0, 0)],
]


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_it_finds_the_power_flow(data: st.DataObject) -> None:
    network = data.draw(radial_networks())
    injections = data.draw(injections_of(network, 5_000))
    result = run_sweep(network, [injections])
    assert result.converged
    for got, expected in zip(result.voltages_npu[0], pandapower_voltages(network, injections), strict=True):
        assert abs(complex(*got) / NPU - expected) <= 5e-9
    check_safe(network, injections, result.voltages_npu[0], 10)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_computed_at_once_it_is_the_same(data: st.DataObject) -> None:
    network = data.draw(radial_networks())
    injections = [data.draw(injections_of(network, 5_000)) for _ in range(3)]
    swept, computed = run_sweep(network, injections), power_flow(network, injections)
    assert computed.converged
    assert swept.converged
    for got, expected in zip(swept.voltages_npu, computed.voltages_npu, strict=True):
        assert all(
            abs(complex(*one) - complex(*other)) <= 3 for one, other in zip(got, expected, strict=True)
        )


def test_periods_are_swept_as_if_alone() -> None:
    network = feeder(5)
    together = run_sweep(network, TWO_PERIODS)
    for period, injections in enumerate(TWO_PERIODS):
        (alone,) = run_sweep(network, [injections]).voltages_npu
        assert all(
            abs(complex(*got) - complex(*expected)) <= 2
            for got, expected in zip(together.voltages_npu[period], alone, strict=True)
        )


def test_it_counts_two_messages_a_line_and_round() -> None:
    result = run_sweep(feeder(5), TWO_PERIODS)
    assert result.messages == 2 * 4 * result.rounds
    assert 10 * result.messages < result.bytes < BYTES_MAX * result.messages


def test_the_connection_alone() -> None:
    result = run_sweep(radial([]), [[(5_000, 0)]])
    assert (result.converged, result.voltages_npu, result.messages) == (True, (((NPU, 0),),), 0)


@pytest.mark.parametrize("load_w", [-130_000, -200_000, -(10**7), -(10**18)])
def test_a_load_without_a_power_flow_is_a_result(load_w: int) -> None:
    network = radial([Line(0, 1, 200_000_000, 0, NPU), Line(1, 2, 1_000_000, 0, NPU)])
    result = run_sweep(network, [[(0, 0), (0, 0), (load_w, 0)], [(0, 0)] * 3])
    assert not result.converged
    assert result.rounds <= ROUNDS_MAX
    assert not power_flow(network, [[(0, 0), (0, 0), (load_w, 0)]]).converged


class Delivery:
    """Machines of a network whose messages are lost, repeated and overtaken, under a seed."""

    def __init__(self, network: Network, injections: Sequence[Sequence[Injection]], seed: int) -> None:
        self.random = Random(seed)
        self.machines = [
            BusMachine(neighbourhood(network, bus), at_bus)
            for bus, at_bus in enumerate(zip(*injections, strict=True))
        ]
        self.waiting = [(bus, *sent) for bus, machine in enumerate(self.machines) for sent in machine.start()]

    def run(self) -> None:
        for _ in range(100_000):
            if all(machine.progress is not Progress.MOVING for machine in self.machines):
                return
            if not self.waiting:
                self.waiting = [
                    (bus, *sent) for bus, machine in enumerate(self.machines) for sent in machine.repeat()
                ]
            sender, receiver, message = self.waiting.pop(self.random.randrange(len(self.waiting)))
            chance = self.random.random()
            if chance < 0.2:
                continue
            if chance < 0.4:
                self.waiting.append((sender, receiver, message))
            sent = self.machines[receiver].receive(sender, SweepMessage.decode(message.encode()))
            self.waiting.extend((receiver, *each) for each in sent)
        raise AssertionError("the sweep came to no end")


@settings(max_examples=25, deadline=None)
@given(network=radial_networks(buses_max=8), seed=st.integers(0, 2**32))
def test_losses_and_repeats_change_nothing(network: Network, seed: int) -> None:
    injections = [[(1_000 * bus, -500) for bus in range(len(network.buses))]] * 2
    expected = run_sweep(network, injections)
    delivery = Delivery(network, injections, seed)
    delivery.run()
    reached = zip(*(machine.voltages_npu for machine in delivery.machines), strict=True)
    assert tuple(reached) == expected.voltages_npu
    assert {machine.progress for machine in delivery.machines} == {Progress.SETTLED}


def test_all_learn_that_it_diverged() -> None:
    network = radial([Line(0, 1, 200_000_000, 0, NPU), Line(0, 2, 1_000_000, 0, NPU)])
    delivery = Delivery(network, [[(0, 0), (-(10**7), 0), (0, 0)]], seed=1)
    delivery.run()
    assert {machine.progress for machine in delivery.machines} == {Progress.DIVERGED}


def middle(voltages: int = 1) -> tuple[BusMachine, SweepMessage, SweepMessage]:
    """The middle of a row of three, what its child says, and what its parent answers."""
    machine = BusMachine(neighbourhood(feeder(3), 1), [(1_000, 0)] * voltages)
    currents = SweepMessage(Kind.CURRENTS, 1, Progress.MOVING, ((10**9, 0),) * voltages)
    upstream = SweepMessage(Kind.VOLTAGES, 1, Progress.MOVING, ((10**12, 0),) * voltages)
    return machine, currents, upstream


def test_a_bus_speaks_with_its_neighbours_alone() -> None:
    machine, currents, upstream = middle()
    assert machine.start() == ()
    ((parent, inward),) = machine.receive(2, currents)
    assert (parent, inward.kind, inward.round) == (0, Kind.CURRENTS, 1)
    assert machine.repeat() == ((0, inward),)
    ((child, outward),) = machine.receive(0, upstream)
    assert (child, outward.kind, outward.round) == (2, Kind.VOLTAGES, 1)
    assert machine.round == 2


def test_what_is_not_awaited_is_left_aside() -> None:
    machine, currents, upstream = middle()
    strangers = [(0, currents), (1, currents), (7, currents), (2, upstream), (7, upstream)]
    longer = SweepMessage(Kind.CURRENTS, 1, Progress.MOVING, currents.phasors * 2)
    later = SweepMessage(Kind.CURRENTS, 2, Progress.MOVING, currents.phasors)
    for sender, message in [*strangers, (0, upstream), (2, longer), (2, later)]:
        assert machine.receive(sender, message) == ()
    assert machine.receive(2, currents) != ()
    louder = SweepMessage(Kind.CURRENTS, 1, Progress.MOVING, ((10**12, 0),))
    assert machine.receive(2, louder) == ()
    before = machine.voltages_npu
    assert machine.receive(2, upstream) == ()
    assert machine.voltages_npu == before
    last = SweepMessage(Kind.VOLTAGES, 1, Progress.SETTLED, upstream.phasors)
    assert machine.receive(0, last) != ()
    assert machine.receive(0, last) == ()
    assert machine.progress is Progress.SETTLED


def test_voltages_do_not_come_before_the_currents_were_told() -> None:
    machine, currents, upstream = middle()
    machine.receive(2, currents)
    machine.receive(0, upstream)
    early = SweepMessage(Kind.VOLTAGES, 2, Progress.MOVING, upstream.phasors)
    assert machine.receive(0, early) == ()
    assert machine.round == 2


def test_currents_that_rest_do_not_settle_a_voltage_that_moved() -> None:
    machine = BusMachine(neighbourhood(feeder(3), 1), [(0, 0)])
    _, currents, upstream = middle()
    machine.receive(2, currents)
    machine.receive(0, upstream)
    for round_, expected in [(2, Progress.MOVING), (3, Progress.SETTLED)]:
        resting = SweepMessage(Kind.CURRENTS, round_, Progress.SETTLED, currents.phasors)
        ((_, inward),) = machine.receive(2, resting)
        assert inward.progress is expected
        machine.receive(0, SweepMessage(Kind.VOLTAGES, round_, Progress.MOVING, upstream.phasors))


def test_the_greatest_numbers_do_no_harm() -> None:
    machine, _, _ = middle()
    greatest = ((PART_MAX, -PART_MAX),)
    machine.receive(2, SweepMessage(Kind.CURRENTS, 1, Progress.MOVING, greatest))
    ((_, outward),) = machine.receive(0, SweepMessage(Kind.VOLTAGES, 1, Progress.MOVING, greatest))
    assert SweepMessage.decode(outward.encode()) == outward
    ((_, inward),) = machine.receive(2, SweepMessage(Kind.CURRENTS, 2, Progress.MOVING, greatest))
    assert inward.progress is Progress.DIVERGED


PARTS = st.integers(-PART_MAX, PART_MAX)
MESSAGES = st.builds(
    SweepMessage,
    st.sampled_from(Kind),
    st.integers(1, ROUNDS_MAX),
    st.sampled_from(Progress),
    st.lists(st.tuples(PARTS, PARTS), min_size=1, max_size=PERIODS_MAX).map(tuple),
)


@given(MESSAGES)
def test_a_message_comes_back_from_its_bytes(message: SweepMessage) -> None:
    assert len(message.encode()) <= BYTES_MAX
    assert SweepMessage.decode(message.encode()) == message


@pytest.mark.parametrize(
    "fields",
    [
        (),
        (2, 1, 0, (0, 0)),
        (0, 0, 0, (0, 0)),
        (0, ROUNDS_MAX + 1, 0, (0, 0)),
        (0, 1, 3, (0, 0)),
        (0, 1, -1, (0, 0)),
        (0, 1, True, (0, 0)),
        (0, 1, 0, ()),
        (0, 1, 0, (0,)),
        (0, 1, 0, (0, 0) * (PERIODS_MAX + 1)),
        (0, 1, 0, (PART_MAX + 1, 0)),
        (0, 1, 0, (0, -PART_MAX - 1)),
        (0, 1, 0, (0, None)),
        (0, 1, 0, 5),
        (0, 1, 0, (0, 0), 0),
    ],
)
def test_a_message_out_of_bounds(fields: Value) -> None:
    with pytest.raises(Malformed):
        SweepMessage.decode(encode(fields))


def test_a_message_too_long() -> None:
    with pytest.raises(Oversized):
        SweepMessage.decode(bytes(BYTES_MAX + 1))


@given(st.binary(max_size=64))
def test_bytes_of_any_kind(body: bytes) -> None:
    with suppress(DecodeError):
        SweepMessage.decode(body)
