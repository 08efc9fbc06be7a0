"""The authenticated state: a map under one hash, with proofs of what is in it and of what is not."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import BadProof
from ledger.state import EMPTY, State, StateProof, verify_state_proof

keys = st.integers(0, 30).map(lambda number: f"key/{number}".encode())
contents = st.dictionaries(keys, st.binary(max_size=8), max_size=30)
batches = st.lists(st.dictionaries(keys, st.none() | st.binary(max_size=8), max_size=10), max_size=8)


@given(batches)
@settings(max_examples=150)
def test_a_state_is_the_map_and_its_root_depends_on_the_content_alone(
    batches: list[dict[bytes, bytes | None]],
) -> None:
    state, expected = State(), dict[bytes, bytes]()
    for batch in batches:
        before, root = dict(state.items()), state.root
        after = state.update(batch)
        assert (dict(state.items()), state.root) == (before, root)
        state = after
        for key, value in batch.items():
            if value is None:
                expected.pop(key, None)
            else:
                expected[key] = value
    assert dict(state.items()) == expected
    assert all(state.get(key) == expected.get(key) for batch in batches for key in batch)
    assert state.root == State().update(expected).root
    assert state.update(dict.fromkeys(expected)).root == EMPTY


@given(contents, contents)
@settings(max_examples=100)
def test_different_contents_have_different_roots(one: dict[bytes, bytes], other: dict[bytes, bytes]) -> None:
    assert (State().update(one).root == State().update(other).root) == (one == other)


@given(contents, keys)
@settings(max_examples=200)
def test_membership_and_absence_are_proven_and_their_opposites_refused(
    content: dict[bytes, bytes], key: bytes
) -> None:
    state = State().update(content)
    value, proof = content.get(key), state.prove(key)
    verify_state_proof(state.root, key, value, proof)
    assert StateProof.from_value(proof.to_value()) == proof
    for lie in (b"lie", None if value is not None else b"", (value or b"") + b"x"):
        with pytest.raises(BadProof):
            verify_state_proof(state.root, key, lie, proof)
    with pytest.raises(BadProof):
        verify_state_proof(State().update({b"other": b"1"}).root, key, value, proof)


@given(contents, keys, st.data())
@settings(max_examples=200)
def test_a_tampered_proof_is_refused(content: dict[bytes, bytes], key: bytes, data: st.DataObject) -> None:
    state = State().update(content)
    proof, value = state.prove(key), content.get(key)
    tampered = [replace(proof, siblings=(*proof.siblings, EMPTY))]
    if proof.siblings:
        place = data.draw(st.integers(0, len(proof.siblings) - 1))
        sibling = bytes([proof.siblings[place][0] ^ 1]) + proof.siblings[place][1:]
        tampered.append(
            replace(proof, siblings=(*proof.siblings[:place], sibling, *proof.siblings[place + 1 :]))
        )
        tampered.append(replace(proof, siblings=proof.siblings[1:]))
    if proof.other is not None:
        tampered.append(replace(proof, other=None))
        tampered.append(replace(proof, other=(proof.other[0], EMPTY)))
    elif value is not None:
        tampered.append(replace(proof, other=(EMPTY, EMPTY)))
    for bad in tampered:
        with pytest.raises(BadProof):
            verify_state_proof(state.root, key, value, bad)


def test_a_present_key_cannot_be_shown_as_its_own_absence() -> None:
    state = State().update({b"key": b"value"})
    (other,) = [State().update({b"else": b""}).prove(b"key").other]
    assert other is not None
    proof = state.prove(b"absent")
    assert proof.other is not None
    verify_state_proof(state.root, b"absent", None, proof)
    with pytest.raises(BadProof, match="claims to be absent"):
        verify_state_proof(state.root, b"key", None, proof)


def test_a_deep_tree_of_many_keys() -> None:
    content = {f"key/{number}".encode(): str(number).encode() for number in range(3_000)}
    state = State().update(content)
    for number in (0, 1_234, 2_999, 3_000):
        key = f"key/{number}".encode()
        verify_state_proof(state.root, key, content.get(key), state.prove(key))
    assert len(state.prove(b"key/0").siblings) < 30
