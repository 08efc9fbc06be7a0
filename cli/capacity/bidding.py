"""`gridquorum capacity seal` and `reveal`: a person bids with a key and a node, and keeps but the curve.

What hides the bid is derived from the key, as the agents do it. A bid that could not be revealed, or a reveal
of another one, is not sent.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import CommandError, ExitCode
from cli.node_directory import HERE, NodeDirectory
from cli.node_view import GenesisOption, NodeOption, TokenFile, open_view
from cli.output import AsJson, report, say
from cli.standing_bids import DIGITS_MAX
from cli.statements import slot_begin
from cli.tx import check_taken, hand_in, sign_next
from contracts.agent import View
from contracts.capacity.agents.envelope import commitment, opening, sealing, side_of
from contracts.capacity.agents.sight import Sight
from contracts.capacity.agents.sources import Ask, Want
from contracts.capacity.bids import STEPS_MAX, check_steps
from contracts.capacity.clearing import PRICE_UKWH_MAX, QUANTITY_WH_MAX, Step
from contracts.capacity.devices import bound_wh, caps_wh
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.process import check_phase
from contracts.capacity.records import Phase, WindowRecord
from contracts.capacity.refusals import NotSealed
from contracts.capacity.windows import calendar_of, find_seat, get_device, get_sealed, get_window
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import EnergyWh, PriceUkwh
from node.client import NodeClient
from node.files import read_key

Curve = Annotated[
    list[str],
    typer.Argument(help="A step each, as Wh@ukwh: 1000@350000 is 1 kWh at 0.35.", show_default=False),
]
WindowNumber = Annotated[int, typer.Option("--window", help="Its number.", min=0, show_default=False)]
KeyFile = Annotated[Path, typer.Option("--key", help="PEM file of the bidder's key.", show_default=False)]


def seal(
    curve: Curve,
    window: WindowNumber,
    key: KeyFile,
    device: Annotated[
        int | None,
        typer.Option("--device", help="Whose capacity is asked for; without it, the bid is to buy."),
    ] = None,
    bound: Annotated[
        int | None,
        typer.Option(
            "--bound",
            help="Of a bid to buy: the most Wh that all may see; the curve's sum by default.",
            min=1,
        ),
    ] = None,
    node: NodeOption = "",
    genesis: GenesisOption = "",
    token_file: TokenFile = None,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Seal a bid in a window, and put up the bond that it will be revealed.

    Nobody sees the curve before all have sealed. Keep it: `reveal` takes the same steps and the same key.
    """
    bidder, steps = read_key(key), read_curve(curve)
    if device is not None and bound is not None:
        raise CommandError(
            "--bound is of a bid to buy: a device's certificate bounds an ask", code=ExitCode.USAGE
        )
    bid = Want(EnergyWh(bound or total_wh(steps)), steps) if device is None else Ask(device, steps)
    with open_view(directory, node, genesis, token_file) as (view, client):
        sight = Sight(view)
        record = get_window(sight, window)
        check_phase(record, Phase.SEALING, "bids are no longer sealed")
        check_steps(side_of(bid), steps, most_of(sight, record, bid), calendar_of(sight).parameters.cap_ukwh)
        sent = send(view, client, bidder, "seal", sealing(sight, bidder, record, bid))
        begin, end = reveal_time(sight, record)
    report({"reveal_from": str(begin), "reveal_until": str(end), **sent}, as_json)
    say(
        f"then: gridquorum capacity reveal {' '.join(curve)} --window {window} --key {key}"
        " (who does not reveal loses the bond)"
    )


def reveal(
    curve: Curve,
    window: WindowNumber,
    key: KeyFile,
    node: NodeOption = "",
    genesis: GenesisOption = "",
    token_file: TokenFile = None,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Reveal the bid that was sealed in a window: the same steps, by the same key."""
    bidder, steps = read_key(key), read_curve(curve)
    with open_view(directory, node, genesis, token_file) as (view, client):
        sight = Sight(view)
        record = get_window(sight, window)
        check_phase(record, Phase.REVEALING, "bids are revealed after all are sealed, until they are cleared")
        bid = sealed_bid(sight, record, bidder, steps)
        sent = send(view, client, bidder, "reveal", opening(bidder, record, bid))
    report(sent, as_json)


def sealed_bid(sight: Sight, record: WindowRecord, bidder: PrivateKey, steps: tuple[Step, ...]) -> Ask | Want:
    """The bid of these steps that was sealed. Raises NotSealed, or CommandError if it was another."""
    place = find_seat(sight, record.number, bidder.address)
    if place is None:
        raise NotSealed(bidder.address, record.number)
    sealed = get_sealed(sight, record.number, place)
    bid = Want(sealed.bound_wh, steps) if sealed.device is None else Ask(sealed.device, steps)
    if commitment(sight, bidder, record, bid) != sealed.commitment:
        raise CommandError(
            f"these are not the steps that were sealed in window {record.number}; nothing was sent",
            remedy="the steps that `capacity seal` was given, in the same order",
        )
    return bid


def send(
    view: View, client: NodeClient, bidder: PrivateKey, action: str, arguments: Mapping[str, Value]
) -> Mapping[str, Any]:
    """Have the chain take it. Raises NodeError, or CommandError if it does not."""
    transaction = sign_next(view.genesis, view.slot, client, bidder, CAPACITY, action, arguments)
    sent = hand_in(client, transaction)
    check_taken(sent)
    return sent


def most_of(sight: Sight, record: WindowRecord, bid: Ask | Want) -> EnergyWh:
    """What the curve may have. Raises UnknownDevice."""
    if isinstance(bid, Want):
        return bid.bound_wh
    device = get_device(sight, bid.device)
    return bound_wh(device, caps_wh(device, sight.genesis, record.first_period, record.periods))


def reveal_time(sight: Sight, record: WindowRecord) -> tuple[datetime, datetime]:
    """From when, and until when at the least, what is sealed can be revealed."""
    deadlines = calendar_of(sight).parameters.deadlines
    begin = record.since + deadlines.seal_slots + 1
    end = begin + deadlines.reveal_slots + 1
    return slot_begin(begin, sight.genesis), slot_begin(end, sight.genesis)


def total_wh(steps: tuple[Step, ...]) -> int:
    return sum(step.quantity_wh for step in steps)


def read_curve(texts: list[str]) -> tuple[Step, ...]:
    """Steps as people write them. Raises CommandError, with the step."""
    if len(texts) > STEPS_MAX:
        raise CommandError(f"{len(texts)} steps are given, and {STEPS_MAX} are the most", code=ExitCode.USAGE)
    return tuple([_step(text) for text in texts])


def _step(text: str) -> Step:
    quantity, _, price = text.partition("@")
    if not (_is_count(quantity, 1, QUANTITY_WH_MAX) and _is_count(price, 0, PRICE_UKWH_MAX)):
        problem = f"{text[:40]!r} is not Wh@ukwh, such as 1000@350000, in whole numbers"
        raise CommandError(problem, code=ExitCode.USAGE)
    return Step(EnergyWh(int(quantity)), PriceUkwh(int(price)))


def _is_count(text: str, least: int, most: int) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return is_number and least <= int(text) <= most
