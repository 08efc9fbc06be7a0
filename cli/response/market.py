"""The market of a demand response network: who takes part, and what its genesis says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cli.market import CURRENCY
from cli.participant import Participant, connection
from contracts.gap import GapLimit
from contracts.response.parameters import Parameters, Windows, encode_parameters
from contracts.response.resources import Resource
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import PriceUkwh
from studies.response_case import CaseResource, ResponseCase

WINDOWS = Windows(quote_slots=2, agree_slots=5, dispatch_slots=2, reading_slots=3)
"""Three hours from an alarm to the response, where a slot is a quarter hour."""
PERIODS_MAX = 16
GAP = GapLimit(relative_ppm=100, absolute_nano=CURRENCY)
"""A thousandth of the currency an hour: what whole watts leave between a dispatch with cuts and its bound."""

VOLTAGE_TOLERANCE_NPU = 1_000
PRICE_UKWH_MAX = 2 * CURRENCY
SHORT_PERMILLE = 1_500
CUTS_MAX = 16
ALARM_PERIODS = 4

OPERATOR_BALANCE = 1_000 * CURRENCY
OWNER_BALANCE = 10 * CURRENCY
"""For what a response that falls short costs."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a resource, with its meter."""

    resource: CaseResource
    participant: Participant
    meter: Participant

    @property
    def name(self) -> str:
        return self.participant.name

    @property
    def certified(self) -> Resource:
        """The resource as the ENO certifies it."""
        return self.resource.certified(self.participant.key.address, self.meter.key.address)


def create_owners(case: ResponseCase) -> Sequence[Owner]:
    """An owner for each resource of the case, in its order."""
    return [
        Owner(
            resource,
            Participant.create(name, f"Owner of {name}", ("owner",)),
            Participant.create(f"{name}-meter", f"Owner of {name}", ("meter",)),
        )
        for name, resource in zip(owner_names(case), case.resources, strict=True)
    ]


def owner_names(case: ResponseCase) -> Sequence[str]:
    """In the order of the resources; also names of folders."""
    return [resource.participant.replace(" ", "-") for resource in case.resources]


def contract_parameters(
    case: ResponseCase, operator: Address, owners: Sequence[Owner]
) -> Mapping[str, Mapping[str, Value]]:
    """What the genesis says to each contract."""
    return {
        "membership": {},
        "account": account_parameters(operator, owners),
        "metering": {"meters": {owner.meter.key.address: connection(owner.participant) for owner in owners}},
        "response": encode_parameters(response_parameters(case, operator, owners)),
    }


def account_parameters(operator: Address, owners: Sequence[Owner]) -> Mapping[str, Value]:
    balances: dict[str, Value] = {owner.participant.key.address: OWNER_BALANCE for owner in owners}
    return {"issuers": (), "balances": {**balances, operator: OPERATOR_BALANCE}, "floors": {}}


def response_parameters(case: ResponseCase, operator: Address, owners: Sequence[Owner]) -> Parameters:
    """The response contract's parameters, typed; raises what they raise if they do not fit together."""
    return Parameters(
        network=case.network,
        eno=operator,
        resources=tuple(owner.certified for owner in owners),
        windows=WINDOWS,
        periods_max=PERIODS_MAX,
        gap=GAP,
        voltage_tolerance_npu=VOLTAGE_TOLERANCE_NPU,
        price_ukwh_max=PriceUkwh(PRICE_UKWH_MAX),
        short_permille=SHORT_PERMILLE,
        cuts_max=CUTS_MAX,
        alarm_periods=ALARM_PERIODS,
    )
