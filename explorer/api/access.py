"""Who may ask what: roles by bearer token or by client certificate; on loopback all may do everything."""

import asyncio
import hmac
from collections.abc import Callable, Mapping
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
class Client:
    """Who asks."""

    name: str
    """That acknowledgements are signed with."""
    role: Role


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come in. Without tokens and certificates it is open, which is for loopback alone."""

    tokens: Mapping[bytes, Client] = field(default_factory=dict)
    """By the SHA-256 of the token."""
    of_certificate: Callable[[bytes], Client | None] | None = None
    """Who showed this certificate (DER), whose key TLS has proven; None without TLS."""

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked who they are."""
        return not self.tokens and self.of_certificate is None

    def of_token(self, token: str) -> Client | None:
        """Whose token this is. Takes as long for any guess."""
        given = sha256(token.encode(errors="surrogateescape"))
        found = [client for known, client in self.tokens.items() if hmac.compare_digest(known, given)]
        return found[0] if found else None

    def of_connection(self, transport: asyncio.BaseTransport | None) -> Client | None:
        """Who showed a certificate on this connection."""
        tls = transport.get_extra_info("ssl_object") if transport else None
        shown = tls.getpeercert(binary_form=True) if tls else None
        return self.of_certificate(shown) if shown and self.of_certificate else None


OPEN: Final = Access()
LOCAL: Final = Client("loopback", Role.OPERATOR)
"""Whoever asks where nobody is asked who they are."""


def token_access(tokens: Mapping[str, Client]) -> Access:
    """Access by tokens alone."""
    return Access({sha256(token.encode()): client for token, client in tokens.items()})


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
