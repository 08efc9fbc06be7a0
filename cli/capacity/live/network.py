"""Founding the network of a live window: the committee, and a node of its own for every trader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cli.capacity.live.cast import CAST, DELIVERED_PERMILLE, RESALE_PERMILLE, SELLERS, Conduct, Player
from cli.files import write_new
from cli.founding import (
    EPOCH,
    PERIOD_S,
    Endpoints,
    HostedAgent,
    Network,
    Node,
    create_validators,
    found_network,
)
from cli.market import CURRENCY
from cli.network import write_network
from cli.participant import Participant, connection
from cli.standing_bids import COLUMNS, HOURS
from contracts.capacity.devices import Device
from contracts.capacity.parameters import CAPACITY, Deadlines, Parameters, encode_parameters
from ledger.codec import Value
from ledger.quantities import Amount, EnergyWh, Period, PowerW, PriceUkwh
from studies.profiles import PERIODS_A_DAY

VALIDATORS: Final = 4
NODES: Final = VALIDATORS + len(CAST)
BIDS_NAME: Final = "bids.csv"
"""A trader's standing bids, in its node's folder."""

PERIODS: Final = 4
HOUR: Final = 19
DAY: Final = datetime(2016, 6, 8, tzinfo=UTC)
FIRST_PERIOD: Final = Period((DAY + timedelta(hours=HOUR) - EPOCH) // timedelta(seconds=PERIOD_S))
"""The window is this hour of this day, or the next one if nodes start late."""

LAST_PERIOD: Final = Period(FIRST_PERIOD + 60)
"""By then it is settled, or never will be."""

DEADLINES: Final = Deadlines(
    seal_slots=3, reveal_slots=3, clear_slots=7, deposit_slots=3, pay_slots=3, reading_slots=3
)
LEAD_PERIODS: Final = 30
"""The chain begins so many quarter hours before the window: all its deadlines, and time to open it."""

BALANCE: Final = 100 * CURRENCY
FORFEITS: Final = "capacity/forfeits"
BATTERY_WH, BATTERY_W, EFFICIENCY_PPM = 10_000, 5_000, 950_000


@dataclass(frozen=True, slots=True)
class Trader:
    """A player with its keys, and those of its battery's meter."""

    player: Player
    participant: Participant
    meter: Participant


def found_capacity_network(*, slot_ms: int, endpoints: Endpoints, now: datetime) -> Network:
    """Four validators, of which the first hosts a clerk, and the traders."""
    committee, traders = create_validators(VALIDATORS), create_traders()
    clerk = HostedAgent("capacity-single-clerk", committee[0], {"periods": PERIODS})
    hosted: list[tuple[Participant, Sequence[HostedAgent]]] = [(committee[0], (clerk,))]
    hosted += [*((validator, ()) for validator in committee[1:])]
    hosted += [(trader.participant, agents_of(trader)) for trader in traders]
    return found_network(
        name="capacity",
        nodes=[
            Node(participant, endpoints(place, participant.name), agents)
            for place, (participant, agents) in enumerate(hosted)
        ],
        contracts=contract_parameters(traders),
        slot_ms=slot_ms,
        first_period=Period(FIRST_PERIOD - LEAD_PERIODS),
        now=now,
    )


def write_capacity_network(directory: Path, network: Network) -> list[Path]:
    """All files, the traders' bids among them; returns the nodes' folders."""
    folders = write_network(directory, network)
    for player in CAST:
        write_new(directory / "nodes" / player.name / BIDS_NAME, standing_bids(player).encode())
    return folders


def create_traders() -> Sequence[Trader]:
    """In the order of the cast."""
    return [
        Trader(
            player,
            Participant.create(player.name, player.name.capitalize(), ("owner",)),
            Participant.create(f"{player.name}-meter", player.name.capitalize(), ("meter",)),
        )
        for player in CAST
    ]


def agents_of(trader: Trader) -> Sequence[HostedAgent]:
    """A trader's node hosts it, its meter, and its part in the sale of a right."""
    participant, conduct, bids = trader.participant, trader.player.conduct, {"bids": BIDS_NAME}
    agents = []
    if trader.player.sells:
        agents.append(HostedAgent("capacity-meter", trader.meter, {}))
    match conduct:
        case Conduct.SECRETIVE:
            return [*agents, HostedAgent("capacity-defaulter", participant, {**bids, "omits": "reveal"})]
        case Conduct.INSOLVENT:
            return [*agents, HostedAgent("capacity-defaulter", participant, {**bids, "omits": "pay"})]
        case Conduct.WEAK:
            agents = [HostedAgent("capacity-weak-meter", trader.meter, {"permille": DELIVERED_PERMILLE})]
        case Conduct.RESELLER:
            agents = [HostedAgent("capacity-reseller", participant, {"permille": RESALE_PERMILLE})]
        case Conduct.SECOND_BUYER:
            agents = [HostedAgent("capacity-second-buyer", participant, {})]
    return [HostedAgent("capacity-trader", participant, bids), *agents]


def standing_bids(player: Player) -> str:
    """A player's bid for the window, whenever it begins, as a file of standing bids."""
    device = str(SELLERS.index(player)) if player.sells else ""
    rows = [
        (hour, device, step.quantity_wh, step.price_ukwh) for hour in range(HOURS) for step in player.steps
    ]
    return "".join(",".join(map(str, row)) + "\n" for row in (COLUMNS, *rows))


def contract_parameters(traders: Sequence[Trader]) -> Mapping[str, Mapping[str, Value]]:
    """What the genesis says to each contract."""
    sellers = [trader for trader in traders if trader.player.sells]
    meters: dict[str, Value] = {
        seller.meter.key.address: connection(seller.participant) for seller in sellers
    }
    return {
        "membership": {},
        "account": {"balances": {trader.participant.key.address: BALANCE for trader in traders}},
        "metering": {"meters": meters},
        CAPACITY: encode_parameters(capacity_parameters(sellers)),
    }


def capacity_parameters(sellers: Sequence[Trader]) -> Parameters:
    """The capacity contract's parameters, typed."""
    return Parameters(
        devices=tuple([device_of(seller) for seller in sellers]),
        deadlines=DEADLINES,
        periods_max=PERIODS,
        ahead_periods_max=PERIODS_A_DAY,
        windows_max=8,
        bids_max=16,
        cap_ukwh=PriceUkwh(CURRENCY),
        purchase_wh_max=EnergyWh(100_000),
        bond_floor=Amount(CURRENCY),
        bond_permille=100,
        deposit_permille_least=50,
        deposit_permille_most=200,
        forfeits=FORFEITS,
    )


def device_of(seller: Trader) -> Device:
    """A seller's battery: 5 kW, of which an hour has 5 kWh."""
    return Device(
        owner=seller.participant.key.address,
        meter=seller.meter.key.address,
        energy_wh=EnergyWh(BATTERY_WH),
        export_w=(PowerW(BATTERY_W),) * PERIODS_A_DAY,
        charge_ppm=EFFICIENCY_PPM,
        discharge_ppm=EFFICIENCY_PPM,
    )
