"""What nodes ask of each other besides votes: heads, proposed blocks and decided blocks."""

from typing import TYPE_CHECKING

from consensus.events import BlockFetched, PeerHead
from crypto.address import Address
from crypto.hashing import Digest
from tests.consensus.node import Node

if TYPE_CHECKING:
    from tests.consensus.simulator import Simulation

HEARTBEAT_MS = 1_000
"""After which everyone tells its head to whoever it is connected to."""


def beat(world: "Simulation") -> None:
    """Everyone tells its head; whoever is behind asks for blocks, and whoever rejoins takes note."""
    world.timeline.after(HEARTBEAT_MS, lambda: beat(world))
    up = [node for node in world.nodes if node.machine is not None and node.inbox is None]
    for node in up:
        told = [peer for peer in up if peer is not node and world.network.can_ask(node.place, peer.place)]
        ahead = [peer for peer in told if peer.height > node.height]
        if ahead:
            sync(world, node, world.dice.choice(ahead))
        if node.machine is not None and node.machine.state.log.votes.floor is None:
            for peer in told:
                world.step(node, PeerHead(peer.address, world.adversary.told_height(peer)))


def fetch(world: "Simulation", node: Node, digest: Digest, holders: tuple[Address, ...]) -> None:
    """Ask all who should have a proposed block."""
    for address in holders:
        holder = world.nodes[world.rules.place_of[address]]
        if holder is node or holder.machine is None or not world.network.can_ask(node.place, holder.place):
            continue
        block = world.adversary.served(holder, held(holder, digest))
        if block is not None:
            world.work(node, lambda block=block: world.step(node, BlockFetched(block)))


def held(node: Node, digest: Digest) -> bytes | None:
    """A block that was proposed or decided lately, if it is here."""
    assert node.machine is not None
    decided = (block.raw for block, _ in reversed(node.disk.chain[-2:]) if block.digest == digest)
    return node.machine.block(digest) or next(decided, None)


def sync(world: "Simulation", node: Node, peer: Node) -> None:
    """Ask a peer for all blocks above one's head, one peer at a time."""
    if node.is_syncing:
        return
    node.is_syncing = True

    def receive() -> None:
        node.is_syncing = False
        if peer.machine is None or not world.network.can_ask(node.place, peer.place):
            return
        for block, seals in peer.disk.chain[node.height :]:
            world.store(node, block, seals)

    world.work(node, receive)
