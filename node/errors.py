"""Why a node does not start, stops, or refuses what it was asked; each says what to do about it.

The three branches are three kinds of exit code: ConfigurationError, StartError and Unreachable.
"""

from pathlib import Path


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


class KeyLocked(StartError):
    """Another process signs with this key; two signers of one key would vote twice."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is locked: another process of this node is running; stop it first")
        self.path = path


class VoteLogLost(StartError):
    """Neither copy of the vote log is whole: this node no longer knows what it has signed."""

    def __init__(self, paths: tuple[Path, ...], reason: str) -> None:
        listed = " and ".join(str(path) for path in paths)
        super().__init__(
            f"vote log {listed}: {reason}; signing on could contradict earlier votes. Restore one of the "
            "copies; if both are lost, have the committee replace this validator's key"
        )
        self.paths = paths
        self.reason = reason


class Unreachable(NodeError):
    """No node answers at this address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"no node answers at {url}: {reason}; does it run, and is api.listen this address?"
        )
        self.url = url
        self.reason = reason


class Refused(NodeError):
    """A node answered, and refused; `title` and `detail` are its problem details (RFC 9457)."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(f"{title}: {detail}" if detail else title)
        self.status = status
        self.title = title
        self.detail = detail
