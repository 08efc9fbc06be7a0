"""`gridquorum testnet`: a whole network for tests and demonstrations, made in one place."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.dispatch_network import FIELD, PROFILES_NAME, found_dispatch_network
from cli.files import read, write_new
from cli.founding import Endpoint, Endpoints, Network
from cli.market import Turns
from cli.network import write_network
from cli.output import AsJson, report
from studies.profiles import PARK_DAY, TARIFF, load_profiles, load_tariff

app = typer.Typer(help="Make a whole network in one place, for tests.", no_args_is_help=True)

PORT = 7400
API_PORT = 7480
PORT_MAX = 65_535
VALIDATORS_MAX = 64
"""As many as may share a secret."""

ProfilesFile = Annotated[
    Path, typer.Option("--profiles", help="CSV file of the parks' forecasts and readings.")
]
TariffFile = Annotated[Path, typer.Option("--tariff", help="CSV file of the grid's prices.")]
SlotMs = Annotated[
    int, typer.Option(min=100, max=3_600_000, help="Length of a slot, which is an energy quarter hour.")
]
Model = Annotated[str, typer.Option(help="Model of the dispatch: pooled or paper.")]
Proposers = Annotated[Turns, typer.Option(help="Whose turn it is: by rotation, or by metered energy.")]


@app.command()
def init(
    out: Annotated[Path, typer.Option("--out", help="A new folder for the network.")] = Path("testnet"),
    validators: Annotated[
        int, typer.Option("-n", min=1, max=VALIDATORS_MAX, help="How many validators.")
    ] = 4,
    profiles: ProfilesFile = PARK_DAY,
    tariff: TariffFile = TARIFF,
    slot_ms: SlotMs = 900_000,
    model: Model = "pooled",
    proposers: Proposers = Turns.ROTATION,
    port: Annotated[
        int, typer.Option(min=1, max=PORT_MAX, help="First port, on the loopback interface.")
    ] = PORT,
    containers: Annotated[
        bool,
        typer.Option("--containers", help="One host a node, reached by the node's name, always at --port."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make keys, certificates, a genesis and a folder a node: the validators, and `field` with all others."""
    network = found_dispatch_network(
        name=out.resolve().name,
        validators=validators,
        profiles=load_profiles(profiles),
        tariff=load_tariff(tariff),
        model=model,
        slot_ms=slot_ms,
        endpoints=container_endpoints(port) if containers else local_endpoints(port),
        now=datetime.now(UTC),
        turns=proposers,
    )
    write_network(out, network)
    write_new(out / "nodes" / FIELD / PROFILES_NAME, read(profiles))
    report(describe(out, network), as_json)


def local_endpoints(first_port: int) -> Endpoints:
    """All nodes on the loopback interface, each with a port for the network and one for the API."""

    def endpoint(place: int, _name: str) -> Endpoint:
        listen = f"127.0.0.1:{first_port + place}"
        return Endpoint(listen, listen, f"127.0.0.1:{first_port + API_PORT - PORT + place}")

    return endpoint


def container_endpoints(port: int) -> Endpoints:
    """Each node on a host of its own, with the API for whoever has the node's token."""

    def endpoint(_place: int, name: str) -> Endpoint:
        return Endpoint(f"0.0.0.0:{port}", f"{name}:{port}", f"0.0.0.0:{port + API_PORT - PORT}")

    return endpoint


def describe(out: Path, network: Network) -> dict[str, object]:
    return {
        "network": out,
        "chain": network.genesis.hash,
        "nodes": [out / "nodes" / node.name for node in network.nodes],
        "next": f"gridquorum start --dir {out}/nodes/NAME, for each of the nodes",
    }
