"""The cache of verified signatures."""

import pytest

from crypto.errors import BadSignature
from crypto.hashing import sha256
from crypto.keys import PrivateKey
from crypto.signatures import Claim, SignatureCache, good_claims

KEY = PrivateKey.from_secret(5)
OTHER = PrivateKey.from_secret(6)


def entry(message: bytes) -> tuple[bytes, bytes, bytes]:
    return KEY.public_key, KEY.sign(message), message


def claim(message: bytes) -> Claim:
    return KEY.public_key, KEY.sign(message), sha256(message)


def test_a_good_signature_is_known_afterwards() -> None:
    cache = SignatureCache(10)
    assert not cache.knows(claim(b"a"))
    cache.verify(*entry(b"a"))
    assert cache.knows(claim(b"a"))


def test_a_known_signature_is_not_verified_again() -> None:
    cache = SignatureCache(10)
    unverifiable = KEY.public_key, bytes(64), sha256(b"a")
    with pytest.raises(BadSignature):
        cache.check(unverifiable)
    cache.remember(unverifiable)
    cache.check(unverifiable)


def test_a_bad_signature_is_refused_every_time_and_leaves_nothing() -> None:
    cache = SignatureCache(10)
    for _ in range(2):
        with pytest.raises(BadSignature):
            cache.verify(OTHER.public_key, KEY.sign(b"a"), b"a")
    assert len(cache) == 0


def test_what_is_known_speaks_for_nothing_else() -> None:
    cache = SignatureCache(10)
    public_key, signature, digest = claim(b"a")
    cache.check((public_key, signature, digest))
    for other in (
        (OTHER.public_key, signature, digest),
        (public_key, KEY.sign(b"b"), digest),
        (public_key, signature, sha256(b"b")),
        (public_key + signature[:1], signature[1:], digest),
    ):
        assert not cache.knows(other)


def test_it_keeps_the_newest_up_to_its_capacity() -> None:
    cache = SignatureCache(3)
    for number in range(5):
        cache.verify(*entry(b"%d" % number))
    assert len(cache) == 3
    assert [cache.knows(claim(b"%d" % number)) for number in range(5)] == [False, False, True, True, True]


def test_it_needs_room() -> None:
    with pytest.raises(ValueError, match="room for one"):
        SignatureCache(0)


def test_good_claims_are_told_from_bad_ones() -> None:
    good = [claim(b"a"), claim(b"b")]
    bad: list[Claim] = [
        (KEY.public_key, KEY.sign(b"a"), sha256(b"b")),
        (OTHER.public_key, KEY.sign(b"a"), sha256(b"a")),
        (b"no key", KEY.sign(b"a"), sha256(b"a")),
        (KEY.public_key, b"no signature", sha256(b"a")),
    ]
    assert good_claims([bad[0], good[0], *bad[1:], good[1]]) == good
