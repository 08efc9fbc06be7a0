"""Founding a demand response network: who has a node, whom it dials, and what the genesis certifies."""

import pytest

from cli.response.scene import Scene
from contracts.response.network import NPU
from contracts.response.parameters import parameters_of
from contracts.response.solving.sweep import run_sweep
from node.config import CONFIG_NAME, load_config
from studies.six_nodes import six_nodes
from tests.cli.settled_event import found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return found(tmp_path_factory.mktemp("response"))


def dialled(scene: Scene, name: str) -> set[str]:
    """Names of the nodes that a node dials."""
    reached = {node.endpoint.reach: node.name for node in scene.network.nodes}
    return {reached[peer] for peer in load_config(scene.folders[name] / CONFIG_NAME).network.peers}


def test_every_owner_has_a_node_of_its_own_with_its_meter(scene: Scene) -> None:
    assert len(scene.validators) == 4
    assert len(scene.owners) == 6
    for folder in scene.owners:
        kinds = [agent.kind for agent in load_config(folder / CONFIG_NAME).agents]
        assert kinds == ["response-participant", "response-meter"]


def test_owners_dial_the_committee_and_their_neighbours_on_the_lines(scene: Scene) -> None:
    committee = {folder.name for folder in scene.validators}
    assert dialled(scene, "solar-park") == committee | {"solar-roof"}
    assert dialled(scene, "cold-store") == committee | {"wind-turbine", "battery", "solar-roof"}
    assert dialled(scene, "validator-1") == committee - {"validator-1"}


def test_only_the_grid_company_operates_the_network(scene: Scene) -> None:
    genesis = scene.network.genesis
    operator = genesis.member(parameters_of(genesis).eno)
    assert operator is not None
    assert (operator.name, operator.roles) == ("validator-2", ("validator", "eno"))
    kinds = {folder.name: load_config(folder / CONFIG_NAME).agents for folder in scene.validators}
    assert {name: [agent.kind for agent in agents] for name, agents in kinds.items() if agents} == {
        "validator-2": ["response-operator"]
    }


def test_chain_begins_shortly_before_the_first_bus_goes_over_voltage(scene: Scene) -> None:
    case, genesis = six_nodes(), scene.network.genesis
    begin, nobody = genesis.first_period % genesis.periods_per_day, [0] * len(case.resources)
    flows = run_sweep(case.network, [case.injections(begin + place, nobody) for place in range(4)])
    highest_pu = [max(abs(complex(*voltage)) / NPU for voltage in each) for each in flows.voltages_npu]
    assert highest_pu[1] < 1.05 < highest_pu[2]
