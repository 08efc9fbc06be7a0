"""Merkle trees of RFC 6962, section 2.1: roots, inclusion and consistency proofs.

Leaves and nodes are hashed with different prefixes, and an odd node moves up unchanged, so that no two lists
have one root. All is done level by level, without recursion.
"""

import hashlib
from collections.abc import Sequence

from crypto.hashing import Digest
from ledger.errors import BadProof

LEAF = b"\x00"
NODE = b"\x01"
PROOF_MAX = 64
"""Hashes in a proof of a tree of up to 2^64 leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's content."""
    return hashlib.sha256(LEAF + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return hashlib.sha256(NODE + left + right).digest()


def root(leaves: Sequence[bytes]) -> Digest:
    """MTH(D[n]); of no leaves, the hash of nothing."""
    if not leaves:
        return Digest(hashlib.sha256(b"").digest())
    level = _leaf_hashes(leaves)
    while len(level) > 1:
        level = _parents(level)
    return Digest(level[0])


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """PATH(index, D[n]): the neighbours on the way from a leaf up. Raises IndexError."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    path = []
    level = _leaf_hashes(leaves)
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level = _parents(level)
        index >>= 1
    return tuple(path)


def verify_inclusion(root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> None:
    """That `leaf` is leaf `index` of the `size` leaves under `root`. Raises BadProof. (RFC 9162, 2.1.3.2.)"""
    if not 0 <= index < size:
        raise BadProof(f"there is no leaf {index} in a tree of {size}")
    found, last = leaf_hash(leaf), size - 1
    rest = iter(path)
    while last:
        if index & 1 or index < last:
            neighbour = next(rest, None)
            if neighbour is None:
                raise BadProof("the path is too short for the tree")
            found = node_hash(neighbour, found) if index & 1 else node_hash(found, neighbour)
        index, last = index >> 1, last >> 1
    if next(rest, None) is not None:
        raise BadProof("the path is too long for the tree")
    if found != root:
        raise BadProof("the path leads to another root")


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """PROOF(old_size, D[n]): that the first `old_size` leaves were all, once. Raises IndexError."""
    if not 0 < old_size <= len(leaves):
        raise IndexError(f"no tree of {old_size} leaves came before one of {len(leaves)}")
    if old_size == len(leaves):
        return ()
    proof = []
    level, index = _leaf_hashes(leaves), old_size - 1
    while index & 1:
        level, index = _parents(level), index >> 1
    if index:
        proof.append(level[index])
    while len(level) > 1:
        if index ^ 1 < len(level):
            proof.append(level[index ^ 1])
        level, index = _parents(level), index >> 1
    return tuple(proof)


def verify_consistency(
    old_root: bytes, old_size: int, new_root: bytes, new_size: int, proof: Sequence[bytes]
) -> None:
    """That the old tree's leaves begin the new one's. Raises BadProof. (RFC 9162, 2.1.4.2.)"""
    if not 0 < old_size <= new_size:
        raise BadProof(f"no tree of {old_size} leaves comes before one of {new_size}")
    if old_size == new_size:
        if proof or old_root != new_root:
            raise BadProof("two trees of one size differ, or a proof stands where none is needed")
        return
    index, last = old_size - 1, new_size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    rest = iter(proof if index else (old_root, *proof))
    old_found = new_found = next(rest, b"")
    while last:
        if index & 1 or index < last:
            neighbour = next(rest, None)
            if neighbour is None:
                raise BadProof("the consistency proof is too short for the trees")
            if index & 1:
                old_found, new_found = node_hash(neighbour, old_found), node_hash(neighbour, new_found)
            else:
                new_found = node_hash(new_found, neighbour)
        index, last = index >> 1, last >> 1
    if next(rest, None) is not None:
        raise BadProof("the consistency proof is too long for the trees")
    if old_found != old_root or new_found != new_root:
        raise BadProof("the consistency proof leads to other roots")


def _leaf_hashes(leaves: Sequence[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(LEAF + leaf).digest() for leaf in leaves]


def _parents(level: list[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    pairs = iter(level)
    parents = [sha256(NODE + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
    if len(level) & 1:
        parents.append(level[-1])
    return parents
