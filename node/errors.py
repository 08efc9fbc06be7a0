"""Why a node does not start, stops, or refuses what it was asked; each says what to do about it.

The three branches are three kinds of exit code: ConfigurationError, StartError and Unreachable.
"""

from pathlib import Path

from crypto.address import Address
from ledger.errors import TransactionRejected


class NodeError(Exception):
    """Base of every error of this package."""


class ConfigurationError(NodeError):
    """Something in the node's own files is wrong; it will not start until its operator changes it."""


class BadConfig(ConfigurationError):
    """A key of the configuration is unknown, missing or unfit; `where` is the file, variable or flag."""

    def __init__(self, where: str, key: str, reason: str) -> None:
        super().__init__(f"{where}: {key}: {reason}")
        self.where = where
        self.key = key
        self.reason = reason


class UnusableFile(ConfigurationError):
    """A file that the configuration names cannot be read, or does not hold what it should."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class WrongCertificate(ConfigurationError):
    """The node's certificate is of another authority or key than its chain and its key."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; ask the chain's authority for a certificate of this node's key")
        self.path = path
        self.reason = reason


class UnknownAgent(ConfigurationError):
    """An agent of a kind that this software does not have, or with a setting that the kind does not know."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"agent {kind}: {reason}")
        self.kind = kind
        self.reason = reason


class StartError(NodeError):
    """The files are right, but the node cannot run here and now."""


class PortInUse(StartError):
    """Another process listens where this node should."""

    def __init__(self, section: str, listen: str, reason: str) -> None:
        super().__init__(
            f"cannot listen on {listen}: {reason}; stop who does, or change {section}.listen in config.toml"
        )
        self.section = section
        self.listen = listen


class Locked(StartError):
    """Another process uses this key or data folder; two signers of one key would vote twice."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is in use by another process; is this node running already?")
        self.path = path


class Diverged(NodeError):
    """A quorum sealed a block that this node finds invalid: it runs other software, or its data are wrong."""

    def __init__(self, height: int, reason: str) -> None:
        super().__init__(
            f"the committee sealed block {height}, but here {reason}; "
            "compare the software's version with the others', and run `gridquorum chain check`"
        )
        self.height = height
        self.reason = reason


class Unreachable(NodeError):
    """No node answers at this address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no node answers at {url}: {reason}; does it run, and is api.listen this address?")
        self.url = url
        self.reason = reason


class Refused(NodeError):
    """A node answered, and refused; `title` and `detail` are its problem details (RFC 9457)."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(f"{title}: {detail}" if detail else title)
        self.status = status
        self.title = title
        self.detail = detail


class BadAnswer(NodeError):
    """What answers there does not speak as a node does."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} does not answer like a node: {reason}")
        self.url = url
        self.reason = reason


class NoVoteLog(NodeError):
    """A node that never votes was asked to become a candidate for the committee."""

    def __init__(self) -> None:
        super().__init__(
            "this node cannot vote: it needs a certificate with the role validator, and a vote log, "
            "which `gridquorum join` makes"
        )


class SequenceTaken(TransactionRejected):
    """Another transaction with this sequence number waits already."""

    def __init__(self, sender: Address, sequence: int, taken_by: bytes) -> None:
        super().__init__(f"sequence {sequence} of {sender} is taken by waiting transaction {taken_by.hex()}")
        self.sender = sender
        self.sequence = sequence
        self.taken_by = taken_by


class TooFarAhead(TransactionRejected):
    """Valid for longer than a transaction may wait."""

    def __init__(self, valid_until: int, limit: int) -> None:
        super().__init__(f"valid until slot {valid_until}; now it may be valid until slot {limit} at most")
        self.valid_until = valid_until
        self.limit = limit


class PoolFull(TransactionRejected):
    """No room, and nobody else has more in the pool than this sender."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"the limit of {limit} {what} is reached; try again after the next block")
        self.what = what
        self.limit = limit


class WouldFail(TransactionRejected):
    """Executed on the current head, the contract refuses it; `reason` is what its receipt would say."""

    def __init__(self, tx_id: bytes, reason: str) -> None:
        super().__init__(f"transaction {tx_id.hex()} would fail: {reason}")
        self.tx_id = tx_id
        self.reason = reason
