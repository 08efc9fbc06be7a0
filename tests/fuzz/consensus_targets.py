"""What the committee's members send each other, and what they find on their disks."""

from collections.abc import Iterator

from consensus.errors import BadMessage, VoteLogError
from consensus.messages import Prepare, RoundChange, Status, decode_message, encode_message
from consensus.own_votes import Preparation
from consensus.vote_log import Floor, VoteLog, new_log, recover
from ledger.quantities import Height, Round
from tests.consensus.committee import BLOCK_BYTES_MAX, CHAIN
from tests.consensus.solo import H, Solo, bare
from tests.fuzz.mutate import mutate_frames
from tests.fuzz.target import Broken, Target, judges, reads


def messages() -> Iterator[bytes]:
    solo = Solo()
    block = solo.block(1)
    lock = solo.certificate(block, 0, 0, 1, 2)
    changes = solo.round_changes(1, 0, 1, 2, lock=lock)
    yield encode_message(solo.proposal(block))
    yield encode_message(solo.proposal(block, 1, round_changes=bare(changes), prepares=lock.prepares))
    yield from map(encode_message, (*lock.prepares, *solo.commits(block, 0, 3), *changes))
    yield encode_message(solo.round_changes(2, 1)[0])
    yield encode_message(Status(H, Round(3)))


def vote_logs() -> Iterator[bytes]:
    solo = Solo()
    block = solo.block(1)
    prepare = solo.prepares(block, 0, 0)[0]
    log = recover(new_log(CHAIN, solo.key, rejoining=False), None, CHAIN, solo.key)
    image = log.rewrite()
    yield image
    assert isinstance(prepare, Prepare)
    image += log.append(Preparation(prepare, block.raw))
    image += log.append(Floor(Height(0)))
    change = solo.round_changes(1, 0, lock=solo.certificate(block, 0, 0, 1, 2))[0]
    assert isinstance(change, RoundChange)
    yield image + log.append(change)


def check_recovered(data: bytes) -> None:
    """Whatever a file holds: it is refused by name, or what is recovered from it is recovered again."""
    key = Solo(is_started=False).key
    whole = new_log(CHAIN, key, rejoining=True)
    for first, second in ((data, None), (None, data), (data, data), (data, whole), (whole, data)):
        try:
            log: VoteLog = recover(first, second, CHAIN, key)
        except VoteLogError:
            continue
        again = recover(log.rewrite(), None, CHAIN, key)
        if again.votes != log.votes:
            raise Broken(f"{data.hex()} is recovered as other votes the second time")


TARGETS = {
    "message": Target(
        reads(lambda data: decode_message(data, BLOCK_BYTES_MAX), encode_message, BadMessage), messages
    ),
    "vote-log": Target(judges(check_recovered), vote_logs, mutate_frames),
}
