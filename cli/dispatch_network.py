"""Founding the network of a dispatch market: the committee, and one node for all others."""

from datetime import datetime, timedelta

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
from cli.market import Parties, Turns, contract_parameters, create_parties
from cli.participant import Participant
from ledger.quantities import Period
from studies.profiles import Profiles, TariffProfile

FIELD = "field"
"""The node that hosts everybody who does not validate."""
PROFILES_NAME = "profiles.csv"
"""The parks' curves, in that node's folder."""

LEAD_PERIODS = 36
"""How many quarter hours before the profiles' first day the chain begins: time to plan that day."""


def found_dispatch_network(
    *,
    name: str,
    validators: int,
    profiles: Profiles,
    tariff: TariffProfile,
    model: str,
    slot_ms: int,
    endpoints: Endpoints,
    now: datetime,
    turns: Turns = Turns.ROTATION,
) -> Network:
    """A network whose chain begins in the afternoon before the profiles' first day."""
    committee = create_validators(validators)
    parties = create_parties([park.name for park in profiles.parks])
    field = Participant.create(FIELD, "Market platform", ("platform",))
    hosted = [(validator, validator_agents(validator)) for validator in committee]
    hosted.append((field, field_agents(parties)))
    return found_network(
        name=name,
        nodes=[
            Node(participant, endpoints(place, participant.name), agents)
            for place, (participant, agents) in enumerate(hosted)
        ],
        contracts=contract_parameters(parties, committee, profiles, tariff, model, turns),
        slot_ms=slot_ms,
        first_period=Period((profiles.first_day - EPOCH) // timedelta(seconds=PERIOD_S) - LEAD_PERIODS),
        now=now,
    )


def validator_agents(validator: Participant) -> list[HostedAgent]:
    """Each validator holds shares of forecasts, and plans."""
    return [HostedAgent(kind, validator, {}) for kind in ("sharing", "dispatcher")]


def field_agents(parties: Parties) -> list[HostedAgent]:
    """The parks and meters play their profiles; the grid company and the storage answer."""
    file = {"profiles": PROFILES_NAME}
    agents = []
    for park, meter in parties.parks:
        agents.append(HostedAgent("park", park, file))
        agents.append(HostedAgent("meter", meter, file))
    agents.append(HostedAgent("grid", parties.grid, {}))
    agents.append(HostedAgent("storage", parties.provider, file))
    agents.append(HostedAgent("meter", parties.storage_meter, file))
    agents.append(HostedAgent("meter", parties.bus_meter, file))
    return agents
