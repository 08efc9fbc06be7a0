"""Following a chain by its sealed headers: through every change of committee, and past no lie."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.signatures import SignatureCache
from ledger import light
from ledger.block import Header
from ledger.codec import decode, encode
from ledger.errors import BadProof, DecodeError, Fork
from ledger.light import Checkpoint, GenesisHash, LightChain, SealedHeader, Trail
from ledger.proof import prove_state, prove_transaction, verify_against, verify_bundle
from ledger.quantities import Round
from ledger.store import Store
from tests.ledger.builders import Chain, key_of, make_genesis, seal, some_digest
from tests.ledger.changing import changing_chain, commit_blocks, elect, light_of
from tests.ledger.test_store import write_store

SIGNATURES = SignatureCache(10_000)


@pytest.fixture(scope="module")
def chain() -> Chain:
    """4 -> 22 -> 4, of different members each time."""
    return changing_chain(22, 4)


@pytest.fixture(scope="module")
def store(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return write_store(Path(tmp_path_factory.mktemp("light")) / "chain.db", chain)


@pytest.fixture
def start(chain: Chain) -> LightChain:
    return LightChain.from_genesis(chain.genesis)


def test_it_follows_from_the_genesis_through_every_committee(
    chain: Chain, store: Store, start: LightChain
) -> None:
    trail = store.trail(0, store.head.height)
    followed = start.follow(trail.headers, SIGNATURES)
    assert (followed.trust, followed.height) == (GenesisHash(chain.genesis.hash), chain.head.height)
    assert [item.height for item in followed.handovers] == [5, 10]
    assert [len(item.committee) for item in followed.known] == [4, 22, 4]
    for height in range(1, chain.head.height + 1):
        assert followed.committee_at(height) == store.committee(height).hash
    assert LightChain.decode(followed.encode()) == followed
    assert Trail.decode(trail.encode()) == trail


def test_it_follows_from_a_checkpoint(chain: Chain, store: Store) -> None:
    header = store.block(7).header
    followed = LightChain.from_checkpoint(header).follow(store.trail(7, 13).headers, SIGNATURES)
    assert followed.trust == Checkpoint(header.height, header.hash)
    assert [item.height for item in followed.known] == [10, 13]
    assert LightChain.decode(followed.encode()) == followed
    for height in (5, 6, 7):
        with pytest.raises(BadProof, match=f"header {height} does not follow"):
            followed.follow([store.sealed_header(height)], SIGNATURES)


def test_what_is_known_already_changes_nothing(store: Store, start: LightChain) -> None:
    followed = start.follow(store.trail(0, 13).headers, SIGNATURES)
    again = followed.follow([store.sealed_header(height) for height in (1, 5, 7, 10, 13)], SIGNATURES)
    assert again == followed


def test_a_long_trail_comes_in_pages(
    store: Store, start: LightChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = light_of(store, 13)
    monkeypatch.setattr("ledger.stored.TRAIL_HANDOVERS", 1)
    first = store.trail(0, 13)
    assert ([item.height for item in first.handovers], first.last) == ([5], None)
    second = store.trail(5, 13)
    assert ([item.height for item in second.handovers], second.last) == ([10], store.sealed_header(13))
    followed = start.follow(first.headers, SIGNATURES).follow(second.headers, SIGNATURES)
    assert followed == whole
    assert store.trail(13, 13) == Trail((), store.sealed_header(13))
    assert store.trail(14, 13) == store.trail(0, 0) == Trail((), None)


def reseal(item: SealedHeader, members: int, **fields: object) -> SealedHeader:
    """Another header, sealed by founders 0, 1, ..."""
    header = replace(item.header, **fields)  # type: ignore[arg-type]
    return replace(item, header=header, seals=seal(header, range(members)))


LIES: dict[str, Callable[[SealedHeader], SealedHeader]] = {
    "another next committee, unsealed": lambda item: replace(
        item, header=replace(item.header, next_committee=some_digest(1))
    ),
    "another next committee, sealed by a minority": lambda item: reseal(
        item, 2, next_committee=some_digest(1)
    ),
    "another chain": lambda item: reseal(item, 3, chain=some_digest(1)),
    "a committee of one's own": lambda item: replace(
        item, committee=replace(item.committee, validators=item.committee.validators[::-1])
    ),
    "seals of a later round": lambda item: replace(item, seals=replace(item.seals, round=Round(1))),
    "a round after its seals": lambda item: reseal(item, 3, round=Round(1)),
    "one seal less than a quorum": lambda item: replace(
        item, seals=replace(item.seals, seals=item.seals.seals[:-1])
    ),
    "one seal twice": lambda item: replace(
        item, seals=replace(item.seals, seals=(item.seals.seals[0], *item.seals.seals[:-1]))
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_tampered_handover_is_refused(lie: str, store: Store, start: LightChain) -> None:
    good = store.sealed_header(5)
    start.follow([good], SIGNATURES)
    with pytest.raises(BadProof):
        start.follow([LIES[lie](good)], SIGNATURES)


def test_a_left_out_handover_is_missed(store: Store, start: LightChain) -> None:
    with pytest.raises(BadProof, match="header 10 does not follow"):
        start.follow([store.sealed_header(10)], SIGNATURES)


def test_two_headers_of_one_height_name_who_signed_both(store: Store, start: LightChain) -> None:
    good = store.sealed_header(2)
    other = reseal(good, 4, state_root=some_digest(1))
    other = replace(other, seals=replace(other.seals, seals=other.seals.seals[1:]))
    followed = start.follow([good], SIGNATURES)
    with pytest.raises(Fork) as caught:
        followed.follow([other], SIGNATURES)
    assert set(caught.value.members) == {key_of(1).address, key_of(2).address}
    assert (caught.value.height, caught.value.other_hash) == (2, good.header.hash)
    assert key_of(1).address in str(caught.value)


def test_a_committee_that_goes_on_after_it_handed_over_is_a_fork(store: Store, start: LightChain) -> None:
    followed = start.follow(store.trail(0, 4).headers, SIGNATURES)
    early = reseal(store.sealed_header(3), 3, next_committee=some_digest(1))
    with pytest.raises(Fork) as caught:
        followed.follow([early], SIGNATURES)
    assert (caught.value.height, caught.value.other_height) == (3, 4)
    later = reseal(
        store.sealed_header(5), 3, height=9, next_committee=store.sealed_header(5).header.committee
    )
    with pytest.raises(BadProof):
        light_of(store, 13).follow([later], SIGNATURES)


@pytest.fixture(scope="module")
def returning(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The founders hand over in block 5, are back from block 11 on, and seal block 13."""
    chain = changing_chain(4)
    elect(chain, [key_of(number) for number in range(4)])
    commit_blocks(chain, 3)
    return write_store(Path(tmp_path_factory.mktemp("returning")) / "chain.db", chain)


