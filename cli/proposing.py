"""`gridquorum validators propose`: put something to the vote of the committee."""

from collections.abc import Callable
from typing import Annotated

import typer

from cli.governing import find_member, send
from cli.node_directory import HERE, NodeDirectory, open_chain
from cli.output import AsJson
from contracts.membership.contract import Kind
from ledger.codec import Value

app = typer.Typer(help="Put something to the vote of the committee.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="Name or address of the member.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why; everybody will read it.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is final.")]

ABOUT_MEMBERS = {
    Kind.ADMIT: "That a validator enters the committee; its node must show that it follows the chain.",
    Kind.REMOVE: "That a validator leaves the committee, and stays a member.",
    Kind.EXPEL: "That a member loses all its roles at once.",
    Kind.REINSTATE: "That a suspended or expelled member is in good standing again.",
}


def about_member(kind: Kind) -> Callable[..., None]:
    """The command that proposes this of a member."""

    def propose(
        member: Who,
        reason: Reason,
        wait: Wait = True,
        directory: NodeDirectory = HERE,
        as_json: AsJson = False,
    ) -> None:
        with open_chain(directory) as store:
            address = find_member(store.head, member).address
        send(directory, "propose", {"kind": kind.value, "member": address, "reason": reason}, wait, as_json)

    return propose


for kind, sentence in ABOUT_MEMBERS.items():
    app.command(kind.value, help=sentence)(about_member(kind))


@app.command()
def roles(
    contract: Annotated[str, typer.Argument(help="The contract, such as account.")],
    action: Annotated[str, typer.Argument(help="Its action, such as issue.")],
    reason: Reason,
    allowed: Annotated[
        list[str] | None, typer.Option("--role", help="Who may send it; again for more. None: any member.")
    ] = None,
    wait: Wait = True,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Who may send an action from now on."""
    value: dict[str, Value] = {
        "contract": contract,
        "action": action,
        "roles": None if allowed is None else tuple(allowed),
        "reason": reason,
    }
    send(directory, "propose_roles", value, wait, as_json)


@app.command()
def version(
    number: Annotated[int, typer.Argument(min=1, help="The next version of blocks.")],
    height: Annotated[int, typer.Argument(min=1, help="The first block that is of it.")],
    reason: Reason,
    wait: Wait = True,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """From which height on blocks are of the next version; by then all nodes must know it."""
    value: dict[str, Value] = {"version": number, "height": height, "reason": reason}
    send(directory, "propose_version", value, wait, as_json)
