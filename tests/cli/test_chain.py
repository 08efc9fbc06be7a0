"""Looking into a chain, proving what it says to outsiders, and checking it."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.settled import DAY


@pytest.fixture
def settlement(run: Any, settled: list[Path]) -> str:
    """The identifier of the day's accounting."""
    head = run("chain", "head", "--dir", settled[0], "--json").json["height"]
    for height in range(head, 0, -1):
        for done in run("chain", "block", height, "--dir", settled[0], "--json").json["transactions"]:
            found = run("chain", "tx", done["id"], "--dir", settled[0], "--json").json
            if found["stage"] == "A":
                return str(done["id"])
    raise AssertionError("no accounting on the chain")


def test_head_and_blocks_are_the_same_on_all_nodes(run: Any, settled: list[Path]) -> None:
    heads = [run("chain", "head", "--dir", folder, "--json").json for folder in settled]
    assert all(head == heads[0] for head in heads)
    last = run("chain", "block", heads[0]["height"], "--dir", settled[0], "--json").json
    assert last["hash"] == heads[0]["hash"]
    assert len(last["signers"]) == 4


def test_a_day_is_one_tdva_chain_whichever_link_is_given(
    run: Any, settled: list[Path], settlement: str
) -> None:
    rows = run("chain", "tdva", settlement, "--dir", settled[0], "--json").json["transactions"]
    stages = [row["stage"] for row in rows]
    assert (stages[0], stages[-1]) == ("T", "A")
    assert stages.count("V") == 5 * 96
    from_first = run("chain", "tdva", rows[0]["id"], "--dir", settled[0], "--json").json["transactions"]
    assert from_first == rows


def test_settlement_is_proven_offline_from_the_genesis(
    run: Any, settled: list[Path], settlement: str, tmp_path: Path
) -> None:
    proof = tmp_path / "proof.bin"
    made = run("chain", "proof", settlement, "--dir", settled[0], "--out", proof, "--json")
    assert made.code == 0
    genesis = run("genesis", "hash", settled[0] / "genesis.json").out.strip()
    verified = run("chain", "verify", proof, "--genesis", genesis, "--json")
    assert verified.code == 0
    assert verified.json["transaction"] == settlement
    assert verified.json["action"] == "dispatch.settle"
    assert verified.json["ok"] is True
    assert genesis in verified.json["rests_on"]


def test_state_is_proven_offline_from_a_checkpoint(run: Any, settled: list[Path], tmp_path: Path) -> None:
    proof = tmp_path / "proof.bin"
    made = run(
        "chain",
        "proof-state",
        "dispatch",
        f"day/{DAY}",
        "--checkpoint",
        3,
        "--dir",
        settled[0],
        "--out",
        proof,
        "--json",
    )
    trusted = run("chain", "block", 3, "--dir", settled[1], "--json").json["hash"]
    assert made.code == 0
    verified = run("chain", "verify", proof, "--checkpoint", f"3:{trusted}", "--json")
    assert verified.json["value"]["phase"] == "settled"


def test_tampered_proof_is_refused(run: Any, settled: list[Path], settlement: str, tmp_path: Path) -> None:
    proof = tmp_path / "proof.bin"
    run("chain", "proof", settlement, "--dir", settled[0], "--out", proof)
    genesis = run("genesis", "hash", settled[0] / "genesis.json").out.strip()
    whole = proof.read_bytes()
    proof.write_bytes(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])
    assert run("chain", "verify", proof, "--genesis", genesis).code == 6
    proof.write_bytes(whole)
    assert run("chain", "verify", proof, "--genesis", "00" * 32).code == 6


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--genesis", "00" * 32, "--checkpoint", "1:" + "00" * 32),
        ("--genesis", "zz"),
        ("--checkpoint", "3"),
    ],
)
def test_what_is_trusted_has_to_be_said_exactly(run: Any, options: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "proof.bin").write_bytes(b"")
    assert run("chain", "verify", tmp_path / "proof.bin", *options).code == 2


def test_whole_chain_is_checked(run: Any, settled: list[Path]) -> None:
    checked = run("chain", "check", "--dir", settled[0], "--json")
    assert checked.code == 0
    assert checked.json["sound"] is True
    assert checked.json["head"] == run("chain", "head", "--dir", settled[0], "--json").json["hash"]


def test_damaged_store_is_named(run: Any, settled: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "node"
    shutil.copytree(settled[0], folder)
    with sqlite3.connect(folder / "data" / "chain.db") as database:
        database.execute("UPDATE blocks SET receipts = zeroblob(length(receipts)) WHERE height = 7")
    refused = run("chain", "check", "--dir", folder)
    assert refused.code == 6
    assert "7" in refused.err


def test_unknown_transaction_and_missing_chain_are_named(
    run: Any, settled: list[Path], tmp_path: Path
) -> None:
    assert run("chain", "tx", "00" * 32, "--dir", settled[0]).code == 1
    assert run("chain", "tx", "xyz", "--dir", settled[0]).code == 2
    nowhere = run("chain", "head", "--dir", tmp_path)
    assert nowhere.code == 3
    assert "config.toml" in nowhere.err
