"""Whole networks of nodes below a folder, on loopback, in one process."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.steps import DEFAULT_STEPS
from crypto.authority import Authority, signing_request
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.genesis import Genesis, Limits, Member, Timers
from ledger.quantities import Period, Slot
from ledger.transaction import Transaction, sign_transaction
from node.agents import AgentKinds
from node.client import NodeClient
from node.config import Config, load_config
from node.service import Node
from node.startup import create_vote_log, running

SLOT_MS = 300
TIMERS = Timers(base_ms=1_500, cap_ms=6_000, resend_ms=1_000, skew_ms=500)
MADE = datetime(2026, 1, 1, tzinfo=UTC)
FOREVER = timedelta(days=36_500)


def key_of(name: str) -> PrivateKey:
    """The signing key of a member: the same in every test."""
    return PrivateKey.from_secret(int.from_bytes(name.encode()) + 10**6)


def encryption_key_of(name: str) -> PrivateKey:
    return PrivateKey.from_secret(int.from_bytes(name.encode()) + 2 * 10**9)


AUTHORITY_KEY = PrivateKey.from_secret(999)
VALIDATORS = ("v1", "v2", "v3", "v4")
OTHERS = ("field", "alice", "bob")


@dataclass
class Network:
    """The files of a network; `start` runs one of its nodes."""

    folder: Path
    genesis: Genesis
    authority: Authority
    kinds: AgentKinds = field(default_factory=dict)
    token: str | None = None
    """That the nodes' APIs ask for."""

    def config(self, name: str, **flags: Mapping[str, object]) -> Config:
        return load_config(self.folder / name / "config.toml", **flags)  # type: ignore[arg-type]

    @asynccontextmanager
    async def running(self, *names: str) -> AsyncIterator[list[Node]]:
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(self.start(name)) for name in names]

    @asynccontextmanager
    async def start(self, name: str) -> AsyncIterator[Node]:
        async with running(self.config(name), self.kinds) as node:
            yield node

    def client(self, name: str, token: str | None = None) -> NodeClient:
        """A client of a node's API, with the network's own token unless another is given."""
        return NodeClient(self.config(name).api.listen, token or self.token)

    def transfer(self, sender: str, to: str, amount: int, sequence: int, **changed: object) -> Transaction:
        """A payment, valid for a long time, or what `changed` says."""
        options: dict[str, object] = {
            "chain": self.genesis.hash,
            "contract": "account",
            "action": "transfer",
            "arguments": {"to": key_of(to).address, "amount": amount, "memo": ""},
            "sequence": sequence,
            "valid_until": self.slot_now() + 900,
        }
        return sign_transaction(key_of(sender), **{**options, **changed})  # type: ignore[arg-type]

    def slot_now(self) -> Slot:
        return Slot(time.time_ns() // 1_000_000 // self.genesis.slot_ms)


def make_network(
    folder: Path,
    *,
    contracts: Mapping[str, Mapping[str, Value]] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    slot_ms: int = SLOT_MS,
    agents: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    kinds: AgentKinds | None = None,
    token: str | None = None,
    authority_lives: timedelta = FOREVER,
    candidates: Sequence[str] = (),
    slots_ago: int = 0,
    timers: Timers = TIMERS,
) -> Network:
    """Four validators and a follower `field`; `agents` are (kind, member) by node.

    The candidates are validators without a seat, with nodes of their own. The chain began so many slots ago.
    """
    authority = Authority.create(AUTHORITY_KEY, "Authority", MADE, MADE + authority_lives)
    genesis = make_genesis(
        authority, contracts or default_contracts(), limits, slot_ms, candidates, slots_ago, timers
    )
    names = (*VALIDATORS, *candidates, "field")
    free = free_ports(2 * len(names))
    ports = dict(zip(names, free, strict=False))
    network = Network(folder, genesis, authority, kinds or {}, token)
    for name in names:
        peers = [ports[other] for other in (*VALIDATORS, *candidates) if other != name]
        write_node(network, name, (ports[name], free.pop()), peers, (agents or {}).get(name, ()))
    return network


def default_contracts() -> Mapping[str, Mapping[str, Value]]:
    balances: Value = {key_of("alice").address: 1_000, key_of("bob").address: 0}
    return {
        "membership": {},
        "account": {"issuers": (), "balances": balances, "floors": {}},
    }


def make_genesis(
    authority: Authority,
    contracts: Mapping[str, Mapping[str, Value]],
    limits: Limits,
    slot_ms: int,
    candidates: Sequence[str] = (),
    slots_ago: int = 0,
    timers: Timers = TIMERS,
) -> Genesis:
    return Genesis(
        name="test",
        slot_ms=slot_ms,
        first_slot=Slot(time.time_ns() // 1_000_000 // slot_ms - slots_ago),
        first_period=Period(96 * 20_000),
        committee=tuple(key_of(name).address for name in VALIDATORS),
        members=tuple(make_member(name) for name in (*VALIDATORS, *OTHERS, *candidates)),
        authority=authority.certificate_der,
        limits=limits,
        timers=timers,
        steps=DEFAULT_STEPS,
        contracts=contracts,
    )


def make_member(name: str) -> Member:
    roles = ("owner",) if name in OTHERS else ("validator",)
    encryption = encryption_key_of(name).public_key
    return Member(key_of(name).address, name, name.title(), roles, key_of(name).public_key, encryption)


def write_node(
    network: Network,
    name: str,
    ports: tuple[int, int],
    peers: Sequence[int],
    agents: Sequence[tuple[str, str]],
) -> None:
    """A node's folder; `ports` are of the network and of the API."""
    folder = network.folder / name
    folder.mkdir(parents=True)
    (folder / "genesis.json").write_text(network.genesis.to_json())
    (folder / "node.key").write_bytes(key_of(name).to_pem())
    request = signing_request(key_of(name), name.title())
    roles = ["owner"] if name in OTHERS else ["validator"]
    until = network.authority.not_after
    (folder / "node.crt").write_bytes(network.authority.issue(request, roles, MADE, until, 2))
    endpoints = json.dumps([f"127.0.0.1:{peer}" for peer in peers])
    port, api_port = ports
    text = f'[node]\nname = "{name}"\n[network]\nlisten = "127.0.0.1:{port}"\npeers = {endpoints}\n'
    text += f'[log]\nlevel = "warning"\n[api]\nlisten = "127.0.0.1:{api_port}"\n'
    if network.token:
        (folder / "token").write_text(network.token + "\n")
        text += 'token_file = "token"\n'
    for kind, member in agents:
        (folder / f"{member}.key").write_bytes(key_of(member).to_pem())
        text += f'[[agents]]\nkind = "{kind}"\nkey = "{member}.key"\n'
    (folder / "config.toml").write_text(text)
    if name not in OTHERS:
        create_vote_log(network.config(name), rejoining=False)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


async def eventually(holds: Callable[[], object], within_s: float = 30.0) -> None:
    """Wait until a condition holds; fails the test if it does not in time."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def height_of_all(nodes: Sequence[Node], height: int, within_s: float = 30.0) -> None:
    """Wait until all nodes have a block of this height; fails at once if one of them fails."""

    def have_it() -> bool:
        for node in nodes:
            if node.failure.done():
                node.failure.result()
        return all(node.chain.height >= height for node in nodes)

    await eventually(have_it, within_s)


def roots_at(nodes: Sequence[Node], height: int) -> set[bytes]:
    """The state roots that the nodes have at a height."""
    return {node.store.block(height).header.state_root for node in nodes}
