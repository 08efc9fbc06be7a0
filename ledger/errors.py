"""What can be wrong with a transaction, a block, a proof, a genesis or a store."""

from crypto.address import Address


class LedgerError(Exception):
    """Base of every error of this package: the input was refused, and nothing was changed."""


class EncodingError(LedgerError):
    """Base of what is wrong with bytes or with a value before anything of its meaning is looked at."""


class NotEncodable(EncodingError):
    """A value that has no canonical encoding, such as a float: a mistake of the caller."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot encode: {reason}")
        self.reason = reason


class DecodeError(EncodingError):
    """Base of every reason to refuse bytes unread."""


class Oversized(DecodeError):
    """More bytes than the limit."""

    def __init__(self, found_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"{found_bytes} bytes are more than the limit of {limit_bytes}")
        self.found_bytes = found_bytes
        self.limit_bytes = limit_bytes


class Malformed(DecodeError):
    """Bytes or a value that are not of the required shape."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"malformed {what}: {reason}")
        self.what = what
        self.reason = reason


class NotCanonical(DecodeError):
    """Bytes that decode, but are not the one encoding of their value."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not canonical msgpack: {reason}")
        self.reason = reason


class BadGenesis(LedgerError):
    """A genesis that contradicts itself or does not parse."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"genesis: {path}: {reason}")
        self.path = path
        self.reason = reason


class TransactionRejected(LedgerError):
    """Base of every reason why a transaction cannot be in a block at all."""


class WrongVersion(TransactionRejected):
    """A version of the format that this software does not know."""

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(f"transaction of version {found}; this chain takes version {expected}")
        self.found = found
        self.expected = expected


class WrongChain(TransactionRejected):
    """Made for another chain."""

    def __init__(self, found: bytes, expected: bytes) -> None:
        super().__init__(f"made for chain {found.hex()}, but this is chain {expected.hex()}")
        self.found = found
        self.expected = expected


class WrongSender(TransactionRejected):
    """The sender's address is not that of the public key."""

    def __init__(self, sender: str, key_address: Address) -> None:
        super().__init__(f"sender {sender[:64]!r} is not {key_address}, the address of the public key")
        self.sender = sender
        self.key_address = key_address


class UnknownSender(TransactionRejected):
    """Nobody whom this chain has admitted."""

    def __init__(self, sender: Address) -> None:
        super().__init__(f"sender {sender[:64]!r} is not a member of this chain")
        self.sender = sender


class WrongSignature(TransactionRejected):
    """A signature that the sender's key did not make over this body."""

    def __init__(self, tx_id: bytes, sender: Address, reason: str) -> None:
        super().__init__(f"transaction {tx_id.hex()} is not signed by {sender}: {reason}")
        self.tx_id = tx_id
        self.sender = sender
        self.reason = reason


class WrongSequence(TransactionRejected):
    """A sequence number replayed or skipped."""

    def __init__(self, sender: Address, found: int, expected: int) -> None:
        what = "was used already" if found < expected else "is ahead"
        super().__init__(f"sequence {found} of {sender} {what}; the next is {expected}")
        self.sender = sender
        self.found = found
        self.expected = expected


class TooLarge(TransactionRejected):
    """More bytes than a transaction of this chain may have."""

    def __init__(self, found_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"a transaction of {found_bytes} bytes is larger than the limit of {limit_bytes}")
        self.found_bytes = found_bytes
        self.limit_bytes = limit_bytes


class Expired(TransactionRejected):
    """Valid until a slot that has passed."""

    def __init__(self, valid_until: int, slot: int) -> None:
        super().__init__(f"valid until slot {valid_until}, but this is slot {slot}")
        self.valid_until = valid_until
        self.slot = slot


class QuotaExceeded(TransactionRejected):
    """More transactions of one sender than a block may hold."""

    def __init__(self, sender: Address, limit: int) -> None:
        super().__init__(
            f"{sender} has {limit} transactions in this block, which is all that one sender may have"
        )
        self.sender = sender
        self.limit = limit


