"""What a demonstration came to, read from the chains of all its nodes after they stopped.

Everything is compared in exact integers; units of the currency are made only here, for people.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from cli.agreement import Agreement, agreement_of, money_change, open_chains
from cli.chain_check import check_chain
from cli.day_balance import Energy, Money, StorageDay, bus_energy, money, park_energies, storage_day
from cli.describe import Names
from cli.dispatch_day import DispatchDay, read_day
from cli.plan_file import judge
from contracts.dispatch.agents.sight import Sight
from contracts.dispatch.costs import three_costs
from contracts.dispatch.model import Site
from contracts.dispatch.parameters import ParkSite
from contracts.dispatch.records import settlement_key
from contracts.dispatch.storage import energy_in_period
from ledger.quantities import Day
from ledger.store import Store
from node.chain import HeadView
from studies.profiles import Profiles

NANO = 10**9
MS = 1_000


@dataclass(frozen=True, slots=True)
class Costs:
    """Of the day as it was forecast, in the currency: what the plan costs, and what it is compared with."""

    plan_cost: float
    plan_bound: float
    plan_gap: float
    cost_alone: float
    cost_without_storage: float


@dataclass(frozen=True, slots=True)
class Verification:
    """How long an outsider takes to be convinced, on one core."""

    plan_ms: float
    chain_s: float


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole day."""

    day: str
    settlement: str
    """The accounting's transaction."""
    agreement: Agreement
    costs: Costs
    parks: tuple[Energy, ...]
    bus: Energy
    storage: StorageDay
    money: Money
    verification: Verification

    @property
    def energy_balanced(self) -> bool:
        """Whether every meter's energies add up, in every period."""
        return all(meter.balanced for meter in (*self.parks, self.bus))

    @property
    def is_sound(self) -> bool:
        """Whether everything that must hold does."""
        return self.agreement.roots_agree and self.money.balanced and self.energy_balanced

    def to_plain(self) -> dict[str, Any]:
        """For JSON: what is compared most stands at the top."""
        return {
            "day": self.day,
            **asdict(self.agreement),
            "currency": "CNY",
            **asdict(self.costs),
            "energy_balanced": self.energy_balanced,
            "money_balanced": self.money.balanced,
            "settlement": self.settlement,
            "parks": [asdict(park) for park in self.parks],
            "bus": asdict(self.bus),
            "storage": asdict(self.storage),
            "money": asdict(self.money),
            "verification": asdict(self.verification),
        }


def summarize(folders: Sequence[Path], day: Day, profiles: Profiles) -> Summary:
    """The summary of a settled day; the first node's chain is also checked from its genesis on."""
    with open_chains(folders) as stores:
        store = stores[0]
        found = read_day(Sight(HeadView(store.genesis, store.head)), day)
        accounting = cast(dict[str, bytes], found.sight.get(settlement_key(day)))["accounting"]
        return Summary(
            day=found.date,
            settlement=accounting.hex(),
            agreement=agreement_of(stores),
            costs=costs_of(found, store, profiles),
            parks=park_energies(found),
            bus=bus_energy(found),
            storage=storage_day(found),
            money=money(found, money_change(store)),
            verification=verification_of(found, store),
        )


def costs_of(day: DispatchDay, store: Store, profiles: Profiles) -> Costs:
    """The day-ahead plan against what it would cost without the storage, and without the bus."""
    file = day.plan_file(store, day.first_revision())
    judgement = judge(file)
    # Of the periods that were planned: a network that was slow to start has its first plan after midnight.
    planned = slice(file.problem.first_period - day.periods[0], len(day.periods))
    sites = tuple(forecast_site(day, profiles, park, planned) for park in day.parameters.parks)
    costs = three_costs(file.problem, file.plan, sites)
    return Costs(
        plan_cost=judgement.cost_nano / NANO,
        plan_bound=judgement.bound_nano / NANO,
        plan_gap=judgement.gap_nano / NANO,
        cost_alone=sum(costs.alone_nano) / NANO,
        cost_without_storage=costs.bus_nano / NANO,
    )


def forecast_site(day: DispatchDay, profiles: Profiles, park: ParkSite, planned: slice) -> Site:
    """A park's own forecast of the planned periods, which is on no chain, behind its own connection."""
    genesis = day.sight.genesis
    curve = profiles.park(Names(genesis)[park.address]).forecast
    import_wh = energy_in_period(park.import_w, genesis.period_s)
    export_wh = energy_in_period(park.export_w, genesis.period_s)
    return Site(curve.net_wh[planned], curve.renewable_wh[planned], import_wh, export_wh, 0, 0)


def verification_of(day: DispatchDay, store: Store) -> Verification:
    """Time the exact check of the plan, and of the whole chain from its genesis."""
    file = day.plan_file(store, day.newest_revision())
    started = time.perf_counter()
    judge(file)
    judged = time.perf_counter()
    check_chain(store)
    return Verification((judged - started) * MS, time.perf_counter() - judged)
