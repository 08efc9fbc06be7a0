"""Founding a demand response network: the committee, and a node of its own for every owner."""

from collections.abc import Sequence
from datetime import datetime

from cli.founding import Endpoints, HostedAgent, Network, Node, create_validators, found_network
from cli.participant import Participant
from cli.response.instructions import INSTRUCTIONS
from cli.response.market import Owner, contract_parameters, create_owners
from ledger.quantities import Period
from studies.response_case import ResponseCase

VALIDATORS = 4
OPERATOR = "validator-2"
"""The grid company, which operates the distribution network too."""


def found_response_network(
    *,
    name: str,
    case: ResponseCase,
    first_period: Period,
    slot_ms: int,
    endpoints: Endpoints,
    now: datetime,
    instructions: str = "",
) -> Network:
    """Four validators, one of them the network's operator, and the owners, who dial their neighbours too.

    `instructions` names a file in the operator's folder; without it the operator acts on alarms alone.
    """
    committee, owners = create_validators(VALIDATORS), create_owners(case)
    operator = next(validator for validator in committee if validator.name == OPERATOR)
    names = [participant.name for participant in committee] + [owner.name for owner in owners]
    endpoint = {name: endpoints(place, name) for place, name in enumerate(names)}
    validators = [
        Node(
            validator,
            endpoint[validator.name],
            operator_agents(validator, instructions) if validator is operator else (),
        )
        for validator in committee
    ]
    others = [
        Node(owner.participant, endpoint[owner.name], owner_agents(owner), neighbours(case, owners, owner))
        for owner in owners
    ]
    contracts = contract_parameters(case, operator.key.address, owners)
    return found_network(name, [*validators, *others], contracts, slot_ms, first_period, now)


def operator_agents(operator: Participant, instructions: str) -> Sequence[HostedAgent]:
    settings = {INSTRUCTIONS: instructions} if instructions else {}
    return (HostedAgent("response-operator", operator, settings),)


def owner_agents(owner: Owner) -> Sequence[HostedAgent]:
    """An owner's node hosts it and its meter."""
    return (
        HostedAgent("response-participant", owner.participant, {}),
        HostedAgent("response-meter", owner.meter, {}),
    )


def neighbours(case: ResponseCase, owners: Sequence[Owner], owner: Owner) -> Sequence[str]:
    """Names of those at the other ends of the lines from an owner's bus, whom its node talks to directly."""
    bus = owner.resource.bus
    ends = [{line.source, line.target} for line in case.network.lines]
    beside = {bus}.union(*(end for end in ends if bus in end))
    return [other.name for other in owners if other is not owner and other.resource.bus in beside]
