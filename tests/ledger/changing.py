"""A chain whose committee changes, and stores that begin with one of its states."""

from pathlib import Path

from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger.light import LightChain
from ledger.quantities import Height
from ledger.snapshot import check_chunk, cut_chunk
from ledger.snapshot_store import SnapshotStore
from ledger.store import Store
from tests.ledger.builders import Chain, key_of, make_genesis

MEMBERS = 30


def changing_chain(*sizes: int, blocks_each: int = 3) -> Chain:
    """Four founders decide, then committees of these sizes, one after the other, of other members."""
    chain = Chain(make_genesis(validators=4, others=MEMBERS - 4))
    commit_blocks(chain, blocks_each)
    for number, size in enumerate(sizes):
        change_committee(chain, number, size)
        commit_blocks(chain, blocks_each)
    return chain


def change_committee(chain: Chain, first: int, size: int) -> None:
    """Two blocks: one in which it is decided, and the last one of the old committee."""
    elect(chain, [key_of((4 * first + number + 1) % MEMBERS) for number in range(size)])


def elect(chain: Chain, keys: list[PrivateKey]) -> None:
    """As `change_committee`, of these."""
    public = tuple(key.public_key for key in keys)
    chain.commit(chain.transaction(action="committee", arguments={"keys": public}))
    chain.commit()
    chain.committee_keys = keys


def commit_blocks(chain: Chain, count: int) -> None:
    """Blocks with a transaction each."""
    for _ in range(count):
        chain.commit(chain.transaction())


def light_of(store: Store, height: int) -> LightChain:
    """The chain up to a height by its sealed headers alone."""
    start, signatures = LightChain.from_genesis(store.genesis), SignatureCache(1_000)
    return start.follow(store.trail(0, height).headers, signatures)


def snapshot_of(chain: Chain, store: Store, path: Path, height: int) -> Store:
    """A store that begins with the state at a height of another one, as a node makes it that joins."""
    light = light_of(store, height)
    draft = SnapshotStore.create(path, chain.genesis, chain.rules.application, light)
    state = chain.blocks[height - 1][0].state
    while missing := draft.missing():
        chunk = cut_chunk(state, missing[0])
        check_chunk(chunk, draft.sealed.header.state_root, missing[0])
        draft.add(chunk)
    draft.finish(chain.rules.application)
    draft.close()
    return Store.open(path, chain.genesis)


def append_rest(chain: Chain, store: Store, last: Height | None = None) -> None:
    """The blocks after the store's head."""
    for executed, seals in chain.blocks[store.head.height : last]:
        store.append(executed, seals)
