"""`gridquorum init` and `join`: a node's folder, in the two steps that its founding takes.

First everyone makes its own keys; from what is public of them the genesis is made and certificates
are issued. Then everyone puts these into the folder, and the node can start. No private key ever travels.
"""

from pathlib import Path
from typing import Annotated

import typer

from cli.config_text import AgentText, config_text
from cli.errors import CommandError
from cli.files import read, write_new
from cli.member_file import member_text
from cli.node_directory import HERE, NodeDirectory, read_config
from cli.output import AsJson, report
from cli.participant import Participant
from crypto.authority import signing_request
from node.config import CONFIG_NAME
from node.files import read_certificate, read_genesis, read_key

LISTEN, API_LISTEN = "0.0.0.0:7400", "127.0.0.1:7480"
VALIDATOR = "validator"
WHOLE_CHAIN, FROM_SNAPSHOT = "snapshot = false", "snapshot = true"
VALIDATOR_AGENTS = ("sharing", "dispatcher")

Peers = Annotated[
    list[str] | None, typer.Option("--peer", help="host:port of a node to connect to; again for more.")
]


def init(
    name: Annotated[str, typer.Option("--name", help="The member's name.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Whom it belongs to.")],
    roles: Annotated[
        list[str] | None, typer.Option("--role", help="A role it asks for; again for more.")
    ] = None,
    listen: Annotated[str, typer.Option("--listen", help="host:port for other nodes.")] = LISTEN,
    peers: Peers = None,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Make a node's keys, its signing request, its public member file and its configuration."""
    asked = tuple(roles or (VALIDATOR,))
    participant = Participant.create(name, organisation, asked)
    kinds = VALIDATOR_AGENTS if VALIDATOR in asked else ()
    agents = [AgentText(kind, "node") for kind in kinds]
    config = config_text(name, listen, peers or (), API_LISTEN, agents)
    write_new(directory / "node.key", participant.key.to_pem(), secret=True)
    write_new(directory / "node.encryption.key", participant.encryption_key.to_pem(), secret=True)
    write_new(directory / "node.csr", signing_request(participant.key, organisation))
    write_new(directory / "member.json", member_text(participant.member).encode())
    write_new(directory / CONFIG_NAME, config.encode())
    value = {
        "address": participant.key.address,
        "folder": directory,
        "send": "node.csr to the authority, member.json to whoever makes the genesis",
        "next": f"gridquorum join --dir {directory} --genesis FILE --certificate FILE",
    }
    report(value, as_json)


def join(
    genesis_file: Annotated[Path, typer.Option("--genesis", help="The chain's genesis.")],
    certificate: Annotated[Path, typer.Option("--certificate", help="What the authority issued.")],
    rejoining: Annotated[
        bool, typer.Option("--rejoining", help="This key may have signed on this chain before.")
    ] = False,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="Begin with a recent state, not with the first block.")
    ] = False,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Put genesis and certificate into a node's folder, checked against its key, and make its vote log.

    With --snapshot the node is up in a time that does not depend on the chain's length. It verifies by sealed
    headers from the genesis on who may seal a block, and takes over the state that they sealed; it neither
    holds nor verifies the blocks before.
    """
    if snapshot:
        begin_with_snapshot(directory / CONFIG_NAME)
    config = read_config(directory)
    genesis, key = read_genesis(genesis_file), read_key(config.node.key)
    identity = read_certificate(certificate, key, genesis.authority)
    write_new(config.node.genesis, read(genesis_file))
    write_new(config.node.certificate, read(certificate))
    validates = VALIDATOR in identity.roles
    if validates:
        from node.startup import create_vote_log  # brings the whole network along

        create_vote_log(config, rejoining=rejoining)
    is_founder = genesis.member(key.address) is not None
    following = f"gridquorum start --dir {directory}"
    applying = f"gridquorum validators prepare --dir {directory}, for a member to submit"
    value = {
        "chain": genesis.hash,
        "address": identity.address,
        "roles": identity.roles,
        "founder": is_founder,
        "validates": validates,
        "next": f"compare the chain's hash with the others, then {following if is_founder else applying}",
    }
    report(value, as_json)


def begin_with_snapshot(path: Path) -> None:
    """Say so in the configuration."""
    text = read(path).decode()
    if WHOLE_CHAIN not in text:
        raise CommandError(f"{path} does not say `{WHOLE_CHAIN}`", remedy="set snapshot = true in [sync]")
    path.write_text(text.replace(WHOLE_CHAIN, FROM_SNAPSHOT, 1))