class HooksBehind(TransactionRejected):
    """After a long pause the hooks of missed slots run first, in blocks without transactions."""

    def __init__(self, done: int, slot: int) -> None:
        super().__init__(f"the hooks have run up to slot {done} of {slot}; until then blocks stay empty")
        self.done = done
        self.slot = slot


class NoRoom(TransactionRejected):
    """It would take the block over its limit of bytes or steps; it may go into the next."""

    def __init__(self, what: str, needed: int, limit: int) -> None:
        super().__init__(f"the block would have {needed} {what}, more than its limit of {limit}")
        self.what = what
        self.needed = needed
        self.limit = limit


class ApplicationFault(TransactionRejected):
    """An exception that is no contract's own error: a fault of the software, not of the sender."""

    def __init__(self, where: str, cause: Exception) -> None:
        super().__init__(f"fault in {where}: {type(cause).__name__}: {cause}")
        self.where = where
        self.cause = cause


class LinkError(LedgerError):
    """Base of what is wrong with a transaction's place in its TDVA process; it fails the transaction."""


class LinkMissing(LinkError):
    """A link to nothing: no successful transaction has this identifier."""

    def __init__(self, link: bytes) -> None:
        super().__init__(f"link {link.hex()} names no successful transaction of an open process")
        self.link = link


class LinkCount(LinkError):
    """Too few or too many links for the stage."""

    def __init__(self, stage: str, found: int, expected: str) -> None:
        super().__init__(f"stage {stage} with {found} links; it takes {expected}")
        self.stage = stage
        self.found = found
        self.expected = expected


class LinkedTwice(LinkError):
    """One transaction linked twice."""

    def __init__(self, link: bytes) -> None:
        super().__init__(f"link {link.hex()} is given twice")
        self.link = link


class WrongStage(LinkError):
    """A link to a transaction of another stage than the rule asks for."""

    def __init__(self, link: bytes, found: str, expected: str) -> None:
        super().__init__(f"link {link.hex()} is of stage {found}, not {expected}")
        self.link = link
        self.found = found
        self.expected = expected


class WrongContract(LinkError):
    """A link to a process of another contract."""

    def __init__(self, link: bytes, found: str, expected: str) -> None:
        super().__init__(f"link {link.hex()} belongs to contract {found}, not {expected}")
        self.link = link
        self.found = found
        self.expected = expected


class WrongProcess(LinkError):
    """Links into two processes."""

    def __init__(self, link: bytes, found: bytes, expected: bytes) -> None:
        super().__init__(f"link {link.hex()} belongs to process {found.hex()}, not {expected.hex()}")
        self.link = link
        self.found = found
        self.expected = expected


class NotStanding(LinkError):
    """A link to another transaction of the process than the one that the stage has to name."""

    def __init__(self, link: bytes, standing: bytes) -> None:
        super().__init__(f"link {link.hex()} must be to {standing.hex()}, which stands")
        self.link = link
        self.standing = standing


class VerifiedTwice(LinkError):
    """A second verification of one meter and period."""

    def __init__(self, process: bytes, meter: str, period: int) -> None:
        super().__init__(
            f"process {process.hex()} has a verification of meter {meter} for period {period} already"
        )
        self.process = process
        self.meter = meter
        self.period = period


class Settled(LinkError):
    """The process is closed: its accounting is done."""

    def __init__(self, process: bytes, settlement: bytes) -> None:
        super().__init__(
            f"process {process.hex()} was settled by {settlement.hex()}; a correction is a new process"
        )
        self.process = process
        self.settlement = settlement


class SealError(LedgerError):
    """Seals that do not prove that a quorum of the committee committed to the block."""

    def __init__(self, height: int, reason: str) -> None:
        super().__init__(f"seals of height {height} refused: {reason}")
        self.height = height
        self.reason = reason


class TooFewSeals(SealError):
    """Less than a quorum."""

    def __init__(self, height: int, found: int, quorum: int) -> None:
        super().__init__(height, f"{found} of the {quorum} that make a quorum")
        self.found = found
        self.quorum = quorum


