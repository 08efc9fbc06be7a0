"""The agents that `study capacity --live` adds to those of cli/capacity/agents.py: a clerk that opens but one
window, traders and devices that break their word, and both sides of a sale of a right."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from cli.agent_settings import check_settings, take_count
from cli.capacity.agents import make_trader
from contracts.agent import Action, Agent, Event, Submit, View
from contracts.capacity.agents.clerk import CapacityClerk
from contracts.capacity.agents.member import CapacityMember
from contracts.capacity.agents.meter import CapacityMeter
from contracts.capacity.agents.plant import discharged
from contracts.capacity.agents.sight import Sight
from contracts.capacity.agents.sources import WindowPlan
from contracts.capacity.devices import PERIODS_MAX
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.records import Phase, Right, Standing, WindowRecord
from contracts.capacity.rights import PERMILLE
from contracts.capacity.windows import calendar_of, count_windows, find_offer, find_right
from contracts.metering.readings import Reading
from crypto.address import Address
from crypto.keys import PrivateKey
from ledger.committee import faulty_of
from ledger.quantities import EnergyWh, Period
from node.agents import AgentKinds, Profession

SPARE_PERIODS: Final = 3
"""What it may take besides from a clerk's decision to its block."""

RESALE_PERMILLE_MAX: Final = 10 * PERMILLE


class SingleWindow:
    """A schedule of the first window that there is time for, so that nodes that start late are in time for
    it, and of no other, unless it has become too late for that one."""

    def __init__(self, periods: int) -> None:
        self._periods = periods
        self._begin = Period(0)

    def __call__(self, view: View) -> tuple[WindowPlan, ...]:
        sight = Sight(view)
        if count_windows(sight) > 0:
            return ()
        earliest = calendar_of(sight).earliest_period(sight.slot + 1, faulty_of(len(sight.committee)))
        if self._begin < earliest:
            self._begin = Period(-(-(earliest + SPARE_PERIODS) // self._periods) * self._periods)
        return (WindowPlan(self._begin, self._periods),)


class Defaulter:
    """Somebody who does all that is due but one thing, whatever that costs."""

    def __init__(self, agent: Agent, omitted: str) -> None:
        self._agent = agent
        self._omitted = omitted

    @property
    def kind(self) -> str:
        return self._agent.kind

    @property
    def address(self) -> Address:
        return self._agent.address

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What the agent would do, without the one action."""
        return tuple([action for action in self._agent.step(event, now) if not self._is_omitted(action)])

    def _is_omitted(self, action: Action) -> bool:
        return isinstance(action, Submit) and action.action == self._omitted


class Reseller(CapacityMember):
    """Offers the first of the rights that it bought to anybody, once it is paid."""

    kind = "capacity-reseller"

    def __init__(self, key: PrivateKey, permille: int) -> None:
        super().__init__(key)
        self._permille = permille

    def follow(self, sight: Sight) -> Iterator[Action]:
        for record in sight.windows():
            bought = [row for row in tradable(sight, record) if row[1].buyer == self.address]
            for number, right in bought[:1]:
                if right.holder == self.address and find_offer(sight, record.number, number) is None:
                    yield from self._offer(sight, record, number, right)

    def _offer(self, sight: Sight, record: WindowRecord, number: int, right: Right) -> Iterator[Action]:
        if self._errands.is_due(sight.slot, "offer", record.number, number):
            amount = right.price * self._permille // PERMILLE
            named = {"window": record.number, "right": number, "amount": amount, "to": None}
            yield Submit(CAPACITY, "offer", named)


class SecondBuyer(CapacityMember):
    """Takes whatever right somebody else offers, at what is asked."""

    kind = "capacity-second-buyer"

    def follow(self, sight: Sight) -> Iterator[Action]:
        for record in sight.windows():
            for number, right in tradable(sight, record):
                offer = find_offer(sight, record.number, number)
                if offer is None or right.holder == self.address:
                    continue
                if self._errands.is_due(sight.slot, "take", record.number, number):
                    named = {"window": record.number, "right": number, "amount": offer.amount}
                    yield Submit(CAPACITY, "take", named)


def tradable(sight: Sight, record: WindowRecord) -> Iterator[tuple[int, Right]]:
    """The rights of a window that can change hands, with their numbers."""
    if record.phase is not Phase.HOLDING:
        return
    for number in range(record.rights):
        right = find_right(sight, record.number, number)
        if right is not None and right.standing is Standing.MINTED:
            yield number, right


def make_clerk(profession: Profession) -> CapacityClerk:
    """Setting: `periods` of the window."""
    check_settings("capacity-single-clerk", profession, "periods")
    periods = take_count("capacity-single-clerk", profession, "periods", PERIODS_MAX)
    return CapacityClerk(profession.key, SingleWindow(periods))


def make_defaulter(profession: Profession) -> Defaulter:
    """Settings: `bids`, as a trader's, and `omits`, the action that never comes."""
    check_settings("capacity-defaulter", profession, "bids", "omits")
    trader = make_trader(replace(profession, settings={"bids": profession.settings["bids"]}))
    return Defaulter(trader, str(profession.settings["omits"]))


def make_reseller(profession: Profession) -> Reseller:
    """Setting: `permille`, at which it sells, of what the right cost."""
    check_settings("capacity-reseller", profession, "permille")
    return Reseller(
        profession.key, take_count("capacity-reseller", profession, "permille", RESALE_PERMILLE_MAX)
    )


def make_second_buyer(profession: Profession) -> SecondBuyer:
    check_settings("capacity-second-buyer", profession)
    return SecondBuyer(profession.key)


def make_weak_meter(profession: Profession) -> CapacityMeter:
    """Setting: `permille`, what the device gives of what is called."""
    check_settings("capacity-weak-meter", profession, "permille")
    permille = take_count("capacity-weak-meter", profession, "permille", PERMILLE)
    return CapacityMeter(profession.key, partial(discharged_in_part, permille, profession.key.address))


def discharged_in_part(permille: int, meter: Address, view: View, period: Period) -> Reading:
    """What the meter of a device sees that gives so much of what is called."""
    whole = discharged(view, meter, period)
    return replace(whole, discharged_wh=EnergyWh((whole.discharged_wh or 0) * permille // PERMILLE))


PLAYED_CAPACITY_KINDS: Final[AgentKinds] = {
    "capacity-defaulter": make_defaulter,
    "capacity-single-clerk": make_clerk,
    "capacity-reseller": make_reseller,
    "capacity-second-buyer": make_second_buyer,
    "capacity-weak-meter": make_weak_meter,
}
