"""From a configuration to a running node, and to its orderly end."""

import asyncio
import signal
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import structlog

from consensus import config as consensus_config
from consensus.block_info import inspector
from consensus.events import ChainHead
from consensus.machine import Machine
from consensus.slots import Slots
from consensus.vote_log import VoteLog, new_log, recover
from contracts.errors import ContractError
from crypto.address import Address
from crypto.certificate import Identity
from crypto.keys import PrivateKey
from ledger.application import Rules
from ledger.errors import DecodeError
from ledger.genesis import VALIDATOR, Genesis
from ledger.light import LightChain
from ledger.store import Store
from net.mesh import Reach
from net.tls import Contexts, tls_contexts
from node.accusations import NAME as ACCUSATIONS_NAME
from node.accusations import Accusations
from node.agents import AgentKinds, make_residents
from node.alerting import read_target
from node.application import standard_rules
from node.chain import NodeChain
from node.config import Config, split_endpoint
from node.errors import PortInUse, UnusableFile, WrongCertificate
from node.files import (
    STORE_NAME,
    locked,
    put_store_in_place,
    read_certificate,
    read_file,
    read_genesis,
    read_key,
)
from node.joining import Joining
from node.logs import set_up_logs
from node.parts import Parts, Vote
from node.renewal import keep_renewed
from node.service import Node
from node.serving import read_tokens, serve_api
from node.validator import chain_head
from node.vote_files import VoteFiles, read_votes, replace_file

log = structlog.get_logger("node")


async def run_node(config: Config, kinds: AgentKinds) -> None:
    """Run a node until it is told to end by SIGTERM or SIGINT, or fails; SIGHUP: its certificate was renewed.

    Raises NodeError, LedgerError (the store), ConsensusError (the vote log), or what made it fail.
    """
    set_up_logs(config.log)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    renewed = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, renewed.set)
    ending = asyncio.ensure_future(asked.wait())
    async with AsyncExitStack() as stack:
        starting = asyncio.ensure_future(stack.enter_async_context(running(config, kinds)))
        await asyncio.wait((ending, starting), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            # It may wait for peers to join by, however long that takes.
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return
        node = starting.result()
        renewing = asyncio.ensure_future(keep_renewed(renewed, config, node))
        await asyncio.wait((ending, node.failure), return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        renewing.cancel()
        log.info("stopping", height=node.chain.height)
        if node.failure.done():
            node.failure.result()


@asynccontextmanager
async def running(config: Config, kinds: AgentKinds) -> AsyncIterator[Node]:
    """A node that runs within the context. Raises as `run_node` does."""
    async with AsyncExitStack() as stack:
        genesis = read_genesis(config.node.genesis)
        key = read_key(config.node.key)
        identity = read_certificate(config.node.certificate, key, genesis.authority)
        tokens, target = read_tokens(config), read_target(config)
        config.node.data.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked(config.node.key))
        stack.enter_context(locked(config.node.data))
        await _join(config, genesis, key.address)
        node = Node(_open_parts(config, genesis, key, identity, kinds))
        stack.push_async_callback(node.stop)
        try:
            await node.start()
        except OSError as error:
            raise PortInUse("network", config.network.listen, error.strerror or str(error)) from error
        if config.explorer.enabled:
            stack.push_async_callback(asyncio.to_thread, node.start_indexing(config).stop)
            stack.push_async_callback(node.start_alerting(config.alerts.least, target).stop)
        if config.api.enabled:
            stack.push_async_callback((await serve_api(config, node, tokens)).close)
        log.info(
            "started",
            name=config.node.name,
            address=node.address,
            chain=genesis.hash.hex(),
            height=node.chain.height,
            port=node.mesh.port,
        )
        yield node


def create_vote_log(config: Config, *, rejoining: bool) -> None:
    """Make both copies of the vote log, which starting never does. Raises UnusableFile if one is there.

    `rejoining` must be true unless the key certainly never signed on this chain, as when it is founded.
    """
    genesis, key = read_genesis(config.node.genesis), read_key(config.node.key)
    image = new_log(genesis.hash, key.public_key, rejoining)
    for path in config.consensus.votes:
        if path.exists():
            raise UnusableFile(path, "a vote log is there already, and is never overwritten")
    for path in config.consensus.votes:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, image)


