"""`chain proposers`: who proposed how often, on a chain that rotates and on one that goes by energy."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.dispatch_network import found_dispatch_network
from cli.founding import Network
from cli.market import PROPOSERS_BY_ENERGY, Turns
from cli.network import write_network
from cli.testnet import local_endpoints
from contracts.metering.readings import Reading
from ledger.codec import Value
from node.files import read_genesis
from studies.profiles import load_profiles, load_tariff
from tests.cli.settled import NOW, NetworkChain, begin_chain, keep

NOTHING: Mapping[str, Value] = dict.fromkeys(Reading.__dataclass_fields__)
DAILY_WH = {"mg1-meter": 30_000_000, "mg2-meter": 200_000_000, "mg3-meter": 3_000_000}
BLOCKS = 80
EPOCH = PROPOSERS_BY_ENERGY.epoch_blocks


@pytest.fixture(scope="module")
def network() -> Network:
    return found_dispatch_network(
        name="test",
        validators=4,
        profiles=load_profiles(),
        tariff=load_tariff(),
        model="pooled",
        slot_ms=1_000,
        endpoints=local_endpoints(21_000),
        now=NOW,
        turns=Turns.ENERGY,
    )


@pytest.fixture(scope="module")
def chain(network: Network, tmp_path_factory: pytest.TempPathFactory) -> tuple[NetworkChain, Path]:
    """Some blocks of a network, and the folder of a node that has them."""
    directory = tmp_path_factory.mktemp("energy")
    write_network(directory, network)
    folders = [directory / "nodes" / node.name for node in network.nodes]
    played = begin_chain(network, folders)
    played.make_block()
    addresses = {member.name: member.address for member in network.genesis.members}
    for meter, energy_wh in DAILY_WH.items():
        reading: dict[str, Value] = {**NOTHING, "consumed_wh": energy_wh}
        arguments: dict[str, Value] = {"period": network.genesis.first_period, "reading": reading}
        played.send(addresses[meter], "metering", "report", arguments)
    while played.head.height < BLOCKS:
        played.make_block()
    keep(played, folders[0])
    return played, folders[0]


def rows_of(run: Any, folder: Path) -> dict[str, Any]:
    rows = run("chain", "proposers", "--dir", folder, "--json").json["proposers"]
    return {row["member"]: row for row in rows}


def test_energy_moves_what_is_expected_two_epochs_later(run: Any, chain: tuple[NetworkChain, Path]) -> None:
    rows = rows_of(run, chain[1])
    weights = {"validator-1": 30, "validator-2": 100, "validator-3": 3, "validator-4": 1}
    assert {name: row["weight"] for name, row in rows.items()} == {
        name: weight * 10**6 for name, weight in weights.items()
    }
    for name, weight in weights.items():
        by_weight = (BLOCKS - 2 * EPOCH) * weight / sum(weights.values())
        assert rows[name]["expected"] == pytest.approx(2 * EPOCH / 4 + by_weight)


def test_proposals_are_those_of_the_blocks(run: Any, chain: tuple[NetworkChain, Path]) -> None:
    played, folder = chain
    names = {member.address: member.name for member in played.genesis.members}
    spoken = Counter(names[executed.block.header.proposer] for executed in played.blocks)
    rows = rows_of(run, folder)
    assert {name: row["proposals"] for name, row in rows.items()} == dict(spoken)
    assert sum(row["share"] for row in rows.values()) == pytest.approx(100)


def test_a_chain_by_energy_is_sound_to_whoever_checks_it(run: Any, chain: tuple[NetworkChain, Path]) -> None:
    checked = run("chain", "check", "--dir", chain[1], "--json")
    assert checked.json["height"] == BLOCKS


def test_rotation_expects_the_same_of_all(run: Any, settled: list[Path]) -> None:
    rows = rows_of(run, settled[0]).values()
    blocks = sum(row["proposals"] for row in rows)
    assert [row["expected"] for row in rows] == pytest.approx([blocks / 4] * 4)
    assert all(abs(row["proposals"] - blocks / 4) < 1 for row in rows)


def test_testnet_counts_the_parks_meters_for_the_validators(run: Any, tmp_path: Path) -> None:
    run("testnet", "init", "-n", 2, "--proposers", "energy", "--out", tmp_path / "net")
    genesis = read_genesis(tmp_path / "net" / "genesis.json")
    assert genesis.contracts["proposers"]["gamma_per_member"] == 64
    names = {member.address: member.name for member in genesis.members}
    meters: Any = genesis.contracts["metering"]["meters"]
    owners = {names[address]: names[meter["owner"]] for address, meter in meters.items()}
    assert {meter: owner for meter, owner in owners.items() if meter.startswith("mg")} == {
        "mg1-meter": "validator-1",
        "mg2-meter": "validator-2",
        "mg3-meter": "validator-1",
    }


def test_testnet_rotates_unless_it_is_told_otherwise(run: Any, tmp_path: Path) -> None:
    run("testnet", "init", "--out", tmp_path / "net")
    assert "proposers" not in read_genesis(tmp_path / "net" / "genesis.json").contracts
    refused = run("testnet", "init", "--proposers", "lottery", "--out", tmp_path / "other")
    assert refused.code == 2


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ('"gamma_per_member": 64', '"gamma_per_member": 63', "proposers.gamma_per_member"),
        ('"floor_wh": 1000000', '"floor_wh": 100000001', "proposers.floor_wh"),
        ('"epoch_blocks": 12,', "", "proposers.epoch_blocks"),
    ],
)
def test_parameters_that_do_not_fit_are_named_before_and_at_the_start(
    run: Any, tmp_path: Path, right: str, wrong: str, named: str
) -> None:
    run("testnet", "init", "-n", 1, "--proposers", "energy", "--out", tmp_path / "net")
    folder = tmp_path / "net" / "nodes" / "validator-1"
    path = folder / "genesis.json"
    assert run("genesis", "validate", path).code == 0
    path.write_text(path.read_text().replace(right, wrong, 1))
    for refused in (run("genesis", "validate", path), run("start", "--dir", folder)):
        assert refused.code == 3
        assert named in refused.err
    assert not (folder / "data" / "chain.db").exists()
