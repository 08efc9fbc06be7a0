"""What the genesis says to membership, with what holds where it says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, cast, get_type_hints

from contracts.arguments import Length, Range, check_arguments, checks_of
from contracts.errors import ArgumentError
from ledger.codec import Value
from ledger.genesis import COMMITTEE_MAX, Genesis

MINIMUM: Final = 4
"""Validators; fewer tolerate no fault at all."""

MEMBERS_MAX: Final = 2**20
PROPOSALS_MAX: Final = 256
"""So that the list of what is open stays within the size of a value, however long its subjects are."""
QUANTITY_MAX: Final = 10**15

ACTIONS: Final = "actions"
"""The parameter of the same table that the runtime reads."""

Role = Annotated[str, Length(1, 32)]
Roles = Annotated[tuple[Role, ...], Length(0, 16)]
Bounds = tuple[Annotated[int, Range(0, QUANTITY_MAX)], Annotated[int, Range(0, QUANTITY_MAX)]]


class EnergyType(StrEnum):
    """What a member generates, stores or uses above all."""

    SOLAR = "solar"
    WIND = "wind"
    HYDRO = "hydro"
    BIOMASS = "biomass"
    GAS = "gas"
    COGENERATION = "cogeneration"
    STORAGE = "storage"
    HEAT = "heat"
    MIXED = "mixed"
    LOAD = "load"
    NONE = "none"
    """Neither: an auditor, a platform."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an applicant must fulfil (BESSVS 2.2, "preset conditions"); bounds are included."""

    energy_types: Annotated[tuple[EnergyType, ...], Length(1, 16)] | None
    """None: any."""
    roles: Annotated[tuple[Role, ...], Length(1, 16)] | None
    """Which may be asked for; None: any."""
    generation_w: Bounds
    consumption_w: Bounds
    storage_wh: Bounds
    members_max: Annotated[int, Range(1, MEMBERS_MAX)]
    """Not counting those that were expelled."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Of membership, all optional in the genesis."""

    minimum: Annotated[int, Range(1, COMMITTEE_MAX)]
    """The committee never has fewer validators than this."""
    committee_max: Annotated[int, Range(1, COMMITTEE_MAX)]
    proposal_slots: Annotated[int, Range(1, 2**20)]
    """For how many slots a proposal can be voted on; a week of slots of 900 s."""
    applications_max: Annotated[int, Range(1, PROPOSALS_MAX)]
    """Open ones in all, counted apart: no flood of them keeps the committee from proposing."""
    proposals_max: Annotated[int, Range(1, PROPOSALS_MAX)]
    """Open ones in all, of all other kinds."""
    proposals_each_max: Annotated[int, Range(1, PROPOSALS_MAX)]
    """Open ones of one proposer or sponsor."""
    activation_blocks: Annotated[int, Range(2, 2**20)]
    """Between the deciding vote and the first block of a new version, at least."""
    admission: Conditions


_CHECKS: Final = checks_of(get_type_hints(Parameters, include_extras=True))

_ANY: Final[Bounds] = (0, QUANTITY_MAX)
_CONDITIONS: Final[Mapping[str, Value]] = {
    "energy_types": None,
    "roles": None,
    "generation_w": _ANY,
    "consumption_w": _ANY,
    "storage_wh": _ANY,
    "members_max": MEMBERS_MAX,
}


def parameters_of(genesis: Genesis) -> Parameters:
    """What the genesis says. Raises ArgumentError, which names the parameter."""
    founders = len(genesis.committee)
    defaults: dict[str, Value] = {
        "minimum": min(MINIMUM, founders),
        "committee_max": COMMITTEE_MAX,
        "proposal_slots": 672,
        "applications_max": PROPOSALS_MAX,
        "proposals_max": PROPOSALS_MAX,
        "proposals_each_max": 8,
        "activation_blocks": 16,
    }
    given = genesis.contracts["membership"]
    own = {name: value for name, value in given.items() if name != ACTIONS}
    admission = {**_CONDITIONS, **cast(Mapping[str, Value], own.get("admission", {}))}
    parameters = Parameters(**check_arguments(_CHECKS, defaults | own | {"admission": admission}))
    if not parameters.minimum <= founders <= parameters.committee_max:
        raise ArgumentError("minimum", f"and committee_max do not fit a committee of {founders}")
    if parameters.minimum == parameters.committee_max:
        raise ArgumentError("committee_max", "leaves no seat for a replacement of one that must leave")
    return parameters
