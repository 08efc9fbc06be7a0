"""What can be wrong with a message of the committee's protocol, or with a vote log."""


class ConsensusError(Exception):
    """Base of every error of this package: the input was refused, and nothing was changed."""


class BadMessage(ConsensusError):
    """A message that no honest validator sends: it does not decode, verify or prove what it must."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} refused: {reason}")
        self.what = what
        self.reason = reason


class VoteLogError(ConsensusError):
    """Base of every reason not to sign: the log of one's own votes cannot be relied on."""


class VoteLogMissing(VoteLogError):
    """There is no vote log; joining a chain makes one, and starting never does."""

    def __init__(self) -> None:
        super().__init__(
            "there is no vote log, so this validator cannot know what it has signed; "
            "`gridquorum join` makes one, with --rejoining if this key ever signed on this chain"
        )


class VoteLogCorrupt(VoteLogError):
    """Neither copy of the vote log is whole."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(
            f"both copies of the vote log are bad (first: {first}; second: {second}); this validator cannot "
            "know what it has signed, so it will not sign; `gridquorum join --rejoining` makes a new log, "
            "with which it signs again two blocks later"
        )
        self.first = first
        self.second = second


class VoteLogsDisagree(VoteLogError):
    """Both copies are whole, but say different things: one is not of this validator's last run."""

    def __init__(self, record: int) -> None:
        super().__init__(
            f"the two copies of the vote log differ from record {record} on; one was restored or swapped"
        )
        self.record = record


class WrongVoteLog(VoteLogError):
    """A vote log of another chain, of another key or of an unknown version."""

    def __init__(self, what: str, found: str, expected: str) -> None:
        super().__init__(f"the vote log is for {what} {found}, not {expected}")
        self.what = what
        self.found = found
        self.expected = expected