def test_a_committee_that_came_back_is_not_accused(returning: Store) -> None:
    start, whole = LightChain.from_genesis(returning.genesis), light_of(returning, 13)
    assert whole.committee_at(13) == whole.committee_at(5) != whole.committee_at(8)
    # Somebody leaves the handovers out, and the same committee decides.
    bare = start.follow([returning.sealed_header(13)], SIGNATURES)
    assert bare.follow(returning.trail(0, 13).headers, SIGNATURES) == whole
    assert bare.together(whole, SIGNATURES) == whole.together(bare, SIGNATURES) == whole


def test_old_keys_are_found_out_in_whatever_order_the_histories_come(returning: Store) -> None:
    """Founders who seal block 9 were out of office then; or they hand over to others than they did."""
    start, whole = LightChain.from_genesis(returning.genesis), light_of(returning, 10)
    stayed = reseal(returning.sealed_header(4), 3, height=9)
    handed = reseal(returning.sealed_header(4), 3, next_committee=some_digest(1))
    for forged, found in ((stayed, (9, 5)), (handed, (4, 5))):
        lie = start.follow([forged], SIGNATURES)
        with pytest.raises(Fork, match="more than f") as caught:
            whole.together(lie, SIGNATURES)
        assert (caught.value.height, caught.value.other_height) == found
        with pytest.raises(Fork):
            lie.together(whole, SIGNATURES)


