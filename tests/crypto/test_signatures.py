"""The cache of verified signatures."""

import pytest

from crypto.errors import BadSignature
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache

KEY = PrivateKey.from_secret(5)
OTHER = PrivateKey.from_secret(6)


def entry(message: bytes) -> tuple[bytes, bytes, bytes]:
    return KEY.public_key, KEY.sign(message), message


def test_a_good_signature_is_known_afterwards() -> None:
    cache = SignatureCache(10)
    assert not cache.knows(*entry(b"a"))
    cache.verify(*entry(b"a"))
    assert cache.knows(*entry(b"a"))


def test_a_known_signature_is_not_verified_again() -> None:
    cache = SignatureCache(10)
    unverifiable = KEY.public_key, bytes(64), b"a"
    with pytest.raises(BadSignature):
        cache.verify(*unverifiable)
    cache.remember(*unverifiable)
    cache.verify(*unverifiable)


def test_a_bad_signature_is_refused_every_time_and_leaves_nothing() -> None:
    cache = SignatureCache(10)
    for _ in range(2):
        with pytest.raises(BadSignature):
            cache.verify(OTHER.public_key, KEY.sign(b"a"), b"a")
    assert len(cache) == 0


def test_what_is_known_speaks_for_nothing_else() -> None:
    cache = SignatureCache(10)
    public_key, signature, message = entry(b"a")
    cache.verify(public_key, signature, message)
    assert not cache.knows(OTHER.public_key, signature, message)
    assert not cache.knows(public_key, KEY.sign(b"b"), message)
    assert not cache.knows(public_key, signature, b"b")
    assert not cache.knows(public_key, signature + message, b"")
    assert not cache.knows(public_key + signature, message, b"")


def test_it_keeps_the_newest_up_to_its_capacity() -> None:
    cache = SignatureCache(3)
    for number in range(5):
        cache.verify(*entry(b"%d" % number))
    assert len(cache) == 3
    assert [cache.knows(*entry(b"%d" % number)) for number in range(5)] == [False, False, True, True, True]


def test_it_needs_room() -> None:
    with pytest.raises(ValueError, match="room for one"):
        SignatureCache(0)
