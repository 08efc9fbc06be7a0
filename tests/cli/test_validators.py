"""A committee that runs, governed from the command line, from an application to the loss of the seat."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from cli.files import read
from cli.register import Register, write_register
from cli.registrar import CERTIFICATE_NAME, KEY_NAME
from crypto.keys import PrivateKey
from node.config import load_config
from node.service import Node
from node.startup import running
from tests.node.networks import (
    VALIDATORS,
    Network,
    eventually,
    free_ports,
    height_of_all,
    make_network,
)

NAME = "newcomer"


class Town:
    """A network with its authority's folder, and commands run beside it."""

    def __init__(self, run: Any, folder: Path) -> None:
        self._run = run
        self.folder = folder
        self.network: Network = make_network(folder / "net")
        self.authority = folder / "authority"
        self.authority.mkdir()
        (self.authority / KEY_NAME).write_bytes(PrivateKey.from_secret(999).to_pem())
        (self.authority / CERTIFICATE_NAME).write_bytes(self.network.authority.certificate)
        write_register(self.authority, Register())
        self.genesis = folder / "net" / "v1" / "genesis.json"
        self.newcomer = folder / NAME

    async def __call__(self, *arguments: object) -> Any:
        return await asyncio.to_thread(self._run, *arguments)

    async def at(self, name: str, *arguments: object) -> Any:
        """A command of `gridquorum validators` at a node."""
        folder = self.newcomer if name == NAME else self.network.folder / name
        return await self("validators", *arguments, "--dir", folder, "--json")

    async def rows(self, what: str, name: str, *arguments: object) -> Any:
        shown = await self.at(name, *arguments)
        assert shown.code == 0, shown.err
        return shown.json[what]

    async def settle_in(self) -> Path:
        """The newcomer's keys, certificate and folder, and its application, which it returns."""
        port, api_port = free_ports(2)
        peers = [word for name in VALIDATORS for word in ("--peer", self.network.config(name).network.listen)]
        who = ("--name", NAME, "--organisation", "Park Five", "--listen", f"127.0.0.1:{port}")
        assert (await self("init", *who, *peers, "--dir", self.newcomer)).code == 0
        config = self.newcomer / "config.toml"
        config.write_text(config.read_text().replace("127.0.0.1:7480", f"127.0.0.1:{api_port}"))
        config.write_text(config.read_text().split("[[agents]]")[0])
        certificate = self.folder / "newcomer.crt"
        issued = await self(
            "ca", "issue", self.newcomer / "node.csr", "--role", "validator", "--genesis", self.genesis,
            "--out", certificate, "--dir", self.authority, "--json",
        )  # fmt: skip
        assert issued.code == 0, issued.err
        joined = await self(
            "join", "--genesis", self.genesis, "--certificate", certificate, "--dir", self.newcomer, "--json"
        )
        assert (joined.code, joined.json["founder"], joined.json["validates"]) == (0, False, True)
        assert "validators prepare" in joined.json["next"]
        application = self.folder / "application.json"
        stated = ("--location", "Southbank", "--energy-type", "solar", "--generation-w", 50_000)
        where = ("--certification", issued.json["statement"], "--out", application)
        prepared = await self.at(NAME, "prepare", *stated, *where)
        assert prepared.code == 0, prepared.err
        return application

    async def decide(self, proposal: int, *voters: str) -> Any:
        """All approve; what the last of them is told."""
        for voter in voters:
            voted = await self.at(voter, "vote", proposal, "--approve")
            assert voted.code == 0, voted.err
        return voted.json

    async def tell(self, action: str, statement: Path) -> None:
        """Take a statement of the authority to the chain, as `ca` says."""
        where = ("--dir", self.network.folder / "v2", "--json")
        sent = await self("tx", "send", "membership", action, read(statement).decode(), *where)
        assert sent.code == 0, sent.err

    async def admit_as_member(self) -> None:
        """By an application that the committee grants."""
        sent = await self.at("v1", "apply", await self.settle_in())
        assert sent.code == 0, sent.err
        assert (await self.decide(sent.json["proposal"], "v1", "v2", "v3"))["outcome"] == "passed"

    @asynccontextmanager
    async def running_newcomer(self) -> AsyncIterator[Node]:
        async with running(load_config(self.newcomer / "config.toml", log={"level": "warning"}), {}) as node:
            yield node


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What the nodes of this process log is not to stand among what the commands print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def town(run: Any, tmp_path: Path) -> Town:
    return Town(run, tmp_path)


async def settled_in(newcomer: Node, nodes: Sequence[Node]) -> None:
    """Wait until a newcomer has the chain and is connected to all."""
    await height_of_all([newcomer], nodes[0].chain.height)
    await eventually(lambda: all(newcomer.address in node.mesh.peers for node in nodes))


