"""The state: an immutable map from keys to values under one hash, a compact sparse Merkle tree.

A key's place is given by the bits of its SHA-256, the first bit at the root: 0 left, 1 right. A subtree with
a single key is that key's leaf; an empty one hashes to 32 zero bytes. So the root depends on the content
alone and not on its history, and the depth is about the logarithm of the number of keys.

    leaf    SHA-256(0x00 || SHA-256(key) || SHA-256(value))
    branch  SHA-256(0x01 || left || right)
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from crypto.hashing import DIGEST_BYTES, Digest
from ledger.codec import Value
from ledger.errors import BadProof, Malformed
from ledger.fields import as_bytes, as_digest, as_tuple

EMPTY = bytes(DIGEST_BYTES)
PATH_BITS = 256


class Leaf(NamedTuple):
    """A key with its value."""

    digest: bytes
    path: int
    key: bytes
    value: bytes


class Branch(NamedTuple):
    """Two subtrees that hold at least two keys between them."""

    digest: bytes
    left: "Node"
    right: "Node"


Node: TypeAlias = Leaf | Branch | None


class Change(NamedTuple):
    """What becomes of a key: a leaf, or None for nothing."""

    path: int
    leaf: Leaf | None


@dataclass(frozen=True, slots=True)
class StateProof:
    """The way from the root to the place of a key."""

    siblings: tuple[bytes, ...]
    """Digests of what is beside the way, from the root down."""
    other: tuple[bytes, bytes] | None
    """Path and value hash of the key that is alone where an absent key would be; None for a present key, or
    if there is nothing at all."""

    def to_value(self) -> Value:
        """An array of two."""
        return (self.siblings, self.other)

    @classmethod
    def from_value(cls, value: Value) -> "StateProof":
        """Inverse of `to_value`. Raises Malformed."""
        siblings, other = as_tuple(value, "state proof", 2)
        digests = tuple(as_digest(sibling, "sibling") for sibling in as_tuple(siblings, "siblings"))
        if len(digests) > PATH_BITS:
            raise Malformed("state proof", f"it is deeper than {PATH_BITS}")
        if other is None:
            return cls(digests, None)
        path, value_hash = as_tuple(other, "other leaf", 2)
        return cls(
            digests, (as_bytes(path, "path", DIGEST_BYTES), as_bytes(value_hash, "value hash", DIGEST_BYTES))
        )


class State:
    """A version of the map; `update` gives the next one, which shares what did not change."""

    __slots__ = ("top",)

    def __init__(self, top: Node = None) -> None:
        self.top = top
        """The root of the tree."""

    @property
    def root(self) -> Digest:
        """The hash of all keys and values."""
        return Digest(_digest(self.top))

    def get(self, key: bytes) -> bytes | None:
        """The value under a key, or None."""
        path = _path(key)
        node, shift = self.top, PATH_BITS - 1
        while type(node) is Branch:
            node = node.right if path >> shift & 1 else node.left
            shift -= 1
        return node.value if type(node) is Leaf and node.path == path else None

    def update(self, changes: Mapping[bytes, bytes | None]) -> "State":
        """The state with these values set, and with the keys deleted whose value is None."""
        ordered = sorted((_change(key, value) for key, value in changes.items()), key=_change_path)
        return State(_updated(self.top, ordered, PATH_BITS - 1))

    def prove(self, key: bytes) -> StateProof:
        """What convinces whoever knows the root of the key's value, or of its absence."""
        path = _path(key)
        siblings = []
        node, shift = self.top, PATH_BITS - 1
        while type(node) is Branch:
            near, far = (node.right, node.left) if path >> shift & 1 else (node.left, node.right)
            siblings.append(_digest(far))
            node, shift = near, shift - 1
        if type(node) is Leaf and node.path != path:
            return StateProof(tuple(siblings), (node.path.to_bytes(DIGEST_BYTES, "big"), _sha256(node.value)))
        return StateProof(tuple(siblings), None)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys and values, in the order of the keys' hashes."""
        waiting = [self.top]
        while waiting:
            node = waiting.pop()
            if type(node) is Branch:
                waiting += (node.right, node.left)
            elif type(node) is Leaf:
                yield node.key, node.value


