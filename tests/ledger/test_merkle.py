"""RFC 6962 trees, against the published vectors and the RFC's own recursive definition."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import merkle
from ledger.errors import BadProof

# The eight leaves, roots and proofs of the tests of Certificate Transparency's reference implementation.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
SIZES_MAX = 40


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_published_inclusion_proofs(index: int, size: int) -> None:
    path = merkle.inclusion_proof(LEAVES[:size], index)
    assert [item.hex() for item in path] == INCLUSION[index, size]
    merkle.verify_inclusion(bytes.fromhex(ROOTS[size]), size, index, LEAVES[index], path)


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_published_consistency_proofs(old: int, new: int) -> None:
    proof = merkle.consistency_proof(LEAVES[:new], old)
    assert [item.hex() for item in proof] == CONSISTENCY[old, new]
    merkle.verify_consistency(bytes.fromhex(ROOTS[old]), old, bytes.fromhex(ROOTS[new]), new, proof)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def recursive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    k = split(len(leaves))
    return sha256(b"\x01" + recursive_root(leaves[:k]) + recursive_root(leaves[k:]))


def recursive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*recursive_path(index, leaves[:k]), recursive_root(leaves[k:])]
    return [*recursive_path(index - k, leaves[k:]), recursive_root(leaves[:k])]


def recursive_proof(old: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of 2.1.2."""
    if old == len(leaves):
        return [] if whole else [recursive_root(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*recursive_proof(old, leaves[:k], whole), recursive_root(leaves[k:])]
    return [*recursive_proof(old - k, leaves[k:], False), recursive_root(leaves[:k])]


@pytest.mark.parametrize("size", range(1, SIZES_MAX))
def test_all_proofs_of_small_trees_are_the_recursive_definitions(size: int) -> None:
    leaves = [bytes([number]) * 3 for number in range(size)]
    root = merkle.root(leaves)
    assert root == recursive_root(leaves)
    for index in range(size):
        path = merkle.inclusion_proof(leaves, index)
        assert list(path) == recursive_path(index, leaves)
        merkle.verify_inclusion(root, size, index, leaves[index], path)
    for old in range(1, size + 1):
        proof = merkle.consistency_proof(leaves, old)
        assert list(proof) == recursive_proof(old, leaves)
        merkle.verify_consistency(recursive_root(leaves[:old]), old, root, size, proof)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=50), st.data())
@settings(max_examples=100)
def test_a_tampered_inclusion_proof_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, path = merkle.root(leaves), merkle.inclusion_proof(leaves, index)
    tampered = [
        (root, index, leaves[index] + b"x", path),
        (merkle.node_hash(root, root), index, leaves[index], path),
        (root, len(leaves), leaves[index], path),
        (root, -1, leaves[index], path),
        (root, index, leaves[index], (*path, root)),
    ]
    for place in range(len(path)):
        flipped = bytes([path[place][0] ^ 1]) + path[place][1:]
        tampered.append((root, index, leaves[index], (*path[:place], flipped, *path[place + 1 :])))
        tampered.append((root, index, leaves[index], (*path[:place], *path[place + 1 :])))
    for bad_root, bad_index, leaf, bad_path in tampered:
        with pytest.raises(BadProof):
            merkle.verify_inclusion(bad_root, len(leaves), bad_index, leaf, bad_path)


@given(st.lists(st.binary(max_size=8), min_size=2, max_size=50), st.data())
@settings(max_examples=100)
def test_a_tampered_consistency_proof_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    old = data.draw(st.integers(1, size - 1))
    old_root, new_root = merkle.root(leaves[:old]), merkle.root(leaves)
    proof = merkle.consistency_proof(leaves, old)
    rewritten = merkle.root([b"another", *leaves[1:old]])
    tampered = [
        (rewritten, old, new_root, size, proof),
        (old_root, old, rewritten, size, proof),
        (old_root, 0, new_root, size, proof),
        (old_root, size + 1, new_root, size, proof),
        (old_root, old, new_root, size, (*proof, new_root)),
        (old_root, old, new_root, size, proof[:-1]),
        (old_root, size, new_root, size, ()),
    ]
    for arguments in tampered:
        if arguments[0] != arguments[2] or arguments[4]:
            with pytest.raises(BadProof):
                merkle.verify_consistency(*arguments)


def test_there_is_no_proof_for_what_is_not_there() -> None:
    for index in (-1, 3):
        with pytest.raises(IndexError):
            merkle.inclusion_proof(LEAVES[:3], index)
    for old in (0, 4):
        with pytest.raises(IndexError):
            merkle.consistency_proof(LEAVES[:3], old)