def test_a_newcomer_is_admitted_given_a_seat_and_relieved_of_it(town: Town) -> None:
    async def run() -> None:
        async with town.network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 2)
            await eventually(lambda: len(nodes[0].mesh.peers) == 3)
            before = await town.rows("committee", "v1", "list")
            assert [(row["number"], row["status"], row["since_height"]) for row in before] == [
                (number, "votes", 1) for number in (1, 2, 3, 4)
            ]
            assert [row["connected"] for row in before] == ["this node", "yes", "yes", "yes"]

            sent = await town.at("v1", "apply", await town.settle_in())
            (open_,) = await town.rows("proposals", "v2", "applications")
            assert (open_["kind"], open_["subject"], open_["for"], open_["needed"]) == ("join", NAME, 0, 3)
            assert (await town.decide(sent.json["proposal"], "v1", "v2", "v3"))["outcome"] == "passed"
            member = (await town.rows("members", "v1", "list", "--all"))[-1]
            assert (member["number"], member["name"], member["status"]) == (8, NAME, "good")
            assert member["certificate_until"] > "2026"

            proposed = await town.at("v2", "propose", "admit", NAME, "--reason", "it has a park")
            number = proposed.json["proposal"]
            away = await town.at("v1", "vote", number, "--approve")
            assert away.code == 5
            assert "not connected to the candidate" in away.err
            async with town.running_newcomer() as newcomer:
                await settled_in(newcomer, nodes)
                shown = await town.at(NAME, "show-synced")
                assert shown.json["shown_height"] > 0
                (candidate,) = await town.rows("candidates", "v1", "applications")
                assert (candidate["proposal"], candidate["connected"]) == (number, "yes")
                assert (await town.decide(number, "v1", "v2", "v3"))["outcome"] == "passed"
                seat = (await town.rows("committee", "v1", "list"))[-1]
                assert (seat["number"], seat["organisation"]) == (8, "Park Five")
                await eventually(lambda: nodes[0].chain.has_seat(newcomer.address))
                await height_of_all([*nodes, newcomer], seat["since_height"] + 1)
                assert (await town.at(NAME, "show-synced")).code == 1, "it is in the committee"

                leaving = await town.at(NAME, "propose", "remove", NAME, "--reason", "it moves away")
                assert leaving.code == 0, leaving.err
                where = ("--dir", town.network.folder / "v1", "--json")
                shown = await town("chain", "tx", leaving.json["tx_id"], *where)
                assert shown.json["sender"] == NAME, "who came later has a name, too"
                told = await town.decide(leaving.json["proposal"], NAME, "v1", "v2", "v3")
                assert told["outcome"] == "passed"
                await height_of_all(nodes, told["height"] + 3)
                assert len(await town.rows("committee", "v1", "list")) == 4

    asyncio.run(run())


def test_what_is_wrong_with_a_vote_or_a_proposal_is_said_before_or_by_the_chain(town: Town) -> None:
    async def run() -> None:
        async with town.network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 1)
            nobody = await town.at("v1", "propose", "expel", "nobody", "--reason", "x")
            assert nobody.code == 2
            assert "no member has the name or address nobody" in nobody.err
            unknown = await town.at("v1", "vote", 7, "--approve")
            assert unknown.code == 1
            assert "proposal 7 is not open" in unknown.err
            assert (await town.at("v1", "vote", 7)).code == 2, "for or against must be said"
            small = await town.at("v1", "propose", "remove", "v2", "--reason", "x")
            assert small.code == 1
            assert "is its minimum" in small.err
            reasons = ("--reason", "tariffs change")
            put = await town.at("v1", "propose", "roles", "account", "transfer", "--role", "owner", *reasons)
            number = put.json["proposal"]
            first = await town.at("v2", "vote", number, "--reject")
            assert first.json["outcome"] == "open"
            twice = await town.at("v2", "vote", number, "--approve")
            assert twice.code == 1
            assert "has voted" in twice.err
            (tally,) = await town.rows("proposals", "v3", "applications")
            assert (tally["for"], tally["against"], tally["reason"]) == (0, 1, "tariffs change")
            assert (await town.at("v3", "vote", number, "--reject")).json["outcome"] == "rejected"
            follower = await town.at("v1", "propose", "version", 2, 10, "--reason", "x")
            assert follower.code == 1

    asyncio.run(run())


def test_a_changed_application_is_refused(town: Town) -> None:
    async def run() -> None:
        async with town.network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 1)
            path = await town.settle_in()
            stated = json.loads(path.read_text())
            stated["application"]["generation_w"] += 1
            path.write_text(json.dumps(stated))
            refused = await town.at("v1", "apply", path)
            assert refused.code == 1
            assert "application refused" in refused.err
            path.write_text("{}")
            assert (await town.at("v1", "apply", path)).code == 3

    asyncio.run(run())


def test_a_renewal_and_a_revocation_reach_the_chain(town: Town) -> None:
    """By the very commands that `ca` prints; the revoked node is connected to nobody any more."""

    async def run() -> None:
        async with town.network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 1)
            await town.admit_as_member()
            async with town.running_newcomer() as newcomer:
                await settled_in(newcomer, nodes)
                chain = ("--genesis", town.genesis, "--dir", town.authority, "--json")
                renewed = await town("ca", "renew", 2, "--out", town.folder / "renewed.crt", *chain)
                await town.tell("renew", Path(renewed.json["statement"]))
                member = (await town.rows("members", "v1", "list", "--all"))[-1]
                assert member["certificate_until"] == renewed.json["valid_until"][:10]
                revocation = town.folder / "revocation.json"
                why = ("--reason", "cessation_of_operation", "--out", revocation)
                revoked = await town("ca", "revoke", 3, *why, *chain)
                assert revoked.code == 0, revoked.err
                await settled_in(newcomer, nodes)
                await town.tell("revoke", revocation)
                await eventually(lambda: not any(newcomer.address in node.mesh.peers for node in nodes))
                assert (await town.rows("members", "v1", "list", "--all"))[-1]["status"] == "revoked"

    asyncio.run(run())


def test_without_a_node_the_committee_is_still_shown_but_nothing_is_sent(town: Town) -> None:
    async def run() -> None:
        async with town.network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 1)
        assert {row["connected"] for row in await town.rows("committee", "v1", "list")} == {"unknown"}
        assert (await town.at("v1", "propose", "expel", "alice", "--reason", "x")).code == 4
        assert (await town.at("v1", "show-synced")).code == 4

    asyncio.run(run())
