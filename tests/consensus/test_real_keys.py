"""The machine with the chain's own keys, blocks and seals instead of toys."""

from dataclasses import replace

import pytest

from consensus.actions import Action, Build, Check, Decide, Send
from consensus.block_info import inspector
from consensus.config import Config
from consensus.events import BlockBuilt, BlockChecked, Event, MessageReceived, Started
from consensus.machine import Machine
from consensus.messages import decode_message, encode_message
from consensus.slots import Slots
from consensus.vote_log import new_log, recover
from crypto.hashing import Digest, sha256
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger import merkle
from ledger.block import VERSIONS, Block, Header
from ledger.committee import Committee, Validator
from ledger.errors import BadSeal
from ledger.genesis import Limits, Timers
from ledger.quantities import Height, Round, Slot
from ledger.seals import NO_SEALS, check_seals
from tests.consensus.committee import head_at

CHAIN = sha256(b"a chain")
TIMERS = Timers()
NOW = 900_000 * 11
KEYS = [PrivateKey.from_secret(secret) for secret in range(1, 5)]
COMMITTEE = Committee(tuple(Validator(key.address, key.public_key) for key in KEYS))


def block_of(proposer: int, slot: Slot) -> Block:
    nothing = merkle.root(())
    header = Header(
        version=VERSIONS[0],
        chain=CHAIN,
        height=Height(1),
        slot=slot,
        parent=Digest(bytes(32)),
        parent_seals=NO_SEALS,
        transaction_count=0,
        transactions_root=nothing,
        receipts_root=nothing,
        state_root=nothing,
        committee=COMMITTEE.hash,
        next_committee=COMMITTEE.hash,
        round=Round(0),
        proposer=COMMITTEE.validators[proposer].address,
    )
    return Block(header, ())


def machine_of(place: int) -> Machine:
    key = KEYS[place]
    config = Config(
        chain=CHAIN,
        address=key.address,
        slots=Slots(900_000, TIMERS.skew_ms),
        timers=TIMERS,
        inspect=inspector(Limits()),
        sign=key.sign,
        verify=SignatureCache(1_000).verify,
        log_bytes_max=2**20,
    )
    image = new_log(CHAIN, key.public_key, rejoining=False)
    log = recover(image, image, CHAIN, key.public_key)
    return Machine(config, head_at(0, 10, COMMITTEE), log)


def agree() -> list[Decide]:
    """Run four machines on a perfect network until nothing is left to do."""
    machines = [machine_of(place) for place in range(4)]
    queue: list[tuple[int, Event]] = [(place, Started()) for place in range(4)]
    decided: list[Decide] = []
    while queue:
        place, event = queue.pop(0)
        for action in machines[place].step(event, NOW):
            queue += follow_up(place, action)
            if isinstance(action, Decide):
                decided.append(action)
    return decided


def follow_up(place: int, action: Action) -> list[tuple[int, Event]]:
    match action:
        case Build(height, round_, slot):
            block = block_of(place, slot)
            return [(place, BlockBuilt(height, round_, block.hash, block.raw))]
        case Check(height, digest, _):
            return [(place, BlockChecked(height, digest, valid=True))]
        case Send(message, None):
            received = decode_message(encode_message(message), Limits().block_bytes)
            event = MessageReceived(KEYS[place].address, received)
            return [(peer, event) for peer in range(4) if peer != place]
        case _:
            return []


def test_four_validators_seal_a_block_that_the_ledger_accepts() -> None:
    decided = agree()
    assert len(decided) == 4
    assert len({decide.digest for decide in decided}) == 1
    for decide in decided:
        block = Block.decode(decide.block, Limits())
        assert block.hash == decide.digest
        check_seals(decide.seals, COMMITTEE, CHAIN, block.header.height, block.hash, SignatureCache(10))


def test_a_seal_is_good_for_its_round_only() -> None:
    decide = agree()[0]
    elsewhere = replace(decide.seals, round=Round(1))
    with pytest.raises(BadSeal):
        check_seals(elsewhere, COMMITTEE, CHAIN, decide.height, decide.digest, SignatureCache(10))
