"""The node's API: who may ask, over TLS or not, and where it listens."""

import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import structlog

from crypto.address import Address
from crypto.certificate import Identity, identity_of
from crypto.errors import CertificateError
from explorer.api.access import Access, Client, Role, is_loopback, token_access
from explorer.api.app import make_app
from explorer.api.listening import Listening, listen
from explorer.api.problems import Statuses
from ledger.genesis import Genesis
from net.errors import NetError
from node.admission import check_admitted
from node.chain import NodeChain
from node.config import Config, split_endpoint
from node.errors import BadConfig, NoVoteLog, PoolFull, PortInUse, UnusableFile
from node.files import read_file
from node.service import Node

STATUSES: Final[Statuses] = {PoolFull: 503, NoVoteLog: 409}
"""What the API answers to the node's own errors."""
OPERATOR: Final = "operator"
TOKEN_CHARS_MIN: Final = 16

log = structlog.get_logger("node")


def read_tokens(config: Config) -> Mapping[str, Client]:
    """Who has which token. Raises UnusableFile, or BadConfig if nobody could be told from anybody else."""
    api, file = config.api, str(config.file)
    tokens: dict[str, Client] = {}
    if api.token_file is not None:
        tokens[_read_token(api.token_file)] = Client(OPERATOR, Role.OPERATOR)
    for section in api.tokens:
        tokens[_read_token(section.file)] = Client(section.name, Role[section.role.upper()])
    if len(tokens) < len(api.tokens) + (api.token_file is not None):
        raise BadConfig(file, "api.tokens", "two files hold the same token")
    if (api.certificate is None) != (api.key is None):
        raise BadConfig(file, "api.key", "certificate and key belong together")
    host, _ = split_endpoint(api.listen)
    if api.enabled and not is_loopback(host) and not tokens and api.certificate is None:
        raise BadConfig(file, "api.token_file", f"it or TLS is required, since {host} is not loopback")
    return tokens


async def serve_api(config: Config, node: Node, tokens: Mapping[str, Client]) -> Listening:
    """Begin to answer. Raises PortInUse or UnusableFile."""
    tls = _tls(config, node.chain.genesis)
    known = token_access(tokens)
    access = Access(known.tokens, _certified(node.chain, node.address) if tls else None)
    host, port = split_endpoint(config.api.listen)
    if not is_loopback(host) and tls is None:
        log.warning("tokens travel in the clear", listen=config.api.listen, remedy="set api.certificate")
    try:
        return await listen(make_app(node, access, STATUSES, config.api.requests_per_s), host, port, tls)
    except OSError as error:
        raise PortInUse("api", config.api.listen, error.strerror or str(error)) from error


def _read_token(path: Path) -> str:
    token = read_file(path).decode(errors="replace").strip()
    if len(token) < TOKEN_CHARS_MIN or not token.isprintable():
        raise UnusableFile(path, f"a token is a line of at least {TOKEN_CHARS_MIN} characters")
    return token


def _certified(chain: NodeChain, own: Address) -> Callable[[bytes], Client | None]:
    """Who holds a certificate, as the chain has it now: the node itself is its operator."""

    @lru_cache(maxsize=256)
    def identity(certificate: bytes) -> Identity | None:
        try:
            return identity_of(certificate, chain.genesis.authority)
        except CertificateError:
            return None

    def client(certificate: bytes) -> Client | None:
        holder = identity(certificate)
        try:
            if holder is None:
                return None
            check_admitted(chain, holder, datetime.now(UTC))
        except (CertificateError, NetError):
            return None
        return Client(holder.address, Role.OPERATOR if holder.address == own else Role.PARTICIPANT)

    return client


def _tls(config: Config, genesis: Genesis) -> ssl.SSLContext | None:
    certificate, key = config.api.certificate, config.api.key
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=genesis.authority)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise UnusableFile(certificate, str(error)) from None
    return context
