"""What can be wrong about a member, a vote, a statement or a proof."""

from contracts.errors import ContractError


class UnknownMember(ContractError):
    """No member has this address."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is not a member")
        self.address = address


class UnfitKey(ContractError):
    """An encryption key that is not a point of P-256, or that signs too."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"that encryption key cannot be taken: {reason}")
        self.reason = reason


class NotRecent(ContractError):
    """The hash shown is not that of one of the last blocks."""

    def __init__(self, height: int, last: int, blocks: int) -> None:
        super().__init__(
            f"that is not the hash of block {height}, or it is not one of the {blocks} up to {last}"
        )
        self.height = height
        self.last = last
        self.blocks = blocks


class NotSynced(ContractError):
    """The candidate did not show lately that it follows the chain."""

    def __init__(self, candidate: str, shown: int | None, least: int) -> None:
        known = "nothing" if shown is None else f"block {shown}"
        super().__init__(f"{candidate} has shown {known}; it must show a block from {least} on (show_synced)")
        self.candidate = candidate
        self.shown = shown
        self.least = least


class NotReached(ContractError):
    """A vote to admit a validator, by a voter that does not say that it reached it."""

    def __init__(self, candidate: str) -> None:
        super().__init__(f"a vote to admit {candidate} attests that its node was reached; this one does not")
        self.candidate = candidate


class NoVote(ContractError):
    """The sender is not in the committee in force, or is suspended."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} has no vote: it takes a seat in the committee in force and good standing"
        )
        self.address = address


class VotedAlready(ContractError):
    """The sender has voted on this proposal."""

    def __init__(self, address: str, proposal: int) -> None:
        super().__init__(f"{address} has voted on proposal {proposal}")
        self.address = address
        self.proposal = proposal


class NotOpen(ContractError):
    """The proposal was decided, has expired, or never was."""

    def __init__(self, proposal: int) -> None:
        super().__init__(f"proposal {proposal} is not open")
        self.proposal = proposal


class AlreadyProposed(ContractError):
    """The very same is open."""

    def __init__(self, kind: str, subject: str, proposal: int) -> None:
        super().__init__(f"to {kind} {subject} is open as proposal {proposal}; vote on that")
        self.kind = kind
        self.subject = subject
        self.proposal = proposal


class TooManyProposals(ContractError):
    """As many proposals are open as may be, in all or of one proposer."""

    def __init__(self, whose: str, limit: int) -> None:
        super().__init__(f"{whose} may have {limit} open proposals; wait until one is decided or expires")
        self.whose = whose
        self.limit = limit


class NotPossible(ContractError):
    """What is proposed cannot be done as things are."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"{subject} {reason}")
        self.subject = subject
        self.reason = reason


class CommitteeAtMinimum(ContractError):
    """The committee cannot do without another member."""

    def __init__(self, size: int, minimum: int) -> None:
        super().__init__(
            f"the committee has {size} members, and {minimum} is its minimum; first admit another"
        )
        self.size = size
        self.minimum = minimum


class ConditionNotMet(ContractError):
    """An application that the conditions of the genesis exclude."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"the application's {field} {reason}")
        self.field = field
        self.reason = reason


class BadApplication(ContractError):
    """An application that its applicant did not sign, or that contradicts its certification."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"application refused: {reason}")
        self.reason = reason


class RefusedStatement(ContractError):
    """A statement that the authority did not make, or that is not in force."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StaleStatement(ContractError):
    """A statement that a later one of the authority about the same member has superseded."""

    def __init__(self, address: str, serial: int, latest: int) -> None:
        super().__init__(f"serial {serial} of {address} is stale; {latest} is its latest on the chain")
        self.address = address
        self.serial = serial
        self.latest = latest


class NotProven(ContractError):
    """Two votes that do not prove an equivocation."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotLiable(ContractError):
    """An equivocation that is none of the committee's, or from before the validator's present admission."""

    def __init__(self, address: str, height: int, liable_from: int | None) -> None:
        since = "none" if liable_from is None else f"those from {liable_from} on"
        super().__init__(f"the votes are of height {height}, and {address} answers for {since}")
        self.address = address
        self.height = height
        self.liable_from = liable_from


class AlreadyOut(ContractError):
    """The validator is suspended or expelled."""

    def __init__(self, address: str, standing: str) -> None:
        super().__init__(f"{address} is {standing} already")
        self.address = address
        self.standing = standing
