"""A renewed certificate, taken up by a running node once its file is replaced and the process sent SIGHUP."""

import asyncio

import structlog

from node.config import Config
from node.errors import ConfigurationError, WrongCertificate
from node.files import read_certificate, read_key
from node.service import Node

log = structlog.get_logger("node")


async def keep_renewed(asked: asyncio.Event, config: Config, node: Node) -> None:
    """Take up the certificate each time it is asked for; runs until it is cancelled."""
    while True:
        await asked.wait()
        asked.clear()
        renew_certificate(config, node)


def renew_certificate(config: Config, node: Node) -> None:
    """Show the certificate that is in its file now; one that is not this node's is logged and left alone."""
    path, key_path = config.node.certificate, config.node.key
    try:
        identity = read_certificate(path, read_key(key_path), node.chain.genesis.authority)
        if identity.address != node.address:
            raise WrongCertificate(path, f"it certifies {identity.address}, and this node is {node.address}")
        node.mesh.contexts.renew(path, key_path)
    except (ConfigurationError, OSError) as error:
        log.error("certificate not renewed", reason=str(error))
    else:
        log.info("certificate renewed", serial=identity.serial, valid_until=identity.not_after.isoformat())
