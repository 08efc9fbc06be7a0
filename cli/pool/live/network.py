"""Founding the network of a live pool: the committee, the platform, and a node of its own for every party."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

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
from cli.pool.bids import COLUMNS
from cli.pool.live.cast import CAST, HOURS, PERIODS_AN_HOUR, STORED_WH, Player, standing_rows
from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.agreements import Agreement, Kind
from contracts.pool.matching import Ranking
from contracts.pool.parameters import POOL, Parameters, Windows, encode_parameters
from ledger.codec import Value
from ledger.quantities import Period
from studies.pool_case import COMMISSION, make_case

VALIDATORS: Final = 4
PLATFORM: Final = "platform"
NODES: Final = VALIDATORS + 1 + len(CAST)
BIDS_NAME: Final = "bids.csv"
"""A party's standing bids, in its node's folder."""

DAY: Final = datetime(2016, 6, 8, tzinfo=UTC)
FIRST_PERIOD: Final = Period((DAY + timedelta(hours=HOURS[0]) - EPOCH) // timedelta(seconds=PERIOD_S))
PERIODS: Final = tuple([Period(FIRST_PERIOD + place) for place in range(len(HOURS) * PERIODS_AN_HOUR)])
"""The intervals that are played."""

WINDOWS: Final = Windows(cycle_slots=9, reading_slots=3)
LEAD_PERIODS: Final = WINDOWS.cycle_slots + 5
"""The chain begins so many quarter hours before the first interval: for its cycles, and for slow nodes."""

LAST_PERIOD: Final = Period(PERIODS[-1] + 20)
"""By then all are settled, or never will be."""

CYCLES: Final = 3
IDLE_CYCLES: Final = 2
CYCLES_A_SLOT: Final = 3
"""Bids of a cycle are collected for a third of a slot, so that its D is in the block after its T."""

STORAGE_W: Final = 8_000
STORAGE_LIMITS: Final = {Kind.SUPPLY: STORAGE_W, Kind.USE: STORAGE_W, Kind.STORAGE: STORED_WH}
PAYMENT: Final = 20 * CURRENCY
"""For a carrier and an interval; everybody has a thousand times that."""

BALANCE: Final = 1_000 * PAYMENT
CLEARING: Final = "pool/clearing"


@dataclass(frozen=True, slots=True)
class Party:
    """A player with its keys, and those of its meters."""

    player: Player
    participant: Participant
    meters: Mapping[Carrier, Participant]


def found_pool_network(*, slot_ms: int, endpoints: Endpoints, now: datetime) -> Network:
    """Four validators, who only agree; the platform; and the parties."""
    committee, parties = create_validators(VALIDATORS), [create_party(player) for player in CAST]
    platform = Participant.create(PLATFORM, "Platform company", ("platform",))
    runs = HostedAgent("pool-platform", platform, {"cycle_ms": slot_ms // CYCLES_A_SLOT})
    hosted: list[tuple[Participant, Sequence[HostedAgent]]] = [(validator, ()) for validator in committee]
    hosted += [(platform, (runs,)), *((party.participant, agents_of(party)) for party in parties)]
    return found_network(
        name="pool",
        nodes=[
            Node(participant, endpoints(place, participant.name), agents, (PLATFORM,))
            for place, (participant, agents) in enumerate(hosted)
        ],
        contracts=contract_parameters(platform, parties),
        slot_ms=slot_ms,
        first_period=Period(FIRST_PERIOD - LEAD_PERIODS),
        now=now,
    )


def write_pool_network(directory: Path, network: Network) -> list[Path]:
    """All files, the parties' bids among them; returns the nodes' folders."""
    folders = write_network(directory, network)
    for player in CAST:
        if player.wishes:
            write_new(directory / "nodes" / player.name / BIDS_NAME, standing_bids(player).encode())
    return folders


def create_party(player: Player) -> Party:
    name = player.name
    meters = {
        carrier: Participant.create(f"{name}-{carrier.value}", name.capitalize(), ("meter",))
        for carrier in player.carriers
    }
    return Party(player, Participant.create(name, name.capitalize(), ("prosumer",)), meters)


def agents_of(party: Party) -> Sequence[HostedAgent]:
    """A party's node hosts its bidder, and its meters but for those that are silent."""
    agents = [
        HostedAgent("pool-meter", meter, {})
        for carrier, meter in party.meters.items()
        if carrier not in party.player.silent
    ]
    if party.player.wishes:
        agents.append(HostedAgent("pool-bidder", party.participant, {"bids": BIDS_NAME}))
    return agents


def standing_bids(player: Player) -> str:
    """A player's bids, as a file of them."""
    return "".join(",".join(map(str, row)) + "\n" for row in (COLUMNS, *standing_rows(player)))


def contract_parameters(platform: Participant, parties: Sequence[Party]) -> Mapping[str, Mapping[str, Value]]:
    """What the genesis says to each contract."""
    meters: dict[str, Value] = {
        meter.key.address: connection(party.participant, carrier)
        for party in parties
        for carrier, meter in party.meters.items()
    }
    everybody = [platform, *(party.participant for party in parties)]
    return {
        "membership": {},
        "account": {
            "balances": {participant.key.address: BALANCE for participant in everybody},
            "floors": {CLEARING: 0},
        },
        "metering": {"meters": meters},
        POOL: encode_parameters(pool_parameters(platform, parties)),
    }


def pool_parameters(platform: Participant, parties: Sequence[Party]) -> Parameters:
    """The pool contract's parameters, typed."""
    return Parameters(
        platform=platform.key.address,
        carriers=make_case(0, 0, 0).terms,
        ranking=Ranking.VALUE,
        commission=COMMISSION,
        cycles=CYCLES,
        idle_cycles=IDLE_CYCLES,
        windows=WINDOWS,
        agreements=tuple([agreement for party in parties for agreement in agreements_of(party)]),
        clearing=CLEARING,
    )


def agreements_of(party: Party) -> Sequence[Agreement]:
    """What a party sells, buys or keeps, and how much of its money may be held for that."""
    address, player = party.participant.key.address, party.player
    made = [Agreement(Kind.PAYMENT, address, None, None, PAYMENT)]
    for carrier, meter in party.meters.items():
        limits = dict(STORAGE_LIMITS if carrier in player.stores else ())
        for wish in player.wishes:
            if wish.carrier is carrier:
                kind = Kind.SUPPLY if wish.side is Side.ASK else Kind.USE
                limits[kind] = max(limits.get(kind, 0), wish.energy_wh * PERIODS_AN_HOUR)
        made += [
            Agreement(kind, address, carrier, meter.key.address, limit) for kind, limit in limits.items()
        ]
    return made
