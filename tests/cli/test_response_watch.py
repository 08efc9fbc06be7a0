"""Watching an event through the APIs of nodes, which are played here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CommandError
from cli.response.live import total
from cli.response.scene import Scene
from cli.response.watch import EventWatch, Traffic, traffic_in
from contracts.metering.readings import reading_key
from contracts.response.records import event_key
from crypto.address import Address
from ledger.quantities import Period
from node.metrics import Metrics
from tests.cli.settled_event import found

METER = Address("meter")


@dataclass
class Node:
    """What a node would answer."""

    slot: int
    values: dict[tuple[str, str], Any] = field(default_factory=dict)

    def status(self) -> Mapping[str, Any]:
        usual = {"height": 1, "round": 0, "committee": 4, "pending": 0, "ready": True, "warnings": ()}
        return {**usual, "slot": self.slot}

    def block(self, _height: int) -> Mapping[str, Any]:
        return {"seals": {"members": [0, 1, 2]}}

    def state(self, contract: str, key: str) -> Any:
        return self.values.get((contract, key))

    def have(self, phase: str, reason: str = "") -> None:
        alarm = {"meter": METER, "period": 1}
        self.values["response", event_key(0)] = {"phase": phase, "alarm": alarm, "reason": reason}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return found(tmp_path_factory.mktemp("watched"))


@pytest.fixture
def nodes(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Mapping[Path, Node]:
    made = {folder: Node(scene.network.genesis.first_slot + 4) for folder in scene.validators}
    monkeypatch.setattr("cli.chain_watch.read_config", lambda folder: folder)
    monkeypatch.setattr("cli.chain_watch.api_client", made.__getitem__)
    return made


def watch(scene: Scene) -> EventWatch:
    return EventWatch(scene.validators, scene.network.genesis)


def test_event_is_over_once_all_validators_have_settled_it(scene: Scene, nodes: Mapping[Path, Node]) -> None:
    watching = watch(scene)
    assert not watching.is_over()
    assert "before the event" in watching.line()
    for node in nodes.values():
        assert not watching.is_over()
        node.have("settled")
    assert watching.is_over()


def test_line_tells_the_time_and_the_voltage_on_the_chain(scene: Scene, nodes: Mapping[Path, Node]) -> None:
    genesis = scene.network.genesis
    read = reading_key(METER, Period(genesis.first_period + 2))
    for node in nodes.values():
        node.have("running")
        node.values["metering", read] = {"voltage_mv": 242_487}
    watching = watch(scene)
    watching.is_over()
    assert watching.line().endswith("10:15  [bold]running[/]  1.0500 p.u.")


@pytest.mark.parametrize("phase", ["lapsed", "infeasible"])
def test_event_that_ends_otherwise_is_an_error(scene: Scene, nodes: Mapping[Path, Node], phase: str) -> None:
    for node in nodes.values():
        node.have(phase, "nobody sealed a quote")
    with pytest.raises(CommandError, match=f"{phase}: nobody sealed a quote"):
        watch(scene).is_over()


def test_traffic_is_counted_by_topic_and_summed_over_nodes() -> None:
    metrics = Metrics()
    metrics.sent("response/answer", 40, 1)
    metrics.sent("response/answer", 50, 2)
    sent = traffic_in(metrics.text().decode())
    assert sent == {"response/answer": Traffic(3, 140)}
    other = {"response/answer": Traffic(1, 10), "response/sweep": Traffic(2, 9)}
    assert total([sent, other]) == {"response/answer": Traffic(4, 150), "response/sweep": Traffic(2, 9)}
