"""The market's parameters, as the genesis gives them: who takes part, what is built, when, and within
which limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.dispatch.model import SITES_MAX, Tariff
from contracts.dispatch.refusals import UnfitParameters
from contracts.dispatch.storage import ENERGY_WH_MAX, Storage
from contracts.gap import GapLimit
from contracts.typed_parameters import TypedParameters
from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import Amount, Day, EnergyWh, Period, PowerW, Slot

DISPATCH = "dispatch"
WINDOW_SLOTS_MAX = 10_000
PRICE_UKWH_MAX = 10**8
"""A hundred units of the currency a kWh: several times the highest price cap of any market."""

NANO_MAX = 2**61
"""No line of a bill can pass this, so that everything about money stays within the codec's integers."""

REVISIONS_MAX = 48
"""Of one day: below the rounds of sharing that a process may have."""

Rating = Annotated[PowerW, Range(0, ENERGY_WH_MAX)]
Slots = Annotated[int, Range(1, WINDOW_SLOTS_MAX)]


@dataclass(frozen=True, slots=True)
class ParkSite:
    """A park microgrid: its owner, its meter, and the rating of its connection."""

    address: Address
    meter: Address
    import_w: Rating
    export_w: Rating


@dataclass(frozen=True, slots=True)
class BusSite:
    """The parks' common connection to the grid."""

    meter: Address
    import_w: Rating
    export_w: Rating


@dataclass(frozen=True, slots=True)
class Windows:
    """How many slots everybody has for what is asked of them."""

    deal_slots: Slots
    """Parks: to deal their forecasts after a trigger."""
    complain_slots: Slots
    """Committee members: to complain of a bad share after that."""
    open_slots: Slots
    """Committee members: to open what was dealt after that."""
    replan_slots: Slots
    """Anybody: to submit plans after gate closure, once the new problem is known."""
    confirm_slots: Slots
    """Parties and the storage controller: to confirm contracts and control signals."""
    reading_slots: Slots
    """Meters: to deliver a reading after its period; then its absence is recorded."""
    declare_slots: Slots
    """Parks: to declare after the last reading of the day."""


@dataclass(frozen=True)
class Parameters:
    """Everything that the genesis says to the dispatch contract. Raises UnfitParameters."""

    model: Annotated[str, Length(1, 16)]
    """`pooled` or `paper`."""
    grid: Address
    """The grid company, on the other side of every connection to the grid."""
    provider: Address
    """The energy service provider: owns the storage, runs its controller, operates the bus."""
    parks: Annotated[tuple[ParkSite, ...], Length(1, SITES_MAX - 1)]
    bus: BusSite
    storage: Storage
    storage_meter: Address
    initial_charge_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)]
    """What the storage holds when the chain begins; from its first reading on, its meter says."""
    tariff: Tariff
    """The grid's prices by period of the day, until they are changed."""
    trigger_period: Annotated[int, Range(0, 86_399)]
    """Period of the day in which the day after it falls due."""
    gate_period: Annotated[int, Range(0, 86_399)]
    """Period of the day in which the gate closes for the day after it."""
    windows: Windows
    gap: GapLimit
    """How far from its proven bound a plan may be."""
    unproven_gap: GapLimit
    """The same for plans of the 0-1 program, which are recorded as unproven beyond `gap`."""
    tolerance_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)]
    """By how much the storage, or the sum of all meters, may be off in a period before it is an anomaly."""
    forecast_wh_max: Annotated[EnergyWh, Range(1, ENERGY_WH_MAX)]
    """The largest energy that a park may forecast for a period; no meter can see more than all of them."""
    revisions_max: Annotated[int, Range(1, REVISIONS_MAX)]
    """How often a day may be planned, anew included."""
    collateral: Annotated[Amount, Range(0, 2**53)]
    """What each park and the provider have in escrow from gate closure to settlement."""
    clearing: Annotated[str, Length(1, 64)]
    """The account through which all payments of a settlement pass."""
    loss: Annotated[str, Length(1, 64)]
    """The account that takes and gives what a settlement leaves over."""

    def __post_init__(self) -> None:
        _require(self.model in ("pooled", "paper"), "model", "it is pooled or paper")
        _require(self.trigger_period < self.gate_period, "gate_period", "it has to follow trigger_period")
        _require(
            len(self.tariff.buy_ukwh) == len(self.tariff.sell_ukwh), "tariff", "its prices differ in number"
        )
        _require(
            self.initial_charge_wh <= self.storage.energy_wh, "initial_charge_wh", "the storage is smaller"
        )
        _require(len({*self.meters}) == len(self.meters), "parks", "a meter is named twice")
        _require(
            len({*self.parties}) == len(self.parties), "parks", "a park, provider or grid is named twice"
        )
        _require(
            all(abs(price) <= PRICE_UKWH_MAX for price in (*self.tariff.buy_ukwh, *self.tariff.sell_ukwh)),
            "tariff",
            f"a price is beyond {PRICE_UKWH_MAX} ukwh",
        )
        _require(
            self.reading_wh_max * len(self.tariff.buy_ukwh) * PRICE_UKWH_MAX <= NANO_MAX,
            "forecast_wh_max",
            f"at {PRICE_UKWH_MAX} ukwh a day's bill could pass {NANO_MAX} nano",
        )
        _require(self.clearing != self.loss, "loss", "it is the clearing account")

    @cached_property
    def meters(self) -> tuple[Address, ...]:
        """All that have to deliver a reading every period: the parks', the storage's, the bus's."""
        return (*(park.meter for park in self.parks), self.storage_meter, self.bus.meter)

    @property
    def reading_wh_max(self) -> int:
        """The largest energy of a reading that can be: of all parks and the storage together."""
        return self.forecast_wh_max * len(self.parks) + self.storage.energy_wh

    @cached_property
    def parties(self) -> tuple[Address, ...]:
        """All that pay or are paid: the parks, the provider, the grid."""
        return (*(park.address for park in self.parks), self.provider, self.grid)

    def park(self, address: Address) -> ParkSite | None:
        """The park of this owner."""
        return next((park for park in self.parks if park.address == address), None)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When things of a day happen: periods and slots of one genesis."""

    genesis: Genesis
    parameters: Parameters

    def first(self, day: Day) -> Period:
        """The first period of a day."""
        return Period(day * self.genesis.periods_per_day)

    def end(self, day: Day) -> Period:
        """The first period after a day."""
        return self.first(Day(day + 1))

    def gate(self, day: Day) -> Slot:
        """The slot in which the gate of a day closes, on the day before."""
        return self.genesis.slot_of(self.first(Day(day - 1)) + self.parameters.gate_period)

    def reading_due(self, period: int) -> Slot:
        """The last slot in which a reading of this period is taken."""
        return Slot(self.genesis.slot_of(period) + self.parameters.windows.reading_slots)


def read_parameters(values: Mapping[str, Value]) -> Parameters:
    """The parameters of a genesis, typed. Raises ArgumentError, ProblemError or UnfitParameters, with the
    field."""
    return _TYPED.read(values)


def parameters_of(genesis: Genesis) -> Parameters:
    """The parameters of this chain's market."""
    return _TYPED.of(genesis)


def _require(holds: bool, field: str, reason: str) -> None:
    if not holds:
        raise UnfitParameters(field, reason)


_TYPED = TypedParameters(DISPATCH, Parameters)
