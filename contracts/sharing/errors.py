"""Why a dealing, a complaint, an opening or a declaration is refused."""

from contracts.errors import ContractError
from ledger.quantities import Slot, TxId


class SharingError(ContractError):
    """Base of the errors about shared secrets; `process` and `number` say of which round."""

    def __init__(self, process: TxId, number: int, reason: str) -> None:
        super().__init__(f"round {number} of process {process.hex()}: {reason}")
        self.process = process
        self.number = number


class BadThreshold(ContractError):
    """A threshold with which the faulty could open, or prevent every opening."""

    def __init__(self, threshold: int, members: int) -> None:
        faulty_max = (members - 1) // 3
        super().__init__(
            f"{threshold} of {members} members cannot be the threshold: "
            f"with {faulty_max} faulty ones it takes {faulty_max + 1} to {members - faulty_max}"
        )
        self.threshold = threshold
        self.members = members


class NoRound(SharingError):
    """There is no such round."""

    def __init__(self, process: TxId, number: int) -> None:
        super().__init__(process, number, "it does not exist")


class RoundRunning(SharingError):
    """The process' round before has not ended."""

    def __init__(self, process: TxId, number: int) -> None:
        super().__init__(process, number, "it has to end before another begins")


class TooManyRounds(SharingError):
    """More rounds at once, or in one process, than the chain keeps."""

    def __init__(self, process: TxId, number: int, limit: int) -> None:
        super().__init__(process, number, f"there are {limit} already, which is the limit")
        self.limit = limit


class BadRound(SharingError):
    """A round that could not work: no dealers, too many, too wide, or with dates out of order."""


class WrongPhase(SharingError):
    """Too late, or too early, for what was asked."""

    def __init__(self, process: TxId, number: int, reason: str, slot: Slot) -> None:
        super().__init__(process, number, f"{reason}; this is slot {slot}")
        self.slot = slot


class NotInvited(SharingError):
    """Only those whom the round was opened for may deal in it."""

    def __init__(self, process: TxId, number: int, sender: str) -> None:
        super().__init__(process, number, f"{sender} is not among its dealers")
        self.sender = sender


class NotHolder(SharingError):
    """Only those whom shares were dealt to may complain of them, or open them."""

    def __init__(self, process: TxId, number: int, sender: str) -> None:
        super().__init__(process, number, f"{sender} is not among its members")
        self.sender = sender


class AlreadyDealt(SharingError):
    """A dealer deals once a round."""

    def __init__(self, process: TxId, number: int, dealer: str) -> None:
        super().__init__(process, number, f"{dealer} has dealt already")
        self.dealer = dealer


class BadDealing(SharingError):
    """A dealing of the wrong shape: commitments, shares or the proof of its ephemeral key."""


class NotDealt(SharingError):
    """This dealer has not dealt, or is out."""

    def __init__(self, process: TxId, number: int, dealer: str) -> None:
        super().__init__(process, number, f"no dealing of {dealer} stands")
        self.dealer = dealer


class BadComplaint(SharingError):
    """The shown point is not proved to be the one that opens the share."""


class FalseComplaint(SharingError):
    """The share is good: what the point opens is what the dealer committed to."""

    def __init__(self, process: TxId, number: int, dealer: str, member: str) -> None:
        super().__init__(process, number, f"the share that {dealer} dealt to {member} is good")
        self.dealer = dealer
        self.member = member


class AlreadyOpened(SharingError):
    """What was asked to be opened is open."""

    def __init__(self, process: TxId, number: int) -> None:
        super().__init__(process, number, "it is open already")


class WrongOpening(SharingError):
    """These values and blinding are not what the dealers committed to, or not what the round opens."""


class BadDeclaration(SharingError):
    """A declared number that is not proved to follow from what the dealer committed to."""
