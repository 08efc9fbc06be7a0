"""The market's parameters, as the genesis gives them: who takes part, how trades are made, and when."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Final

from contracts.arguments import Length, Range
from contracts.capacity.clearing import PRICE_UKWH_MAX
from contracts.community.homes import HOMES_MAX, INTERVAL_PERIODS_MAX, Home
from contracts.community.matching import Mechanism
from contracts.community.orders import Band
from contracts.community.pricing import Weights
from contracts.community.refusals import UnfitParameters
from contracts.dispatch.model import Tariff
from contracts.metering.readings import PERIODS_LATE_MAX
from contracts.typed_parameters import TypedParameters
from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import Period, PriceUkwh, Slot

COMMUNITY: Final = "community"
WINDOW_SLOTS_MAX = 1_000
READING_SLOTS_MAX = PERIODS_LATE_MAX - INTERVAL_PERIODS_MAX
"""Metering takes no older readings."""

KEPT_SLOTS_MAX = 10**6
RECENT_ROUNDS_MAX = 96
LATE_ROUNDS_MAX = 96
"""Rounds that may be open at once beyond those that are in time."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How many slots everybody has for what is asked of them. A round's windows end as its first period
    begins."""

    order_slots: Annotated[int, Range(1, WINDOW_SLOTS_MAX)]
    """Homes: to order; where requests are matched, to request."""
    offer_slots: Annotated[int, Range(0, WINDOW_SLOTS_MAX)]
    """Homes, where requests are matched: to make their offers, the paper's timeout; else 0."""
    match_slots: Annotated[int, Range(1, WINDOW_SLOTS_MAX)]
    """Anybody: to have the round matched."""
    reading_slots: Annotated[int, Range(1, READING_SLOTS_MAX)]
    """Meters: to deliver a round's readings after its last period, or its trigger if that comes later; then
    they are absent."""
    kept_slots: Annotated[int, Range(1, KEPT_SLOTS_MAX)]
    """Everybody: to read a settled round from the state; then it is in the blocks alone."""

    @property
    def lead_slots(self) -> int:
        """How long before its first period a round falls due: a slot to trigger it, and its windows."""
        return 1 + self.order_slots + self.offer_slots + self.match_slots


@dataclass(frozen=True)
class Parameters:
    """Everything that the genesis says to the community contract. Raises UnfitParameters."""

    mechanism: Mechanism
    grid: Address
    """The grid company, which takes and gives what neighbours do not."""
    homes: Annotated[tuple[Home, ...], Length(0, HOMES_MAX)]
    """The homes that the chain begins with; their place here is their number."""
    tariff: Tariff
    """What the grid takes and pays for a kWh, by period of the day."""
    weights: Weights
    """Of the suggested prices."""
    recent_rounds: Annotated[int, Range(1, RECENT_ROUNDS_MAX)]
    """How many rounds' trades the suggested prices look back on."""
    windows: Windows
    clearing: Annotated[str, Length(1, 64)]
    """The account through which all payments of a round pass."""

    def __post_init__(self) -> None:
        pairs = list(zip(self.tariff.buy_ukwh, self.tariff.sell_ukwh, strict=False))
        _require(
            len(self.tariff.buy_ukwh) == len(self.tariff.sell_ukwh), "tariff", "its prices differ in number"
        )
        _require(
            all(0 <= sell <= buy <= PRICE_UKWH_MAX for buy, sell in pairs),
            "tariff",
            f"the feed-in price has to be within 0 and the grid's, and that within {PRICE_UKWH_MAX} ukwh",
        )
        answers = self.mechanism is Mechanism.REQUESTS
        _require(
            (self.windows.offer_slots > 0) is answers,
            "windows.offer_slots",
            "offers have a window of their own where, and only where, requests are matched",
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """When things of a round happen, in slots and periods of one genesis. A round is named by its first
    period."""

    genesis: Genesis
    parameters: Parameters

    def band(self, first_period: int) -> Band:
        """The grid's prices in a round."""
        place, tariff = first_period % self.genesis.periods_per_day, self.parameters.tariff
        return Band(PriceUkwh(tariff.sell_ukwh[place]), PriceUkwh(tariff.buy_ukwh[place]))

    def due(self, slot: int) -> Period:
        """The round that falls due in a slot."""
        return self.genesis.period(slot + self.parameters.windows.lead_slots)

    def orders_until(self, first_period: int) -> Slot:
        """The last slot in which orders are taken."""
        return Slot(self.offers_until(first_period) - self.parameters.windows.offer_slots)

    def offers_until(self, first_period: int) -> Slot:
        """The last slot in which offers are taken."""
        return Slot(self.match_until(first_period) - self.parameters.windows.match_slots)

    def match_until(self, first_period: int) -> Slot:
        """The last slot in which the round can be matched."""
        return Slot(self.genesis.slot_of(first_period) - 1)

    def readings_until(self, end: int, triggered: Slot) -> Slot:
        """The last slot in which readings are taken of a round that ends before the period `end`."""
        over = max(self.genesis.slot_of(end - 1), triggered)
        return Slot(over + self.parameters.windows.reading_slots)

    @property
    def late_at_once_max(self) -> int:
        """With so many rounds under way none is opened late: the clock looks at each in every slot."""
        windows = self.parameters.windows
        return windows.lead_slots + INTERVAL_PERIODS_MAX + windows.reading_slots + LATE_ROUNDS_MAX


def read_parameters(values: Mapping[str, Value]) -> Parameters:
    """The parameters of a genesis, typed. Raises ArgumentError or UnfitParameters, with the field."""
    return _TYPED.read(values)


def encode_parameters(parameters: Parameters) -> Mapping[str, Value]:
    """What a genesis says to the contract so that it has these parameters."""
    return {**asdict(parameters), "mechanism": parameters.mechanism.value}


def parameters_of(genesis: Genesis) -> Parameters:
    """The parameters of this chain's market."""
    return _TYPED.of(genesis)


def _require(holds: bool, field: str, reason: str) -> None:
    if not holds:
        raise UnfitParameters(field, reason)


_TYPED = TypedParameters(COMMUNITY, Parameters)
