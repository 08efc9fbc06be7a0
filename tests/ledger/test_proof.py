"""Proof bundles: they convince offline, say on what they rest, and bear no altered byte."""

from dataclasses import replace
from pathlib import Path

import pytest

from crypto.signatures import SignatureCache
from ledger.errors import BadProof, NotStored
from ledger.proof import (
    Bundle,
    Checkpoint,
    GenesisHash,
    StateClaim,
    TransactionClaim,
    prove_state,
    prove_transaction,
    verify_bundle,
)
from ledger.quantities import Height
from ledger.store import Store
from tests.ledger.builders import Chain, key_of, make_genesis, seal, some_digest, some_id
from tests.ledger.test_store import eventful_chain, write_store

SIGNATURES = SignatureCache(1_000)
KEY = f"counter/{key_of(4).address}".encode()


@pytest.fixture(scope="module")
def chain() -> Chain:
    return eventful_chain()


@pytest.fixture(scope="module")
def store(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return write_store(Path(tmp_path_factory.mktemp("proof")) / "chain.db", chain)


def test_every_transaction_is_proven_with_its_receipt_from_the_genesis(chain: Chain, store: Store) -> None:
    trust = GenesisHash(chain.genesis.hash)
    for executed, _ in chain.blocks:
        for transaction, receipt in zip(executed.transactions, executed.receipts, strict=True):
            bundle = prove_transaction(store, transaction.tx_id)
            verified = verify_bundle(bundle.encode(), trust, SIGNATURES)
            assert verified.trust == trust
            assert verified.header == executed.block.header
            assert isinstance(verified.claim, TransactionClaim)
            assert (verified.claim.transaction, verified.claim.receipt) == (transaction, receipt)


def test_the_proof_passes_from_one_committee_to_the_next(chain: Chain, store: Store) -> None:
    last = chain.blocks[4][0].transactions[0]
    bundle = prove_transaction(store, last.tx_id)
    assert [item.header.height for item in bundle.sealed] == [4, 5]
    assert bundle.sealed[0].committee != bundle.sealed[1].committee
    for sealed in (bundle.sealed[1:], bundle.sealed[::-1]):
        with pytest.raises(BadProof, match="does not follow"):
            verify_bundle(
                replace(bundle, sealed=sealed).encode(), GenesisHash(chain.genesis.hash), SIGNATURES
            )


def test_the_state_is_proven_for_present_and_absent_keys(chain: Chain, store: Store) -> None:
    for key, value in ((KEY, store.state.get(KEY)), (b"counter/nobody", None)):
        bundle = prove_state(store, key)
        claim = verify_bundle(bundle.encode(), GenesisHash(chain.genesis.hash), SIGNATURES).claim
        assert isinstance(claim, StateClaim)
        assert (claim.key, claim.value) == (key, value)


def test_a_proof_may_rest_on_a_checkpoint(chain: Chain, store: Store) -> None:
    transaction = chain.blocks[4][0].transactions[0]
    for height in (1, 3, 4):
        trust = Checkpoint(Height(height), store.block(height).hash)
        bundle = prove_transaction(store, transaction.tx_id, checkpoint=height)
        assert verify_bundle(bundle.encode(), trust, SIGNATURES).trust == trust
        with pytest.raises(BadProof, match="not on the trusted checkpoint"):
            verify_bundle(bundle.encode(), replace(trust, block_hash=some_digest(1)), SIGNATURES)
        with pytest.raises(BadProof, match="verify it from that block"):
            verify_bundle(bundle.encode(), GenesisHash(chain.genesis.hash), SIGNATURES)
    with pytest.raises(BadProof, match="does not come after"):
        prove_transaction(store, transaction.tx_id, checkpoint=5)


def test_a_proof_of_another_chain_or_from_another_start_is_refused(chain: Chain, store: Store) -> None:
    data = prove_state(store, KEY).encode()
    with pytest.raises(BadProof, match="it is of chain"):
        verify_bundle(data, GenesisHash(make_genesis(name="other").hash), SIGNATURES)
    with pytest.raises(BadProof, match="it rests on the genesis"):
        verify_bundle(data, Checkpoint(Height(1), store.block(1).hash), SIGNATURES)


def test_nothing_is_proven_about_what_is_not_there(store: Store) -> None:
    with pytest.raises(NotStored):
        prove_transaction(store, some_id(1))


@pytest.mark.parametrize("kind", ["transaction", "state", "absence"])
def test_no_byte_can_be_altered(chain: Chain, store: Store, kind: str) -> None:
    bundle = {
        "transaction": lambda: prove_transaction(
            store, chain.blocks[3][0].transactions[1].tx_id, checkpoint=1
        ),
        "state": lambda: prove_state(store, KEY, checkpoint=1),
        "absence": lambda: prove_state(store, b"counter/nobody"),
    }[kind]()
    data = bundle.encode()
    trust = (
        GenesisHash(chain.genesis.hash) if kind == "absence" else Checkpoint(Height(1), store.block(1).hash)
    )
    verify_bundle(data, trust, SIGNATURES)
    for place in range(len(data)):
        altered = bytearray(data)
        altered[place] ^= 1 << place % 8
        with pytest.raises(BadProof):
            verify_bundle(bytes(altered), trust, SIGNATURES)


def test_dishonest_seals_prove_nothing(chain: Chain, store: Store) -> None:
    bundle = prove_transaction(store, chain.blocks[1][0].transactions[0].tx_id)
    (sealed,) = bundle.sealed
    for seals in (
        seal(sealed.header, (0, 1)),
        replace(sealed.seals, seals=(*sealed.seals.seals[:2], sealed.seals.seals[1])),
        seal(sealed.header, (0, 1, 2), keys=[key_of(number) for number in (7, 8, 9)]),
    ):
        forged = replace(bundle, sealed=(replace(sealed, seals=seals),))
        with pytest.raises(BadProof, match="seals of height 2"):
            verify_bundle(forged.encode(), GenesisHash(chain.genesis.hash), SIGNATURES)


def test_a_committee_of_ones_own_proves_nothing(chain: Chain, store: Store) -> None:
    strangers = Chain(make_genesis(validators=4, others=0, name="strangers")).head.committee
    own = strangers.validators[1:] + strangers.validators[:1]
    bundle = prove_transaction(store, chain.blocks[1][0].transactions[0].tx_id)
    (sealed,) = bundle.sealed
    committee = replace(sealed.committee, validators=own)
    header = replace(sealed.header, committee=committee.hash)
    forged = replace(sealed, header=header, committee=committee, seals=seal(header, (0, 1, 2)))
    with pytest.raises(BadProof, match="does not follow"):
        verify_bundle(replace(bundle, sealed=(forged,)).encode(), GenesisHash(chain.genesis.hash), SIGNATURES)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x95" + b"\xc0" * 5, b"\x91" * 100, bytes(100)])
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(BadProof):
        verify_bundle(data, GenesisHash(some_digest(1)), SIGNATURES)


def test_a_bundle_is_read_as_it_was_written(store: Store, chain: Chain) -> None:
    for bundle in (prove_state(store, KEY), prove_state(store, KEY, checkpoint=2)):
        assert Bundle.decode(bundle.encode()) == bundle
