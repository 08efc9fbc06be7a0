"""`gridquorum config`: what a node is configured to do, after flags, variables, file and defaults."""

import typer

from cli.node_directory import HERE, NodeDirectory, read_config
from cli.output import AsJson, print_json, report
from node.files import read_certificate, read_genesis, read_key

app = typer.Typer(help="Show and check a node's configuration.", no_args_is_help=True)


@app.command()
def show(directory: NodeDirectory = HERE) -> None:
    """Print every setting in force, as JSON; keys are shown as the files that hold them."""
    print_json(read_config(directory).model_dump(mode="json"))


@app.command()
def validate(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Check the configuration with everything that it names: genesis, key, certificate, agents' keys."""
    config = read_config(directory)
    genesis = read_genesis(config.node.genesis)
    key = read_key(config.node.key)
    identity = read_certificate(config.node.certificate, key, genesis.authority)
    agents = [{"kind": agent.kind, "address": read_key(agent.key).address} for agent in config.agents]
    value = {
        "node": config.node.name,
        "chain": genesis.hash,
        "address": identity.address,
        "organisation": identity.organisation,
        "roles": identity.roles,
        "validates": identity.address in genesis.committee,
        "certified_until": identity.not_after.isoformat(),
        "agents": agents,
    }
    report(value, as_json)