def verify_state_proof(root: bytes, key: bytes, value: bytes | None, proof: StateProof) -> None:
    """That under `root` the key has this value, or none. Raises BadProof."""
    path_bytes = _sha256(key)
    if len(proof.siblings) > PATH_BITS:
        raise BadProof("it is deeper than a path is long")
    if value is None:
        found = _absent_digest(path_bytes, proof)
    elif proof.other is not None:
        raise BadProof("it names another key's leaf beside a value")
    else:
        found = leaf_digest(path_bytes, _sha256(value))
    path = int.from_bytes(path_bytes, "big")
    for depth in range(len(proof.siblings) - 1, -1, -1):
        sibling = proof.siblings[depth]
        is_right = path >> (PATH_BITS - 1 - depth) & 1
        found = branch_digest(sibling, found) if is_right else branch_digest(found, sibling)
    if found != root:
        raise BadProof("it leads to another state root")


def _absent_digest(path: bytes, proof: StateProof) -> bytes:
    if proof.other is None:
        return EMPTY
    other_path, value_hash = proof.other
    if other_path == path:
        raise BadProof("it shows the key that it claims to be absent")
    return leaf_digest(other_path, value_hash)


def _updated(node: Node, changes: Sequence[Change], shift: int) -> Node:
    if not changes:
        return node
    if type(node) is Branch:
        middle = _middle(changes, shift)
        left = _updated(node.left, changes[:middle], shift - 1)
        right = _updated(node.right, changes[middle:], shift - 1)
        return node if left is node.left and right is node.right else _joined(left, right)
    leaves = [change.leaf for change in changes if change.leaf is not None]
    if type(node) is Leaf:
        place = bisect_left(changes, node.path, key=_change_path)
        if place == len(changes) or changes[place].path != node.path:
            leaves.insert(bisect_left(leaves, node.path, key=_leaf_path), node)
    return _built(leaves, 0, len(leaves), shift)


def _built(leaves: Sequence[Leaf], first: int, end: int, shift: int) -> Node:
    """The subtree of the leaves from `first` up to `end`, which are alike in all bits above this one."""
    if end - first < 2:
        return leaves[first] if first < end else None
    highest = leaves[end - 1].path
    if not highest >> shift & 1:
        middle = end
    elif leaves[first].path >> shift & 1:
        middle = first
    else:
        middle = bisect_left(leaves, highest >> shift << shift, first, end, key=_leaf_path)
    return _joined(_built(leaves, first, middle, shift - 1), _built(leaves, middle, end, shift - 1))


def _middle(changes: Sequence[Change], shift: int) -> int:
    # Sorted, and alike in all bits above this one: the zeros come first.
    return bisect_left(changes, 1, key=lambda change: change.path >> shift & 1)


def _joined(left: Node, right: Node) -> Node:
    if left is None and type(right) is not Branch:
        return right
    if right is None and type(left) is not Branch:
        return left
    return Branch(branch_digest(_digest(left), _digest(right)), left, right)


def make_leaf(key: bytes, value: bytes) -> Leaf:
    """The leaf of a key with its value."""
    path = _sha256(key)
    return Leaf(leaf_digest(path, _sha256(value)), int.from_bytes(path, "big"), key, value)


def subtree(leaves: Sequence[Leaf], bits: int) -> bytes:
    """The digest of a place of 2^bits paths with these leaves, which stand in the order of their paths."""
    return _digest(_built(leaves, 0, len(leaves), bits - 1))


def leaf_digest(path: bytes, value_hash: bytes) -> bytes:
    """Of a key, by the hashes of key and value."""
    return _sha256(b"\x00" + path + value_hash)


def branch_digest(left: bytes, right: bytes) -> bytes:
    """Of a branch, by those of its sides."""
    return _sha256(b"\x01" + left + right)


def _change(key: bytes, value: bytes | None) -> Change:
    if value is None:
        return Change(_path(key), None)
    leaf = make_leaf(key, value)
    return Change(leaf.path, leaf)


def _change_path(change: Change) -> int:
    return change.path


def _leaf_path(leaf: Leaf) -> int:
    return leaf.path


def _path(key: bytes) -> int:
    return int.from_bytes(_sha256(key), "big")


def _digest(node: Node) -> bytes:
    return EMPTY if node is None else node.digest


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
