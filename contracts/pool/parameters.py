"""The market's parameters, as the genesis gives them: prices by carrier, commissions, cycles, agreements."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from contracts.arguments import Length, Range
from contracts.community.homes import SECONDS_PER_HOUR
from contracts.community.orders import Band, Price
from contracts.metering.readings import Carrier
from contracts.pool.agreements import AGREEMENTS_MAX, Agreement
from contracts.pool.commission import PERMILLE, Commission
from contracts.pool.cycle import Rules
from contracts.pool.matching import Ranking
from contracts.pool.refusals import UnfitParameters
from contracts.typed_parameters import TypedParameters
from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import EnergyWh, Period, Slot

POOL: Final = "pool"
WINDOW_SLOTS_MAX = 1_000
CYCLES_MAX = 1_000

OVERLOAD_TIMES: Final = 2
"""A connection may carry more than is agreed on; not so many times."""


@dataclass(frozen=True, slots=True)
class CarrierTerms:
    """What holds for one carrier. Raises UnfitParameters."""

    carrier: Carrier
    pool_ukwh: Price
    """The fixed price of the pool: the paper's 0.43 for electricity."""
    stored_ukwh: Price
    """What energy out of a storage is sold at."""
    feed_in_ukwh: Price
    """What the platform's network pays for energy that was given and not sold."""
    network_ukwh: Price
    """What it takes for energy that was taken and not bought."""
    efficiency_permille: Annotated[int, Range(1, PERMILLE)]
    """What a storage keeps of what it is given."""

    def __post_init__(self) -> None:
        prices = (self.feed_in_ukwh, self.pool_ukwh, self.stored_ukwh, self.network_ukwh)
        if list(prices) != sorted(prices):
            reason = "prices have to rise from feed-in to pool, stored and network"
            raise UnfitParameters(f"carriers.{self.carrier.value}", reason)

    @property
    def band(self) -> Band:
        """Within which both sides of a trade gain."""
        return Band(self.feed_in_ukwh, self.network_ukwh)


@dataclass(frozen=True, slots=True)
class Windows:
    """How many slots there are for what."""

    cycle_slots: Annotated[int, Range(1, WINDOW_SLOTS_MAX)]
    """Before its period an interval is traded for so long."""
    reading_slots: Annotated[int, Range(1, WINDOW_SLOTS_MAX)]
    """Meters: to deliver a reading after its period; then it is absent. Only slots with a block count."""


@dataclass(frozen=True)
class Parameters:
    """Everything that the genesis says to the pool contract. Raises UnfitParameters."""

    platform: Address
    """The platform company: it runs the cycles, owns the network, and takes the commissions."""
    carriers: Annotated[tuple[CarrierTerms, ...], Length(1, len(Carrier))]
    ranking: Ranking
    commission: Commission
    cycles: Annotated[int, Range(1, CYCLES_MAX)]
    """How many an interval has at the most."""
    idle_cycles: Annotated[int, Range(1, CYCLES_MAX)]
    """After so many cycles what was not sold enters the pool."""
    windows: Windows
    agreements: Annotated[tuple[Agreement, ...], Length(0, AGREEMENTS_MAX)]
    """Those that stand from the beginning; their place here is their number."""
    clearing: Annotated[str, Length(1, 64)]
    """The account through which all payments of an interval pass."""

    def __post_init__(self) -> None:
        carriers = [terms.carrier for terms in self.carriers]
        if len({*carriers}) != len(carriers):
            raise UnfitParameters("carriers", "one of them is there twice")

    def terms(self, carrier: Carrier) -> CarrierTerms | None:
        """None if the market does not trade it."""
        return next((terms for terms in self.carriers if terms.carrier is carrier), None)

    def rules(self, terms: CarrierTerms) -> Rules:
        """What a cycle of a carrier goes by."""
        return Rules(self.ranking, self.commission, self.idle_cycles, terms.pool_ukwh)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When things of an interval happen; it is named by its period."""

    genesis: Genesis
    parameters: Parameters

    def due(self, slot: int) -> Period:
        """The interval of which the cycles can begin in a slot."""
        return self.genesis.period(slot + self.parameters.windows.cycle_slots)

    def energy_wh(self, power_w: int) -> EnergyWh:
        """What a power comes to in an interval."""
        return EnergyWh(power_w * self.genesis.period_s // SECONDS_PER_HOUR)

    def trading_until(self, period: int) -> Slot:
        """The last slot before the interval begins."""
        return Slot(self.genesis.slot_of(period) - 1)

    def reading_wh_max(self, power_w: int) -> EnergyWh:
        """The most that a reading may say of a connection, either way: more is a broken meter."""
        return EnergyWh(OVERLOAD_TIMES * self.energy_wh(power_w))


def read_parameters(values: Mapping[str, Value]) -> Parameters:
    """The parameters of a genesis, typed. Raises ArgumentError or UnfitParameters, with the field."""
    return _TYPED.read(values)


def encode_parameters(parameters: Parameters) -> Mapping[str, Value]:
    """What a genesis says to the contract so that it has these parameters."""
    encoded: Mapping[str, Value] = _plain(asdict(parameters))
    return encoded


def parameters_of(genesis: Genesis) -> Parameters:
    """The parameters of this chain's market."""
    return _TYPED.of(genesis)


def _plain(value: Any) -> Any:
    """Enumerations as the texts that they are, at any depth."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return tuple([_plain(inner) for inner in value])
    return str(value.value) if isinstance(value, StrEnum) else value


_TYPED = TypedParameters(POOL, Parameters)
