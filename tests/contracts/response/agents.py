"""Everybody's agents on the six-node market, where it is always noon: node 6 is over its voltage until the
network operator asks for a response."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.agent import Agent
from contracts.response.agents.meter import ResponseMeter
from contracts.response.agents.operator import ResponseOperator
from contracts.response.agents.participant import ResponseParticipant
from contracts.response.agents.sources import Instruct, Offer, Outlook, no_instruction
from contracts.response.events import count_events, get_dispatch, get_event
from contracts.response.parameters import Windows
from contracts.response.records import DispatchRecord, EventRecord, Phase
from ledger.quantities import Period
from ledger.receipt import Event
from studies.response_field import ResponseField
from tests.contracts.chain import FIRST_PERIOD, address, key_of
from tests.contracts.hosts import Hosts, Network, deliver_all
from tests.contracts.response.market import CASE, METERS, NOON, OWNERS, Market

WINDOWS: Final = Windows(quote_slots=3, agree_slots=14, dispatch_slots=10, reading_slots=2)
SLOTS_MAX: Final = 60
EVERLASTING_NOON: Final = replace(CASE, day=(CASE.day[NOON],) * 96)


class Field(ResponseField):
    """Sweeps for the same set points once."""

    def voltage_mv(self, quarter: int, change_w: tuple[int, ...], bus: int) -> int:
        if (change_w, bus) not in VOLTAGES_MV:
            VOLTAGES_MV[change_w, bus] = super().voltage_mv(quarter, change_w, bus)
        return VOLTAGES_MV[change_w, bus]


VOLTAGES_MV: dict[tuple[tuple[int, ...], int], int] = {}
FIELD: Final = Field(EVERLASTING_NOON, Period(FIRST_PERIOD))


@dataclass
class Scene:
    """The market, its agents, and what happened."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    network: Network = deliver_all
    offer: Offer = FIELD.offer
    outlook: Outlook = FIELD.outlook
    instruct: Instruct = no_instruction
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.market = Market(changes={"windows": WINDOWS, "periods_max": 2, **self.changes})
        self.issued = self.market.money()
        self.hosts = Hosts(self.market.chain, self._agents(), self.network)

    def step(self) -> None:
        """A slot, in which whoever waits for an answer loses patience."""
        timers = self.market.chain.genesis.timers
        self.hosts.now_ms += timers.resend_ms
        self.hosts.step_slot()
        self.events += self.market.chain.events

    def run_to(self, phase: Phase) -> EventRecord:
        """Slot by slot, until the first event is in this phase."""
        for _ in range(SLOTS_MAX):
            if count_events(self.market.sight) and self.event.phase is phase:
                return self.event
            self.step()
        raise AssertionError(f"not {phase} after {SLOTS_MAX} slots, but {self.event}")

    @property
    def event(self) -> EventRecord:
        """The first."""
        return get_event(self.market.sight, 0)

    @property
    def dispatch(self) -> DispatchRecord:
        """That of the first event."""
        return get_dispatch(self.market.sight, 0)

    def agent(self, kind: type[Agent], name: str) -> Agent:
        (found,) = [a for a in self.hosts.agents if isinstance(a, kind) and a.address == address(name)]
        return found

    def kill(self, name: str) -> None:
        """An owner's agent is gone, with all that it knew."""
        self.hosts.stop(self.agent(ResponseParticipant, name))

    def restart_operator(self) -> None:
        self.hosts.restart(self.agent(ResponseOperator, "eno"), self.operator())

    def restart_owner(self, name: str) -> None:
        new = ResponseParticipant(key_of(name), self.offer)
        self.hosts.restart(self.agent(ResponseParticipant, name), new)

    def operator(self) -> ResponseOperator:
        return ResponseOperator(key_of("eno"), self.outlook, self.instruct)

    def seen(self, name: str) -> list[Mapping[str, Any]]:
        return [each.fields for each in self.events if (each.contract, each.name) == ("response", name)]

    def _agents(self) -> list[Agent]:
        owners = [ResponseParticipant(key_of(name), self.offer) for name in OWNERS]
        meters = [ResponseMeter(key_of(name), FIELD.measure(number)) for number, name in enumerate(METERS)]
        return [self.operator(), *owners, *meters]