def test_what_is_no_header_of_the_chain_accuses_nobody(returning: Store) -> None:
    bare = LightChain.from_genesis(returning.genesis).follow([returning.sealed_header(13)], SIGNATURES)
    unsealed = reseal(returning.sealed_header(9), 2)
    with pytest.raises(BadProof):
        bare.follow([returning.sealed_header(5), unsealed], SIGNATURES)


def test_bundles_are_verified_across_4_22_4(chain: Chain, store: Store) -> None:
    followed = light_of(store, chain.head.height)
    for executed, _ in chain.blocks:
        for transaction in executed.transactions:
            bundle = prove_transaction(store, transaction.tx_id)
            verified = verify_bundle(bundle.encode(), GenesisHash(chain.genesis.hash), SIGNATURES)
            assert verified.header == executed.block.header
            assert verify_against(followed, bundle, SIGNATURES) == verified


def test_a_light_client_verifies_what_rests_on_a_checkpoint_that_it_never_saw(store: Store) -> None:
    bundle = prove_state(store, b"counter/slots", checkpoint=12)
    assert verify_against(light_of(store, 10), bundle, SIGNATURES).header == store.head.header
    with pytest.raises(BadProof, match="does not follow"):
        verify_against(light_of(store, 4), bundle, SIGNATURES)


def test_a_forged_history_of_old_keys_is_seen_by_whoever_has_been_there(
    chain: Chain, store: Store, tmp_path: Path
) -> None:
    """The founders left at height 6. Their keys seal another chain, which verifies from the genesis."""
    forged = Chain(chain.genesis)
    commit_blocks(forged, 8)
    other = write_store(tmp_path / "forged.db", forged)
    bundle = prove_state(other, b"counter/slots")
    verify_bundle(bundle.encode(), GenesisHash(chain.genesis.hash), SIGNATURES)
    with pytest.raises(BadProof, match="header 8 does not follow"):
        verify_against(light_of(store, 13), bundle, SIGNATURES)


def test_a_minority_of_a_committee_cannot_hand_over_to_itself(store: Store, start: LightChain) -> None:
    byzantine = Chain(make_genesis(validators=4, others=0)).head.committee
    lie = reseal(store.sealed_header(5), 2, next_committee=byzantine.hash)
    with pytest.raises(BadProof, match="2 of the 3"):
        start.follow([lie], SIGNATURES)


@given(st.binary(max_size=200))
def test_bytes_that_are_none_have_a_named_error(data: bytes) -> None:
    for read in (LightChain.decode, Trail.decode):
        with pytest.raises(DecodeError):
            read(data)


def test_a_file_of_something_else_is_refused(store: Store) -> None:
    data = light_of(store, 13).encode()
    with pytest.raises(DecodeError, match="does not begin"):
        LightChain.decode(data.replace(light.LIGHT.encode(), b"gridquorum right 1"))
    assert isinstance(store.sealed_header(13).header, Header)


def test_a_file_holds_the_handovers_of_decades(store: Store) -> None:
    whole = light_of(store, 13)
    many = replace(whole, handovers=whole.handovers[:1] * 5_000)
    assert LightChain.decode(many.encode()).handovers == many.handovers


def test_a_file_that_rests_on_the_genesis_begins_at_height_0(start: LightChain) -> None:
    magic, _height, *rest = decode(start.encode(), max_bytes=2**20)  # type: ignore[misc]
    with pytest.raises(DecodeError, match="height"):
        LightChain.decode(encode((magic, 7, *rest)))
