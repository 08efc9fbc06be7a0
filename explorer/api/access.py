"""Who may ask what: roles by bearer token or by client certificate; on loopback all may do everything."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import ip_address
from typing import Final

from crypto.hashing import sha256

BEARER: Final = "Bearer "


class Role(IntEnum):
    """What a client may do; each role may do what those before it may."""

    READER = 1
    PARTICIPANT = 2
    """Sends transactions too."""
    OPERATOR = 3
    """Acknowledges alerts and acts for the node too."""

    @property
    def word(self) -> str:
        """As configurations and documents write it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come in. Without tokens it is open, which is for loopback alone."""

    tokens: Mapping[bytes, Role] = field(default_factory=dict)
    """Roles by the SHA-256 of the token."""
    certificates: Mapping[str, Role] = field(default_factory=dict)
    """Roles by those of the chain that a client certificate names."""

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked who they are."""
        return not self.tokens and not self.certificates

    def of_token(self, token: str) -> Role | None:
        """The role of a token; None for one that is not known. Takes as long for any guess."""
        given = sha256(token.encode(errors="surrogateescape"))
        roles = [role for known, role in self.tokens.items() if hmac.compare_digest(known, given)]
        return roles[0] if roles else None

    def of_certificate(self, roles: tuple[str, ...]) -> Role | None:
        """The highest role that a member's roles on the chain give."""
        return max((self.certificates[role] for role in roles if role in self.certificates), default=None)


OPEN: Final = Access()


def token_access(tokens: Mapping[str, Role]) -> Access:
    """Access by tokens alone."""
    return Access({sha256(token.encode()): role for token, role in tokens.items()})


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
