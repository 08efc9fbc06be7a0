"""All that was ever said at a height: what the adversary has to forge from."""

from collections import defaultdict
from dataclasses import dataclass, field

from consensus.messages import Message, Prepare, Prepared, Proposal, RoundChange
from consensus.own_votes import Certificate
from crypto.hashing import Digest

HEARD_MAX = 200
"""Messages that may be said again."""


@dataclass
class Hearsay:
    """Of one height."""

    blocks: dict[Digest, bytes] = field(default_factory=dict)
    proposed: dict[tuple[int, Digest], Proposal] = field(default_factory=dict)
    """By round and digest."""
    prepares: dict[tuple[int, Digest], dict[int, Prepare]] = field(default_factory=lambda: defaultdict(dict))
    """By round and digest, of each member."""
    changes: dict[int, dict[int, RoundChange]] = field(default_factory=lambda: defaultdict(dict))
    """By round, of each member the last one with its proof."""
    said: list[Message] = field(default_factory=list)

    def hear(self, message: Message) -> None:
        """Keep what may be of use."""
        match message:
            case Proposal():
                self.blocks[message.digest] = message.block
                self.proposed[message.round, message.digest] = message
                for prepare in message.prepares:
                    self.prepares[prepare.round, prepare.digest][prepare.member] = prepare
            case Prepare():
                self.prepares[message.round, message.digest][message.member] = message
            case RoundChange():
                self.changes[message.round][message.member] = message
        if len(self.said) < HEARD_MAX:
            self.said.append(message)

    def certificates(self, quorum: int, below: int) -> list[Certificate]:
        """What was prepared by a quorum in rounds below this one, the earliest first."""
        return [
            Certificate(Prepared(prepares[0].round, digest), prepares)
            for (round_, digest), votes in sorted(self.prepares.items(), key=lambda item: item[0])
            if round_ < below and len(votes) >= quorum
            for prepares in [tuple([vote for _, vote in sorted(votes.items())])]
        ]
