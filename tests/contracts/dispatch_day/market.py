"""A whole market in memory: a committee of four, three parks on real profiles, storage, meters, grid."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from typing import Any, cast

from contracts.account.contract import Account
from contracts.agent import Agent
from contracts.dispatch.agent import Dispatcher
from contracts.dispatch.agents.grid import GridAgent
from contracts.dispatch.agents.meter import MeterAgent
from contracts.dispatch.agents.park import Park
from contracts.dispatch.agents.plant import Plant
from contracts.dispatch.agents.sight import Sight
from contracts.dispatch.agents.sources import EnergySource
from contracts.dispatch.agents.storage import StorageController
from contracts.dispatch.contract import Dispatch
from contracts.dispatch.days import find_plan, get_day
from contracts.dispatch.model import Tariff
from contracts.dispatch.parameters import BusSite, Parameters, ParkSite, Windows
from contracts.dispatch.records import DayRecord, Phase, PlanRecord
from contracts.dispatch.storage import Efficiency, Storage
from contracts.gap import GapLimit
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.sharing.agent import SharingMember
from contracts.sharing.contract import Sharing
from ledger.codec import Value
from ledger.quantities import Amount, Day, EnergyWh, PowerW
from ledger.receipt import Event
from studies.energy_source import ProfileSource
from studies.profiles import load_profiles, load_tariff
from tests.contracts.chain import (
    FIRST_PERIOD,
    VALIDATORS,
    Chain,
    address,
    encryption_key_of,
    key_of,
    new_chain,
)
from tests.contracts.hosts import Hosts

CURRENCY = 10**6
PARKS = {"ash": "mg1", "beech": "mg2", "chestnut": "mg3"}
"""Each park with the profile that it plays."""
PROFILES = {address(name): profile for name, profile in PARKS.items()}

ROLES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(VALIDATORS, ("validator",)),
    **dict.fromkeys(PARKS, ("microgrid",)),
    "grid": ("grid", "eno"),
    "storage": ("provider", "storage"),
    **{f"{name}-meter": ("meter",) for name in (*PARKS, "storage", "bus")},
}
DAY = Day(FIRST_PERIOD // 96 + 1)
FIRST = DAY * 96
END = FIRST + 96
CLEARING, LOSS = "dispatch/clearing", "dispatch/loss"

STORAGE = Storage(
    power_w=400_000,
    energy_wh=1_000_000,
    charge_efficiency=Efficiency(19, 20),
    discharge_efficiency=Efficiency(19, 20),
    wear_ukwh=30_000,
    import_w=400_000,
    export_w=400_000,
)
WINDOWS = Windows(
    deal_slots=1, complain_slots=1, open_slots=4, replan_slots=3, confirm_slots=3, reading_slots=3,
    declare_slots=4,
)  # fmt: skip


def parameters_for(model: str, **changes: Any) -> Parameters:
    tariff = load_tariff()
    parks = tuple(
        ParkSite(address(name), address(f"{name}-meter"), PowerW(1_500_000), PowerW(1_500_000))
        for name in PARKS
    )
    usual = Parameters(
        model=model,
        grid=address("grid"),
        provider=address("storage"),
        parks=parks,
        bus=BusSite(address("bus-meter"), PowerW(5_000_000), PowerW(5_000_000)),
        storage=STORAGE,
        storage_meter=address("storage-meter"),
        initial_charge_wh=EnergyWh(500_000),
        tariff=Tariff(tariff.buy_ukwh[:96], tariff.sell_ukwh[:96]),
        trigger_period=84,
        gate_period=94,
        windows=WINDOWS,
        gap=GapLimit(relative_ppm=100, absolute_nano=10**7),
        unproven_gap=GapLimit(relative_ppm=10_000, absolute_nano=10**9),
        tolerance_wh=EnergyWh(2_000),
        forecast_wh_max=EnergyWh(1_000_000),
        revisions_max=8,
        collateral=Amount(1_000 * CURRENCY),
        clearing=CLEARING,
        loss=LOSS,
    )
    return replace(usual, **changes)


@dataclass
class Market:
    """The chain, everybody's agents, and what happened."""

    model: str = "pooled"
    source: EnergySource | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    balance: int = 50_000 * CURRENCY
    """What each park and the provider start with."""
    loss_floor: int = -1_000_000 * CURRENCY
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parameters = parameters_for(self.model, **self.changes)
        self.source = self.source or ProfileSource(load_profiles(), PROFILES)
        contracts = [Membership(), Account(), Metering(), Sharing(), Dispatch()]
        self.chain: Chain = new_chain(contracts, self._genesis_parameters(), roles=ROLES)
        self.plant = Plant(self.parameters, self.source)
        self.hosts = Hosts(self.chain, self._agents())

    def run_to(self, period: int) -> None:
        """Slot by slot, up to and including the one of this period."""
        while self.chain.head.slot < self.chain.genesis.slot_of(period):
            self.step()

    def step(self, missed_slots: int = 0) -> None:
        """The next block, so many slots late."""
        self.hosts.step_slot(self.chain.slot + missed_slots)
        self.events += self.chain.events

    def call(self, sender: str, action: str, arguments: Mapping[str, Value]) -> None:
        """One more transaction in the next slot, which must succeed."""
        sent = self.chain.send(sender, "dispatch", action, arguments)
        self.step()
        (receipt,) = [found for found in self.chain.last.receipts if found.tx_id == sent.tx_id]
        assert receipt.ok, receipt.error

    def seen(self, name: str, contract: str = "dispatch") -> list[Mapping[str, Any]]:
        """The fields of all events of this name so far."""
        return [event.fields for event in self.events if (event.contract, event.name) == (contract, name)]

    @property
    def sight(self) -> Sight:
        return Sight(self.chain.view)

    @property
    def day(self) -> DayRecord:
        """How far the day has come that the tests are about."""
        return get_day(self.sight, DAY)

    def run_until(self, phase: Phase) -> None:
        """Slot by slot, until the day is in this phase."""
        self.run_to(FIRST_PERIOD)
        while self.day.phase is not phase:
            self.step()

    def plan(self, revision: int) -> PlanRecord:
        plan = find_plan(self.sight, DAY, revision)
        assert plan is not None
        return plan

    def get(self, key: str) -> Any:
        """What the dispatch contract keeps under a key."""
        return self.chain.get("dispatch", key)

    def balance_of(self, account: str) -> int:
        return cast(int, self.chain.get("account", f"balance/{account}") or 0)

    def balances(self) -> dict[str, int]:
        """What every account has that could have anything; what is in escrow is its owner's still."""
        accounts = [*(address(name) for name in (*PARKS, "storage", "grid")), CLEARING, LOSS]
        return {account: self.balance_of(account) + self._held(account) for account in accounts}

    def debts(self) -> list[Mapping[str, Any]]:
        return self.seen("owed", "account")

    def failures(self) -> list[str]:
        """Why transactions failed so far."""
        return [receipt.error for block in self.chain.blocks for receipt in block.receipts if not receipt.ok]

    def fork(self, **changes: Any) -> "Market":
        """Another market that goes on from the same block, with agents that know nothing of what was."""
        other = replace(self, events=[], **changes)
        other.chain.head = self.chain.head
        return other

    def _held(self, account: str) -> int:
        escrows = (self.chain.get("account", f"escrow/dispatch/{day}/{account}") for day in (DAY, DAY + 1))
        return sum(cast(tuple[str, int], escrow)[1] for escrow in escrows if escrow)

    def replace(self, kind: type[Agent], name: str, new: Agent) -> None:
        """Put another agent in the place of a member's."""
        (old,) = [a for a in self.hosts.agents if isinstance(a, kind) and a.address == address(name)]
        self.hosts.restart(old, new)

    def stop(self, kind: type[Agent], *names: str) -> None:
        addresses = [address(name) for name in names]
        for agent in [a for a in self.hosts.agents if isinstance(a, kind) and a.address in addresses]:
            self.hosts.stop(agent)

    def _agents(self) -> list[Agent]:
        members = [SharingMember(key_of(name), encryption_key_of(name)) for name in VALIDATORS]
        dispatchers = [Dispatcher(key_of(name)) for name in VALIDATORS]
        parks = [Park(key_of(name), cast(EnergySource, self.source)) for name in PARKS]
        meters = [
            MeterAgent(key_of(f"{name}-meter"), partial(self.plant.park, site))
            for name, site in zip(PARKS, self.parameters.parks, strict=True)
        ]
        meters += [
            MeterAgent(key_of("storage-meter"), self.plant.storage),
            MeterAgent(key_of("bus-meter"), self.plant.bus),
        ]
        controller = StorageController(key_of("storage"), self.plant.operate)
        return [*members, *dispatchers, *parks, *meters, controller, GridAgent(key_of("grid"))]

    def _genesis_parameters(self) -> Mapping[str, Mapping[str, Value]]:
        owners = {f"{name}-meter": name for name in (*PARKS, "storage")} | {"bus-meter": "grid"}
        paying = (*PARKS, "storage")
        return {
            "account": {
                "balances": {address(name): self.balance for name in paying if self.balance},
                "floors": {
                    address("grid"): -10_000_000 * CURRENCY,
                    LOSS: self.loss_floor,
                },
            },
            "metering": {
                "meters": {
                    address(meter): {"owner": address(owner), "carrier": "electricity", "place": owner}
                    for meter, owner in owners.items()
                }
            },
            "dispatch": cast(Mapping[str, Value], asdict(self.parameters)),
        }


@cache
def market_at(period: int, model: str = "pooled") -> Market:
    """The usual market at the end of a period's slot; to be looked at or forked, not to be run on."""
    earlier = max((known for known, of in _RUNS if of == model and known <= period), default=None)
    market = Market(model) if earlier is None else _RUNS[earlier, model].fork()
    market.run_to(period)
    _RUNS[period, model] = market
    return market


_RUNS: dict[tuple[int, str], Market] = {}
