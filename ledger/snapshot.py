"""The state at one height in chunks, each of which shows by itself that it is a part, and whole in its range.

A chunk holds all keys of a range of paths, from the first that was asked for, and an outline of the tree
around them, in preorder:

    true       a branch, whose left and right side follow
    nil        a place that lies in the range or whose keys do: they are those of the chunk, or none
    32 bytes   the digest of what lies wholly outside of the range
    64 bytes   path and value hash of a key outside, alone in a place that the range reaches into

Folded up, the outline gives the state's root. A chunk is full, or it ends where the range that was asked for
ends: so a peer can neither leave out a key nor make a thousand answers of one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from crypto.hashing import DIGEST_BYTES, sha256
from ledger.codec import Value, decode, encode
from ledger.errors import BadProof, Malformed
from ledger.fields import as_bytes, as_tuple
from ledger.state import (
    EMPTY,
    PATH_BITS,
    Branch,
    Leaf,
    Node,
    State,
    branch_digest,
    leaf_digest,
    make_leaf,
    subtree,
)

LAST_PATH: Final[int] = 2**PATH_BITS - 1
CHUNK_BYTES: Final = 2**18
CHUNK_KEYS: Final = 4_096
"""A chunk is full with the key that takes it over one of these."""
CHUNK_BYTES_MAX: Final = 2**23
"""What a decoder takes: a full chunk, were its last value as large as a frame can carry."""

Mark: TypeAlias = bool | bytes | None
"""What the outline says of a place, as above."""


@dataclass(frozen=True, slots=True)
class PathRange:
    """Places of the tree from `first` to `last`, both of them in it."""

    first: int
    last: int

    def __contains__(self, path: object) -> bool:
        return isinstance(path, int) and self.first <= path <= self.last


WHOLE: Final = PathRange(0, LAST_PATH)


@dataclass(frozen=True, slots=True)
class Chunk:
    """All keys whose paths lie in a range, in the order of the paths, and the outline of the tree."""

    paths: PathRange
    entries: tuple[tuple[bytes, bytes], ...]
    """Keys and values."""
    outline: tuple[Mark, ...]

    @property
    def is_full(self) -> bool:
        """Whether it may end before the range that was asked for."""
        size_bytes = sum([len(key) + len(value) for key, value in self.entries])
        return size_bytes >= CHUNK_BYTES or len(self.entries) >= CHUNK_KEYS

    def encode(self) -> bytes:
        """An array of first path, last path, entries and outline."""
        return encode(
            (_path_bytes(self.paths.first), _path_bytes(self.paths.last), self.entries, self.outline)
        )

    @classmethod
    def decode(cls, data: bytes) -> "Chunk":
        """Inverse of `encode`. Raises DecodeError; `check_chunk` verifies it."""
        fields = as_tuple(decode(data, max_bytes=CHUNK_BYTES_MAX), "chunk", 4)
        first, last = (int.from_bytes(as_bytes(path, "path", DIGEST_BYTES)) for path in fields[:2])
        entries = tuple([_entry(entry) for entry in as_tuple(fields[2], "entries")])
        outline = tuple([_mark(mark) for mark in as_tuple(fields[3], "outline")])
        return cls(PathRange(first, last), entries, outline)


def cut_chunk(state: State, paths: PathRange) -> Chunk:
    """The chunk that begins where `paths` does: as much of the range as makes it full."""
    entries: list[tuple[bytes, bytes]] = []
    size_bytes, last = 0, paths.last
    for leaf in _leaves(state.top, paths):
        entries.append((leaf.key, leaf.value))
        size_bytes += len(leaf.key) + len(leaf.value)
        if size_bytes >= CHUNK_BYTES or len(entries) >= CHUNK_KEYS:
            last = leaf.path
            break
    covered = PathRange(paths.first, last)
    return Chunk(covered, tuple(entries), tuple(_outline(state.top, WHOLE, covered)))


def check_chunk(chunk: Chunk, root: bytes, asked: PathRange) -> None:
    """That it holds all keys of the state with this root in its range, which begins where `asked` does.

    Raises BadProof.
    """
    paths = chunk.paths
    if paths.first != asked.first or not paths.first <= paths.last <= asked.last:
        raise BadProof("the chunk is of another range than the one that was asked for")
    if paths.last < asked.last and not chunk.is_full:
        raise BadProof("the chunk ends before it is full")
    leaves = [make_leaf(key, value) for key, value in chunk.entries]
    if any(leaf.path not in paths for leaf in leaves):
        raise BadProof("a key of the chunk is outside of its range")
    if any(one.path >= next_.path for one, next_ in pairwise(leaves)):
        raise BadProof("the keys of the chunk are not in the order of their paths")
    fold = _Fold(chunk, leaves)
    found = fold.digest(PATH_BITS)
    if fold.leaves_left or fold.marks_left:
        raise BadProof("the outline has no place for all of the chunk")
    if found != root:
        raise BadProof("the chunk leads to another state root")


class _Fold:
    """Folds an outline up, taking the leaves as they come; both are in the order of the paths."""

    def __init__(self, chunk: Chunk, leaves: Sequence[Leaf]) -> None:
        self._paths = chunk.paths
        self._marks = chunk.outline
        self._leaves = leaves
        self._low = 0
        """The first path of the place that comes next."""
        self.marks_left = len(chunk.outline)
        self.leaves_left = len(leaves)

    def digest(self, bits: int) -> bytes:
        """Of the place that comes next, which holds 2^bits paths. Raises BadProof."""
        if not self.marks_left:
            raise BadProof("the outline ends too early")
        mark = self._marks[-self.marks_left]
        self.marks_left -= 1
        if mark is True:
            if not bits:
                raise BadProof("the outline is deeper than a path is long")
            left = self.digest(bits - 1)
            return branch_digest(left, self.digest(bits - 1))
        place = PathRange(self._low, self._low + (1 << bits) - 1)
        self._low = place.last + 1
        return self._inside(place, bits) if type(mark) is not bytes else self._outside(mark, place)

    def _inside(self, place: PathRange, bits: int) -> bytes:
        start = len(self._leaves) - self.leaves_left
        stop = start
        while stop < len(self._leaves) and self._leaves[stop].path <= place.last:
            stop += 1
        self.leaves_left -= stop - start
        if start < stop and self._leaves[start].path < place.first:
            raise BadProof("the outline has no place for a key of the chunk")
        return subtree(self._leaves[start:stop], bits)

    def _outside(self, mark: bytes, place: PathRange) -> bytes:
        if len(mark) == DIGEST_BYTES:
            if place.last >= self._paths.first and place.first <= self._paths.last:
                raise BadProof("the outline hides a part of the chunk's range")
            return mark
        path, value_hash = mark[:DIGEST_BYTES], mark[DIGEST_BYTES:]
        if int.from_bytes(path) in self._paths:
            raise BadProof("the outline hides a key of the chunk's range")
        return leaf_digest(path, value_hash)


def _leaves(top: Node, paths: PathRange) -> Iterator[Leaf]:
    """Those of the range, in the order of their paths."""
    waiting: list[tuple[Node, int, int]] = [(top, 0, PATH_BITS)]
    while waiting:
        node, low, bits = waiting.pop()
        if low > paths.last or low + (1 << bits) <= paths.first:
            continue
        if type(node) is Branch:
            waiting += ((node.right, low + (1 << bits - 1), bits - 1), (node.left, low, bits - 1))
        elif type(node) is Leaf and node.path in paths:
            yield node


def _outline(node: Node, place: PathRange, paths: PathRange) -> Iterator[Mark]:
    if place.first >= paths.first and place.last <= paths.last:
        yield None
    elif place.last < paths.first or place.first > paths.last:
        yield EMPTY if node is None else node.digest
    elif type(node) is Branch:
        middle = (place.first + place.last) // 2
        yield True
        yield from _outline(node.left, PathRange(place.first, middle), paths)
        yield from _outline(node.right, PathRange(middle + 1, place.last), paths)
    elif type(node) is Leaf and node.path not in paths:
        yield _path_bytes(node.path) + sha256(node.value)
    else:
        yield None


def _entry(value: Value) -> tuple[bytes, bytes]:
    key, content = as_tuple(value, "entry", 2)
    return as_bytes(key, "key"), as_bytes(content, "value")


def _mark(value: Value) -> Mark:
    if value is None or value is True:
        return value
    mark = as_bytes(value, "mark of the outline")
    if len(mark) not in (DIGEST_BYTES, 2 * DIGEST_BYTES):
        raise Malformed("mark of the outline", f"it has {len(mark)} bytes")
    return mark


def _path_bytes(path: int) -> bytes:
    return path.to_bytes(DIGEST_BYTES, "big")