class BadSeal(SealError):
    """A seal that is no committee member's signature over this height, round and block."""

    def __init__(self, height: int, member: int, reason: str) -> None:
        super().__init__(height, f"seal of member {member}: {reason}")
        self.member = member


class BadEvidence(LedgerError):
    """Two votes that do not prove that one validator contradicted itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"evidence refused: {reason}")
        self.reason = reason


class InvalidBlock(LedgerError):
    """Base of every reason why no honest validator accepts a block."""

    def __init__(self, height: int, reason: str) -> None:
        super().__init__(f"block {height} is invalid: {reason}")
        self.height = height
        self.reason = reason


class WrongHeaderField(InvalidBlock):
    """A field of the header that is not what the rules or the execution give."""

    def __init__(self, height: int, field: str, found: object, expected: object) -> None:
        super().__init__(height, f"its {field} is {_shown(found)}, but must be {_shown(expected)}")
        self.field = field
        self.found = found
        self.expected = expected


class InvalidTransaction(InvalidBlock):
    """A transaction that must not be in a block, at this position of it."""

    def __init__(self, height: int, position: int, cause: Exception) -> None:
        super().__init__(height, f"transaction {position}: {cause}")
        self.position = position
        self.cause = cause


class BadProof(LedgerError):
    """A proof that does not prove its statement."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"proof refused: {reason}")
        self.reason = reason


class BadStatement(LedgerError):
    """A certification or revocation that the chain's authority did not make for this chain."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind} refused: {reason}")
        self.kind = kind
        self.reason = reason


class Fork(LedgerError):
    """A committee sealed two headers that contradict each other; `members` signed both."""

    def __init__(
        self, height: int, block_hash: bytes, other_height: int, other_hash: bytes, members: tuple[str, ...]
    ) -> None:
        unless = (
            "" if height == other_height else ", or a node left out how it came back to office in between"
        )
        super().__init__(
            f"the committee sealed block {height} {block_hash.hex()} and, against it, block {other_height} "
            f"{other_hash.hex()}: more than f of its validators are Byzantine{unless}; both carry the seals "
            f"of {', '.join(members) or 'nobody in common'}; trust neither before people have looked at it"
        )
        self.height = height
        self.block_hash = block_hash
        self.other_height = other_height
        self.other_hash = other_hash
        self.members = members


class BadArchive(LedgerError):
    """An archive that is damaged, cut off, or of another chain; `what` is the first that is not good."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"archive refused at {what}: {reason}")
        self.what = what
        self.reason = reason


class StoreError(LedgerError):
    """Base of what can go wrong with the store on disk."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"store {path}: {reason}")
        self.path = path
        self.reason = reason


class StoreUnusable(StoreError):
    """The store cannot be opened or written: missing, locked, read-only, disk full, or of another chain."""


class OtherChainStored(StoreUnusable):
    """The store holds another chain than the genesis names."""

    def __init__(self, path: str, stored: bytes, expected: bytes) -> None:
        super().__init__(
            path,
            f"it is of chain {stored.hex()}, and the genesis file is of {expected.hex()}; "
            "use the genesis of that chain, or another data folder",
        )
        self.stored = stored
        self.expected = expected


class StoreCorrupt(StoreError):
    """The store does not hold what was written to it; `what` names the row or page."""

    def __init__(self, path: str, what: str, reason: str) -> None:
        super().__init__(
            path, f"{what} is corrupt: {reason}; restore a backup or sync anew into an empty folder"
        )
        self.what = what


class UnsupportedVersion(LedgerError):
    """The chain goes on with blocks of a version that this node does not follow."""

    def __init__(self, height: int, version: int, known: int) -> None:
        super().__init__(f"block {height} is of version {version}; this node knows up to {known}: upgrade it")
        self.height = height
        self.version = version
        self.known = known


class NotStored(StoreError):
    """No such block or transaction in the store."""


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else repr(value)
