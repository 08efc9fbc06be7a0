"""Founding a community: the committee, and one node that hosts all homes and their meters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cli.founding import Endpoints, HostedAgent, Network, Node, create_validators, found_network
from cli.participant import Participant, connection
from contracts.community.homes import Home
from contracts.community.matching import Mechanism
from contracts.community.parameters import COMMUNITY, Parameters, Windows, encode_parameters
from contracts.community.pricing import Weights
from contracts.dispatch.model import Tariff
from ledger.codec import Value
from ledger.quantities import Period, PowerW
from studies.community_data import PERIODS, PERIODS_PER_HOUR, SyntheticCommunity
from studies.community_simulation import FEED_IN_UKWH, GRID_UKWH

VALIDATORS: Final = 4
GRID: Final = "validator-2"
"""The grid company."""

FIELD: Final = "field"
"""The node that hosts everybody who does not validate."""

CURRENCY: Final = 10**6
HOME_BALANCE: Final = 200 * CURRENCY
GRID_FLOOR: Final = -100_000 * CURRENCY
CLEARING: Final = "community/clearing"
IMPORT_W, EXPORT_W = 14_000, 8_000
WINDOWS: Final = Windows(
    order_slots=6, offer_slots=0, match_slots=3, reading_slots=8, kept_slots=31 * PERIODS
)


@dataclass(frozen=True, slots=True)
class Household:
    """A home's owner and its meter."""

    owner: Participant
    meter: Participant


def found_community(
    *,
    community: SyntheticCommunity,
    mechanism: Mechanism,
    first_period: Period,
    slot_ms: int,
    endpoints: Endpoints,
    now: datetime,
) -> Network:
    """Four validators with a clerk each, and the homes."""
    committee, homes = create_validators(VALIDATORS), create_homes(community)
    field = Participant.create(FIELD, "Community platform", ("platform",))
    hosted = [(validator, [HostedAgent("community-clerk", validator, {})]) for validator in committee]
    hosted.append((field, home_agents(community, homes)))
    grid = next(validator for validator in committee if validator.name == GRID)
    return found_network(
        name="community",
        nodes=[
            Node(participant, endpoints(place, participant.name), agents)
            for place, (participant, agents) in enumerate(hosted)
        ],
        contracts=contract_parameters(community, mechanism, grid, homes),
        slot_ms=slot_ms,
        first_period=first_period,
        now=now,
    )


def create_homes(community: SyntheticCommunity) -> Sequence[Household]:
    return [
        Household(
            Participant.create(name, "Neighbour", ("prosumer",)),
            Participant.create(f"{name}-meter", "Neighbour", ("meter",)),
        )
        for name in community.names
    ]


def home_agents(community: SyntheticCommunity, homes: Sequence[Household]) -> list[HostedAgent]:
    """Each home with its meter; both know the home's devices by the community and the home's number."""
    agents = []
    for number, home in enumerate(homes):
        settings = {
            "homes": community.homes,
            "percent": community.generator_percent,
            "seed": community.seed,
            "number": number,
        }
        agents.append(HostedAgent("community-home", home.owner, settings))
        agents.append(HostedAgent("community-meter", home.meter, settings))
    return agents


def contract_parameters(
    community: SyntheticCommunity, mechanism: Mechanism, grid: Participant, homes: Sequence[Household]
) -> Mapping[str, Mapping[str, Value]]:
    """What the genesis says to each contract."""
    hours = tuple(GRID_UKWH[place // PERIODS_PER_HOUR] for place in range(PERIODS))
    parameters = Parameters(
        mechanism=mechanism,
        grid=grid.key.address,
        homes=tuple(
            Home(
                home.owner.key.address,
                home.meter.key.address,
                PowerW(IMPORT_W),
                PowerW(EXPORT_W),
                int(community.interval_periods[number]),
            )
            for number, home in enumerate(homes)
        ),
        tariff=Tariff(hours, (FEED_IN_UKWH,) * PERIODS),
        weights=Weights(500, 500),
        recent_rounds=4,
        windows=WINDOWS,
        clearing=CLEARING,
    )
    meters: dict[str, Value] = {home.meter.key.address: connection(home.owner) for home in homes}
    return {
        "membership": {},
        "account": {
            "balances": {home.owner.key.address: HOME_BALANCE for home in homes},
            "floors": {grid.key.address: GRID_FLOOR, CLEARING: 0},
        },
        "metering": {"meters": meters},
        COMMUNITY: encode_parameters(parameters),
    }
