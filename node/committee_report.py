"""What a node says of the committee: who is in it, who may come in, and which version its blocks have."""

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.membership import queries, schedule, versions
from contracts.membership.members import Standing, find_in
from contracts.membership.synced import RECENT_BLOCKS
from crypto.address import Address
from ledger.committee import Committee
from ledger.quantities import Height
from net.peer import Peer
from node.chain import NodeChain


def committee_document(chain: NodeChain, own: Address, peers: Sequence[Peer]) -> dict[str, Any]:
    """The committee as the head has it, for whoever votes on it."""
    state, height = chain.head.state, Height(chain.height + 1)
    return {
        "height": height,
        "committee": _committee(chain.next_committee),
        "next_committee": _committee(chain.coming_committee),
        "changes": [
            {"height": first, "validators": list(addresses)}
            for first, addresses in schedule.scheduled_in(state)
            if first > height
        ],
        "must_leave": dict(queries.waiting(state)),
        "own_place": chain.next_committee.index_of(own),
        "candidates": [_candidate(candidate, chain, peers) for candidate in queries.candidates(state)],
        "block_version": version_document(chain),
    }


def version_document(chain: NodeChain) -> dict[str, Any]:
    """Of the next block, what this node knows, and what has been decided for later."""
    state, height = chain.head.state, Height(chain.height + 1)
    activations = versions.activations_in(state)
    return {
        "version": versions.at(activations, height),
        "known": chain.rules.version_max,
        "coming": [{"height": first, "version": version} for first, version in activations if first > height],
    }


def warnings(chain: NodeChain, own: Address) -> Iterator[str]:
    """What the operator should do something about before it is too late."""
    document = version_document(chain)
    for coming in document["coming"]:
        if coming["version"] > document["known"]:
            yield (
                f"block version {coming['version']} from height {coming['height']}; "
                f"this node knows {document['known']}: upgrade it before"
            )
    member = find_in(chain.head.state, own)
    if member is None:
        yield "this node's key is not a member of the chain"
    elif member.standing is not Standing.GOOD:
        yield f"this node's key is {member.standing.value}"
    elif not member.is_certified(chain.head.slot):
        yield "the certificate of this node's key is revoked or has ended"


def _committee(committee: Committee) -> dict[str, Any]:
    return {
        "validators": [validator.address for validator in committee.validators],
        "quorum": committee.quorum,
        "faulty_max": committee.faulty_max,
    }


def _candidate(candidate: queries.Candidate, chain: NodeChain, peers: Sequence[Peer]) -> dict[str, Any]:
    """Whether it is fit to be admitted, as far as the chain and this node can tell."""
    address, shown = candidate.member.address, candidate.shown
    return {
        "address": address,
        "name": candidate.member.name,
        "proposal": candidate.proposal,
        "shown_height": shown,
        "is_synced": shown is not None and shown >= chain.height + 1 - RECENT_BLOCKS,
        "is_reached": any(peer.address == address for peer in peers),
    }
