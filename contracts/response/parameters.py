"""The market's parameters, as the genesis gives them: the network, who takes part, when, and within which
limits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.gap import GapLimit
from contracts.response.network import Network, check_network
from contracts.response.optimality import CUTS_MAX
from contracts.response.quotes import PRICE_UKWH_MAX
from contracts.response.refusals import UnfitParameters
from contracts.response.resources import RESOURCES_MAX, Resource
from contracts.response.settlement import PERMILLE
from contracts.typed_parameters import TypedParameters
from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import Period, PriceUkwh, Slot

RESPONSE = "response"
WINDOW_SLOTS_MAX = 10_000
AGREE_SLOTS_MIN = 2
"""So that one is left to reveal in where agreeing comes to no end."""
PERIODS_MAX = 96
DAYS_AHEAD_MAX = 7

VOLTAGE_TOLERANCE_NPU_MAX = 50_000
"""Half of 0.0001 p.u.: voltages that are so far off pass on no chain."""

Slots = Annotated[int, Range(1, WINDOW_SLOTS_MAX)]


@dataclass(frozen=True, slots=True)
class Windows:
    """How many slots everybody has for what is asked of them, after the slot in which they learn of it."""

    quote_slots: Slots
    """Owners: to seal their quotes after a trigger."""
    agree_slots: Annotated[int, Range(AGREE_SLOTS_MIN, WINDOW_SLOTS_MAX)]
    """Owners: to agree off the chain and to reveal their quotes after that."""
    dispatch_slots: Slots
    """Anybody who takes part: to submit the dispatch after that."""
    reading_slots: Slots
    """Meters: to deliver a reading after its period; then it is absent."""


@dataclass(frozen=True)
class Parameters:
    """Everything that the genesis says to the response contract. Raises UnfitParameters or NetworkError."""

    network: Network
    eno: Address
    """The energy network operator, who triggers, confirms and pays."""
    resources: Annotated[tuple[Resource, ...], Length(1, RESOURCES_MAX)]
    """The resources that the chain begins with; their place here is their number."""
    windows: Windows
    periods_max: Annotated[int, Range(1, PERIODS_MAX)]
    """Of one event."""
    gap: GapLimit
    """How far from its proven bound a dispatch with cuts may be, in nano of the currency an hour."""
    voltage_tolerance_npu: Annotated[int, Range(1, VOLTAGE_TOLERANCE_NPU_MAX)]
    """How near to a true solution of the power flow the voltages of a dispatch have to be proven."""
    price_ukwh_max: Annotated[PriceUkwh, Range(1, PRICE_UKWH_MAX)]
    """The highest price that may be quoted."""
    short_permille: Annotated[int, Range(0, 10 * PERMILLE)]
    """Of its last accepted price, what a resource pays for energy that it did not deliver."""
    cuts_max: Annotated[int, Range(0, CUTS_MAX)]
    """Constraints of the network that a dispatch may carry."""
    alarm_periods: Annotated[int, Range(1, PERIODS_MAX)]
    """How long after its period a reading can still be given as an alarm."""

    def __post_init__(self) -> None:
        check_network(self.network)
        if min(self.gap.relative_ppm, self.gap.absolute_nano) < 0:
            raise UnfitParameters("gap", "it is negative")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When things of an event happen, in slots and periods of one genesis."""

    genesis: Genesis
    parameters: Parameters

    def earliest_period(self, slot: int) -> Period:
        """The first period that a trigger in `slot` can ask a response for: by then, all deadlines are
        over."""
        windows = self.parameters.windows
        phases = (windows.quote_slots, windows.agree_slots, windows.dispatch_slots)
        return self.genesis.period(slot + sum(phases) + len(phases))

    def first_periods(self, slot: int) -> range:
        """The first periods that a trigger in `slot` can have. They end some days ahead, since nothing ends
        an event that was dispatched but its own time."""
        earliest = self.earliest_period(slot)
        return range(earliest, earliest + DAYS_AHEAD_MAX * self.genesis.periods_per_day + 1)

    def reading_due(self, period: int) -> Slot:
        """The last slot in which a reading of this period is taken."""
        return Slot(self.genesis.slot_of(period) + self.parameters.windows.reading_slots)


def read_parameters(values: Mapping[str, Value]) -> Parameters:
    """The parameters of a genesis, typed. Raises ArgumentError, NetworkError or UnfitParameters."""
    return _TYPED.read(values)


def encode_parameters(parameters: Parameters) -> Mapping[str, Value]:
    """What a genesis says to the contract so that it has these parameters."""
    resources = tuple({**asdict(resource), "kind": resource.kind.value} for resource in parameters.resources)
    return {**asdict(parameters), "resources": resources}


def parameters_of(genesis: Genesis) -> Parameters:
    """The parameters of this chain's market."""
    return _TYPED.of(genesis)


_TYPED = TypedParameters(RESPONSE, Parameters)
