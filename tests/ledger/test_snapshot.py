"""Chunks of a state: what they hold is all there is in their range, and no lie in them goes through."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.hashing import sha256
from ledger import snapshot
from ledger.errors import BadProof, LedgerError
from ledger.snapshot import LAST_PATH, WHOLE, Chunk, Mark, PathRange, check_chunk, cut_chunk
from ledger.state import State

contents = st.dictionaries(
    st.integers(0, 200).map(lambda number: f"key/{number}".encode()), st.binary(max_size=8), max_size=60
)
ranges = st.tuples(st.integers(0, LAST_PATH), st.integers(0, LAST_PATH)).map(
    lambda ends: PathRange(min(ends), max(ends))
)


def chunks_of(state: State, paths: PathRange = WHOLE) -> list[Chunk]:
    """All chunks of a range, one after the other, as a node that joins asks for them."""
    chunks = [cut_chunk(state, paths)]
    while chunks[-1].paths.last < paths.last:
        chunks.append(cut_chunk(state, PathRange(chunks[-1].paths.last + 1, paths.last)))
    return chunks


def entries_of(chunks: list[Chunk]) -> dict[bytes, bytes]:
    return {key: value for chunk in chunks for key, value in chunk.entries}


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "CHUNK_KEYS", 3)


@given(contents, ranges)
@settings(max_examples=150)
def test_a_chunk_holds_all_keys_of_its_range_and_says_so_to_whoever_knows_the_root(
    content: dict[bytes, bytes], paths: PathRange
) -> None:
    state = State().update(content)
    for asked in (WHOLE, paths, PathRange(paths.first, paths.first)):
        chunk = cut_chunk(state, asked)
        check_chunk(chunk, state.root, asked)
        assert Chunk.decode(chunk.encode()) == chunk
    assert entries_of([cut_chunk(state, WHOLE)]) == content


@pytest.mark.usefixtures("small_chunks")
def test_chunks_one_after_the_other_make_the_state() -> None:
    content = {f"key/{number}".encode(): b"value" for number in range(100)}
    state = State().update(content)
    chunks = chunks_of(state)
    assert [len(chunk.entries) for chunk in chunks] == [*[3] * 33, 1]
    first = 0
    for chunk in chunks:
        check_chunk(chunk, state.root, PathRange(first, LAST_PATH))
        first = chunk.paths.last + 1
    assert State().update(dict(entries_of(chunks))).root == state.root


def test_a_chunk_is_full_by_its_bytes_too() -> None:
    state = State().update({f"key/{number}".encode(): bytes(2**16) for number in range(18)})
    chunks = chunks_of(state)
    assert [len(chunk.entries) for chunk in chunks] == [4, 4, 4, 4, 2]
    assert all(len(chunk.encode()) < 2 * snapshot.CHUNK_BYTES for chunk in chunks)


def lies(chunk: Chunk) -> list[Chunk]:
    """Whatever a peer could make of a good chunk."""
    key, value = chunk.entries[1]
    marks = chunk.outline
    return [
        replace(chunk, entries=chunk.entries[1:]),
        replace(chunk, entries=chunk.entries[:1] + chunk.entries[2:]),
        replace(chunk, entries=(*chunk.entries[:1], (key, value + b"!"), *chunk.entries[2:])),
        replace(chunk, entries=(*chunk.entries[:1], (key + b"!", value), *chunk.entries[2:])),
        replace(chunk, entries=(*chunk.entries[:2], *chunk.entries[1:])),
        replace(chunk, entries=chunk.entries[::-1]),
        replace(chunk, entries=()),
        replace(chunk, outline=marks[:-1]),
        replace(chunk, outline=(*marks, None)),
        replace(chunk, outline=(None,)),
        replace(chunk, outline=(True,) * 300),
        replace(chunk, outline=()),
        replace(chunk, outline=tuple(bytes(32) if mark is None else mark for mark in marks)),
        replace(chunk, outline=tuple(bytes(64) if mark is None else mark for mark in marks)),
        replace(chunk, outline=tuple(None if mark is True else mark for mark in marks)),
        replace(chunk, paths=PathRange(chunk.paths.first, chunk.paths.last - 1)),
        replace(chunk, paths=PathRange(chunk.paths.first + 1, chunk.paths.last)),
        replace(chunk, paths=PathRange(chunk.paths.last, chunk.paths.first)),
        replace(chunk, paths=WHOLE),
    ]


@pytest.mark.usefixtures("small_chunks")
def test_no_lie_about_a_range_goes_through() -> None:
    state = State().update({f"key/{number}".encode(): b"value" for number in range(40)})
    for asked in (WHOLE, PathRange(LAST_PATH // 3, LAST_PATH), PathRange(7, LAST_PATH // 2)):
        chunk = cut_chunk(state, asked)
        check_chunk(chunk, state.root, asked)
        for lie in lies(chunk):
            with pytest.raises(BadProof):
                check_chunk(lie, state.root, asked)


@pytest.mark.usefixtures("small_chunks")
def test_a_whole_state_cannot_be_served_key_by_key() -> None:
    state = State().update({f"key/{number}".encode(): b"value" for number in range(40)})
    whole = cut_chunk(state, WHOLE)
    short = cut_chunk(state, PathRange(0, whole.paths.last - 1))
    assert len(short.entries) == 2
    with pytest.raises(BadProof, match="before it is full"):
        check_chunk(short, state.root, WHOLE)


def test_a_key_of_the_range_cannot_be_passed_off_as_one_outside() -> None:
    """A lone key's place reaches over the end of the range; that is where one could be hidden."""
    state = State().update({b"one": b"1", b"two": b"2"})
    one, two = sorted(int.from_bytes(sha256(key)) for key in (b"one", b"two"))
    between = cut_chunk(state, PathRange(one + 1, two - 1))
    check_chunk(between, state.root, PathRange(one + 1, two - 1))
    for paths in (PathRange(one, two), PathRange(one, two - 1), PathRange(one + 1, two)):
        with pytest.raises(BadProof, match="hides a key"):
            check_chunk(replace(between, paths=paths), state.root, paths)


def test_a_key_cannot_be_moved_into_the_place_of_another() -> None:
    """Down to the place of the second key alone, past a mark that stands where the first one is."""
    state = State().update({b"one": b"1", b"two": b"2"})
    chunk = cut_chunk(state, WHOLE)
    one, two = (int.from_bytes(sha256(key)) for key, _ in chunk.entries)
    beside, paths = bytes(64), PathRange(one, two)
    outline: list[Mark] = []
    for bit in range(255, -1, -1):
        outline += [True, beside] if two >> bit & 1 else [True]
    outline += [None, *[beside] * (256 - two.bit_count())]
    with pytest.raises(BadProof, match="no place for a key"):
        check_chunk(Chunk(paths, chunk.entries, tuple(outline)), state.root, paths)


@given(contents.filter(bool), ranges, st.data())
@settings(max_examples=300)
def test_a_flipped_byte_is_refused_or_makes_no_difference(
    content: dict[bytes, bytes], paths: PathRange, data: st.DataObject
) -> None:
    state = State().update(content)
    chunk = cut_chunk(state, paths)
    raw = bytearray(chunk.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        altered = Chunk.decode(bytes(raw))
        check_chunk(altered, state.root, paths)
    except LedgerError:
        return
    assert altered.entries == chunk.entries
    assert altered.paths.last == chunk.paths.last


@given(st.binary(max_size=300))
def test_bytes_that_are_no_chunk_have_a_named_error(data: bytes) -> None:
    with pytest.raises(LedgerError):
        check_chunk(Chunk.decode(data), bytes(32), WHOLE)