def _open_parts(
    config: Config, genesis: Genesis, key: PrivateKey, identity: Identity, kinds: AgentKinds
) -> Parts:
    rules = replace(standard_rules(genesis), version_max=config.chain.block_version_max)
    residents = make_residents(config, genesis, kinds)
    contexts = _tls(config, genesis)
    store = open_store(config.node.data / STORE_NAME, config, rules)
    try:
        vote = _open_vote(config, rules, key, store, identity.roles)
    except BaseException:
        store.close()
        raise
    snapshot_blocks = config.sync.snapshot_blocks
    return Parts(
        config.node.name, key, store, rules, contexts, _reach(config), snapshot_blocks, residents, vote
    )


async def _join(config: Config, genesis: Genesis, address: Address) -> None:
    """Where there is no chain yet, take a snapshot of it if the configuration says so."""
    path = config.node.data / STORE_NAME
    if config.sync.snapshot and not path.exists():
        guard = _read_light(config.sync.light, genesis) if config.sync.light else None
        rules = standard_rules(genesis)
        await Joining(path, rules, address, _tls(config, genesis), _reach(config), guard).run()


def _read_light(path: Path, genesis: Genesis) -> LightChain:
    try:
        light = LightChain.decode(read_file(path))
    except DecodeError as error:
        raise UnusableFile(path, str(error)) from error
    if light.chain != genesis.hash:
        raise UnusableFile(path, f"it is of chain {light.chain.hex()}, not {genesis.hash.hex()}")
    return light


def _reach(config: Config) -> Reach:
    network = config.network
    return Reach(split_endpoint(network.listen), network.peers, network.peers_max)


def _tls(config: Config, genesis: Genesis) -> Contexts:
    try:
        return tls_contexts(genesis.authority, config.node.certificate, config.node.key)
    except ssl.SSLError as error:
        raise WrongCertificate(config.node.certificate, str(error)) from error


def open_store(path: Path, config: Config, rules: Rules) -> Store:
    """The chain of a node, with the genesis alone if there was none. Raises StoreError or UnusableFile."""
    if not path.exists():
        _create_store(path, config, rules)
    return Store.open(path, rules.genesis)


def _create_store(path: Path, config: Config, rules: Rules) -> None:
    """Under another name first: whoever is killed meanwhile has no store, rather than one without a chain."""
    fresh = path.with_name(path.name + ".new")
    for leftover in path.parent.glob(fresh.name + "*"):
        leftover.unlink()
    try:
        Store.create(fresh, rules.genesis, rules.application).close()
    except ContractError as error:
        raise UnusableFile(config.node.genesis, str(error)) from error
    put_store_in_place(fresh, path)


def _open_vote(
    config: Config, rules: Rules, key: PrivateKey, store: Store, roles: Sequence[str]
) -> Vote | None:
    """The machine with its recovered log, for who has a vote or may be given one. Raises VoteLogError."""
    genesis, paths = rules.genesis, config.consensus.votes
    head = chain_head(NodeChain(store, rules, lambda *_: None))
    if VALIDATOR not in roles and not any(path.exists() for path in paths):
        return None
    first, second = read_votes(paths)
    votes = recover(first, second, genesis.hash, key.public_key)
    image = votes.rewrite()
    for path in paths:
        replace_file(path, image)
    constants = consensus_config.Config(
        chain=genesis.hash,
        address=key.address,
        slots=Slots(genesis.slot_ms, genesis.timers.skew_ms),
        timers=genesis.timers,
        inspect=inspector(genesis.limits),
        sign=key.sign,
        verify=rules.signatures.verify,
        log_bytes_max=4 * genesis.limits.block_bytes,
    )
    _warn_of_lost_blocks(store, head, votes)
    accusations = Accusations(config.node.data / ACCUSATIONS_NAME)
    return Vote(Machine(constants, head, votes), VoteFiles(paths), accusations)


def _warn_of_lost_blocks(store: Store, head: ChainHead, votes: VoteLog) -> None:
    voted = votes.votes.height
    if voted > head.height + 1:
        log.error(
            "the chain on disk is older than this node's votes",
            store=str(store.path),
            height=head.height,
            voted_at=voted,
            reason="the store lost its last blocks: it was put back from a backup, or its write-ahead log is "
            "damaged, which SQLite takes for the end of it",
            consequence="they are fetched from the others, and nothing is signed below the last vote",
        )
