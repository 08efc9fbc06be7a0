"""What a node says of itself: to its operator, to machines that watch it, and in a line a slot."""

from collections.abc import Iterable
from typing import Any, Final

from crypto.address import Address
from ledger.committee import Committee
from ledger.quantities import Height
from net.peer import Peer
from node.chain import NodeChain
from node.committee_report import version_document, warnings

LATE_TIMEOUTS: Final = 2
"""A chain is not well if no block comes in a slot and so many base timeouts."""


def status_document(
    name: str,
    address: Address,
    chain: NodeChain,
    signers: list[Address],
    peers: list[Peer],
    waiting: int,
    now_ms: int,
) -> dict[str, Any]:
    """Where the node stands. `ready` comes with a `reason` where it is false."""
    head, genesis = chain.head, chain.genesis
    committee = chain.next_committee
    connected = [peer for peer in peers if committee.index_of(peer.address) is not None]
    is_validator = committee.index_of(address) is not None
    offset_ms = median_offset_ms(connected)
    target = told_height(committee, peers)
    reason = _trouble(chain, committee, len(connected) + is_validator, target, offset_ms, now_ms)
    return {
        "name": name,
        "address": address,
        "chain": genesis.hash.hex(),
        "chain_name": genesis.name,
        "ready": not reason,
        "reason": reason,
        "is_validator": is_validator,
        "height": head.height,
        "blocks_from": chain.store.base + 1,
        "target": max(target, head.height),
        "slot": head.slot,
        "period": genesis.period(head.slot),
        "slot_now": now_ms // genesis.slot_ms,
        "slot_ms": genesis.slot_ms,
        "hash": head.hash.hex(),
        "state_root": head.state.root.hex(),
        "round": head.seals.round,
        "proposer": head.header.proposer,
        "signers": signers,
        "committee": len(committee),
        "next_committee": len(chain.coming_committee),
        "quorum": committee.quorum,
        "block_version": version_document(chain),
        "validators_connected": len(connected),
        "peers": len(peers),
        "pending": waiting,
        "clock_offset_ms": offset_ms,
        "warnings": list(warnings(chain, address)),
    }


def peer_document(peer: Peer) -> dict[str, Any]:
    """A connected peer."""
    return {
        "address": peer.address,
        "organisation": peer.identity.organisation,
        "roles": list(peer.identity.roles),
        "height": peer.height,
        "clock_offset_ms": peer.clock_offset_ms,
        "dialled": peer.dialled,
        "hosts": sorted(peer.hosted),
    }


def told_height(committee: Committee, peers: Iterable[Peer]) -> Height:
    """The highest block that an honest validator among the peers tells of, so that no liar sends a node after
    blocks that do not exist: f+1 of them tell at least as much, or all that are connected."""
    told = sorted(
        (peer.height for peer in peers if committee.index_of(peer.address) is not None), reverse=True
    )
    return told[min(committee.faulty_max, len(told) - 1)] if told else Height(0)


def median_offset_ms(peers: list[Peer]) -> int:
    """The middle one of the peers' clocks, less this node's; 0 if there is none.

    Of two in the middle, the one nearer to this node's: one liar among two peers raises no alarm.
    """
    offsets = sorted(peer.clock_offset_ms for peer in peers if peer.clock_offset_ms is not None)
    middle = offsets[(len(offsets) - 1) // 2 : len(offsets) // 2 + 1]
    return min(middle, key=abs, default=0)


def _trouble(
    chain: NodeChain, committee: Committee, in_touch: int, target: int, offset_ms: int, now_ms: int
) -> str:
    head, genesis = chain.head, chain.genesis
    if target > head.height + 1:
        return f"catching up: at block {head.height} of {target}"
    if in_touch < committee.quorum:
        return f"in touch with {in_touch} of the {committee.quorum} validators that make a quorum"
    if abs(offset_ms) > genesis.timers.skew_ms:
        return f"the clock differs by {offset_ms} ms from the validators'; check time synchronisation"
    patience_ms = genesis.slot_ms + LATE_TIMEOUTS * genesis.timers.base_ms
    late_ms = now_ms - (head.slot + 1) * genesis.slot_ms
    if late_ms > patience_ms:
        return f"no block for {late_ms // 1_000} s"
    return ""
