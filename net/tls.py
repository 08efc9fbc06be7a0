"""Mutual TLS 1.3 among members: who has no certificate of the chain's authority, does not connect.

OpenSSL proves that the peer holds the key of a certificate that the pinned authority issued. Dates are left
to the caller, since a committee stays connected whatever the dates of its certificates say.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.certificate import Identity, identity_of
from crypto.errors import MalformedCertificate

NO_CHECK_TIME: Final = ssl.VerifyFlags(0x20_0000)
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h, which Python does not name."""


@dataclass(frozen=True, slots=True)
class Contexts:
    """TLS for both ends that a node can be."""

    server: ssl.SSLContext
    client: ssl.SSLContext

    def renew(self, certificate: Path, key: Path) -> None:
        """Show this certificate of the same key from the next connection on; open connections stay.

        Raises OSError or ssl.SSLError if the files cannot be read or do not belong together.
        """
        for context in (self.server, self.client):
            context.load_cert_chain(certificate, key)


def tls_contexts(authority: bytes, certificate: Path, key: Path) -> Contexts:
    """Contexts for the holder of `certificate` and `key` (PEM) under `authority` (DER).

    Raises OSError or ssl.SSLError if the files cannot be read or do not belong together.
    """
    server = _context(ssl.PROTOCOL_TLS_SERVER, authority, certificate, key)
    # No resumption: every connection shows its certificate.
    server.num_tickets = 0
    client = _context(ssl.PROTOCOL_TLS_CLIENT, authority, certificate, key)
    return Contexts(server, client)


def peer_identity(connection: ssl.SSLObject | None, authority: bytes) -> Identity:
    """Who is at the other end. Raises CertificateError."""
    certificate = connection.getpeercert(binary_form=True) if connection else None
    if certificate is None:
        raise MalformedCertificate("a peer", "it showed none")
    return identity_of(certificate, authority)


def _context(protocol: int, authority: bytes, certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # A peer is known by the address of its key, not by the name of a host.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= NO_CHECK_TIME
    context.load_verify_locations(cadata=authority)
    context.load_cert_chain(certificate, key)
    return context
