"""A validator's disk: two copies of its vote log, its chain, and all that can go wrong with writing."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from consensus.errors import VoteLogCorrupt
from consensus.vote_log import VoteLog, new_log, recover
from crypto.hashing import Digest
from ledger.committee import Committee
from ledger.quantities import Height
from ledger.seals import Seals
from tests.consensus.committee import CHAIN, ToyBlock, committee_after

GENESIS_DIGEST = Digest(bytes(32))


class Crash(Exception):
    """The power fails in the middle of what a node does."""


class DiskFull(Crash):
    """What was to be written does not fit: the node ends, and cannot start until there is room."""


@dataclass
class Disk:
    """What outlives a crash."""

    public_key: bytes
    copies: list[bytes]
    founders: Committee
    chain: list[tuple[ToyBlock, Seals]] = field(default_factory=list)
    committees: list[Committee] = field(init=False)
    """Of the heights 1, 2, ... up to two above the head."""
    is_full: bool = False

    def __post_init__(self) -> None:
        self.committees = [self.founders, self.founders]

    @property
    def height(self) -> Height:
        """Of the head."""
        return Height(len(self.chain))

    @property
    def head_digest(self) -> Digest:
        return self.chain[-1][0].digest if self.chain else GENESIS_DIGEST

    def committee(self, height: int) -> Committee:
        """Who decides at a height, at most two above the head."""
        return self.committees[height - 1]

    def store(self, block: ToyBlock, seals: Seals) -> None:
        """All of it or nothing. Raises DiskFull."""
        if self.is_full:
            raise DiskFull
        self.chain.append((block, seals))
        self.committees.append(committee_after(self.committees[-1], block.change))

    def wipe(self, keeps_chain: bool) -> None:
        """Lose the votes, and perhaps the blocks; the key joins again as one that signed before."""
        self.copies = [new_log(CHAIN, self.public_key, rejoining=True)] * 2
        if not keeps_chain:
            self.chain, self.committees = [], [self.founders, self.founders]

    def append(self, frames: bytes, crash: float, dice: random.Random) -> None:
        """To the first copy, flushed, then to the second. Raises Crash, which may leave a torn tail."""
        self._write(lambda copy: copy + frames, self._torn, crash, dice)

    def rewrite(self, image: bytes, crash: float, dice: random.Random) -> None:
        """Replace each copy in one go. Raises Crash, which leaves the old content or the new."""
        self._write(lambda _: image, lambda before, after, dice: dice.choice((before, after)), crash, dice)

    def _write(
        self,
        change: Callable[[bytes], bytes],
        tear: Callable[[bytes, bytes, random.Random], bytes],
        crash: float,
        dice: random.Random,
    ) -> None:
        """One copy after the other; the power may fail before, within, between or after."""
        room = dice.randint(0, 1) if self.is_full else len(self.copies)
        for place, before in enumerate(self.copies):
            after = change(before)
            if place == room or dice.random() < crash / 2:
                self.copies[place] = tear(before, after, dice)
                raise DiskFull if place == room else Crash
            self.copies[place] = after
        if dice.random() < crash / 2:
            raise Crash

    @staticmethod
    def _torn(before: bytes, after: bytes, dice: random.Random) -> bytes:
        """What was not flushed yet may be there in part, be empty, or be anything."""
        written = dice.randint(len(before), len(after))
        lost = after[written:]
        tails = (b"", bytes(len(lost)), dice.randbytes(len(lost)), flip(lost, dice))
        return after[:written] + dice.choice(tails)

    def recover(self) -> VoteLog:
        """What the copies hold. Raises VoteLogError."""
        return recover(*self.copies, CHAIN, self.public_key)

    def rot(self, dice: random.Random) -> bool:
        """Damage one copy, if both are whole; whether it was done."""
        try:
            for copy in self.copies:
                recover(copy, None, CHAIN, self.public_key)
        except VoteLogCorrupt:
            return False
        place = dice.randint(0, 1)
        copy = flip(self.copies[place], dice)
        kept = dice.choice((len(copy), dice.randint(0, len(copy))))
        self.copies[place] = copy[:kept]
        return True


def flip(data: bytes, dice: random.Random) -> bytes:
    """With one bit changed."""
    if not data:
        return data
    flipped = bytearray(data)
    flipped[dice.randrange(len(data))] ^= 1 << dice.randint(0, 7)
    return bytes(flipped)
