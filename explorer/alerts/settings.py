"""What the genesis says of the plant: ratings, storages, the bus, and how late readings may come."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.capacity.parameters import CAPACITY
from contracts.capacity.parameters import parameters_of as capacity_of
from contracts.community.parameters import COMMUNITY
from contracts.community.parameters import parameters_of as community_of
from contracts.dispatch.parameters import DISPATCH, Parameters
from contracts.dispatch.parameters import parameters_of as dispatch_of
from contracts.dispatch.storage import PERMILLE, SECONDS_PER_HOUR, Storage
from contracts.pool.parameters import POOL
from contracts.pool.parameters import parameters_of as pool_of
from contracts.response.parameters import RESPONSE
from contracts.response.parameters import parameters_of as response_of
from crypto.address import Address
from explorer.alerts.facts import Rated
from ledger.genesis import Genesis

LATE_PERIODS = 4
"""How long readings are waited for that no market sets a term for."""


@dataclass(frozen=True, slots=True)
class StorageLimits:
    """A storage that a market told the chain of."""

    meter: Address
    storage: Storage
    tolerance_wh: int
    """By how much it may be off in a period, as the genesis says."""

    @property
    def lowest_wh(self) -> int:
        return self.storage.energy_wh * self.storage.lowest_permille // PERMILLE

    @property
    def highest_wh(self) -> int:
        return self.storage.energy_wh * self.storage.highest_permille // PERMILLE


@dataclass(frozen=True, slots=True)
class Bus:
    """Meters whose net energies add up to that of one connection."""

    connection: Address
    behind: tuple[Address, ...]
    tolerance_wh: int


@dataclass(frozen=True)
class Settings:
    """What rules know before the first block."""

    chain: bytes
    period_s: int = 900
    periods_per_day: int = 96
    late_periods: int = LATE_PERIODS
    """After so many periods no reading of a period is taken any more."""
    ratings: tuple[Rated, ...] = ()
    storages: Mapping[str, StorageLimits] = field(default_factory=dict)
    buses: tuple[Bus, ...] = ()

    def energy_wh(self, power_w: int) -> int:
        """What a power comes to in a period."""
        return power_w * self.period_s // SECONDS_PER_HOUR


def settings_of(genesis: Genesis) -> Settings:
    """The settings of this chain."""
    ratings: list[Rated] = []
    storages: dict[str, StorageLimits] = {}
    buses: tuple[Bus, ...] = ()
    if DISPATCH in genesis.contracts:
        market = dispatch_of(genesis)
        ratings += [Rated(park.meter, park.import_w, park.export_w) for park in market.parks]
        ratings.append(Rated(market.bus.meter, market.bus.import_w, market.bus.export_w))
        storages[market.storage_meter] = StorageLimits(
            market.storage_meter, market.storage, market.tolerance_wh
        )
        buses = (_bus(market),) if market.model == "pooled" else ()
    if COMMUNITY in genesis.contracts:
        ratings += [Rated(home.meter, home.import_w, home.export_w) for home in community_of(genesis).homes]
    return Settings(
        chain=bytes(genesis.hash),
        period_s=genesis.period_s,
        periods_per_day=genesis.periods_per_day,
        late_periods=_late_periods(genesis),
        ratings=tuple(ratings),
        storages=storages,
        buses=buses,
    )


def _bus(market: Parameters) -> Bus:
    """In the paper's model the storage trades by itself, and no connection carries the sum."""
    *behind, connection = market.meters
    return Bus(connection, tuple(behind), market.tolerance_wh)


def _late_periods(genesis: Genesis) -> int:
    windows = [LATE_PERIODS]
    if DISPATCH in genesis.contracts:
        windows.append(dispatch_of(genesis).windows.reading_slots)
    if COMMUNITY in genesis.contracts:
        windows.append(community_of(genesis).windows.reading_slots)
    if RESPONSE in genesis.contracts:
        windows.append(response_of(genesis).windows.reading_slots)
    if POOL in genesis.contracts:
        windows.append(pool_of(genesis).windows.reading_slots)
    if CAPACITY in genesis.contracts:
        windows.append(capacity_of(genesis).deadlines.reading_slots)
    return max(windows)
