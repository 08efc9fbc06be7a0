"""Days that were really played on a chain: no alert where all is well, and the right one where it is not."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from contracts.agent import View
from contracts.dispatch.agents.meter import MeterAgent
from contracts.dispatch.agents.sources import Operation
from contracts.dispatch.agents.storage import StorageController
from contracts.metering.readings import Reading
from contracts.response.records import Phase
from explorer.alerts.alert import Alert
from explorer.alerts.blocks import BlockReader
from explorer.alerts.detector import Detector
from explorer.alerts.memory import Memory
from explorer.alerts.settings import settings_of
from explorer.index.chain import Chain
from explorer.index.facts import Facts
from ledger.quantities import EnergyWh, Period, PowerW
from ledger.stored import StoredChain
from node.files import STORE_NAME
from tests.cli.settled import settled_network
from tests.contracts.chain import address, key_of
from tests.contracts.community.rounds import settled, usual_round
from tests.contracts.dispatch_day.market import END, FIRST, PARKS, Market
from tests.contracts.response.market import Market as ResponseMarket
from tests.contracts.response.market import advance
from tests.explorer.index.made import MadeChain

BROKEN = FIRST + 30

METER = f"{list(PARKS)[1]}-meter"


def found_in(chain: Chain) -> list[Alert]:
    memory, found = Memory(), dict[str, Alert]()
    detector, reader = Detector(settings_of(chain.genesis), memory), BlockReader(chain.genesis, memory)
    for height in range(chain.base + 1, chain.height + 1):
        facts = Facts.read(chain, height)
        alerts = detector.observe(height, facts.slot, facts.period, reader.read(facts))
        found |= {alert.id: alert for alert in alerts}
    return list(found.values())


def rules(market: Market) -> set[tuple[str, str]]:
    """(rule, subject) of what is found in the market's day."""
    return {(alert.rule, alert.subject.name) for alert in found_in(MadeChain(market.chain))}


@pytest.mark.parametrize("model", ["pooled", "paper"])
def test_a_day_on_which_all_is_well_has_no_alert(model: str) -> None:
    market = Market(model)
    market.run_to(END + 1)
    assert rules(market) == set()


def test_the_shipped_day_has_no_alert(tmp_path: Path) -> None:
    folder = settled_network(tmp_path / "net")[0]
    chain = StoredChain.open(folder / "data" / STORE_NAME)
    assert found_in(chain) == []
    chain.close()


def test_rounds_of_a_community_and_an_event_of_a_response_have_none() -> None:
    community = settled(usual_round(), elm=-1_000, gum=900, holly=300, fir=400)
    assert found_in(MadeChain(community.chain)) == []
    response = ResponseMarket()
    response.chain.make_block()
    response.take(response.trigger())
    while response.phase is not Phase.SETTLED:
        advance(response)
    assert found_in(MadeChain(response.chain)) == []


def broken(name: str, change: object) -> Market:
    """A day on which what a meter says is changed for three hours."""
    market = Market()
    site = next((site for site in market.parameters.parks if site.meter == address(name)), None)
    usual = {
        "storage-meter": market.plant.storage,
        "bus-meter": market.plant.bus,
    }.get(name) or partial(market.plant.park, site)

    def measure(view: View, period: Period) -> Reading | None:
        seen = usual(view, period)
        return change(seen) if seen and BROKEN <= period < BROKEN + 12 else seen  # type: ignore[operator]

    market.replace(MeterAgent, name, MeterAgent(key_of(name), measure))
    market.run_to(BROKEN + 16)
    return market


def test_a_storage_whose_charge_vanishes_and_one_that_does_not_obey() -> None:
    def leaks(seen: Reading) -> Reading:
        return replace(seen, state_of_charge_wh=EnergyWh((seen.state_of_charge_wh or 0) - 50_000))

    assert ("storage-energy", address("storage-meter")) in rules(broken("storage-meter", leaks))

    def idles(seen: Reading) -> Reading:
        return replace(seen, charged_wh=EnergyWh(0), discharged_wh=EnergyWh(0))

    found = rules(broken("storage-meter", idles))
    assert {("storage-told", address("storage-meter")), ("storage-report", address("storage-meter"))} <= found


def test_a_meter_that_is_silent_and_one_that_is_stuck() -> None:
    assert ("silent", address(METER)) in rules(broken(METER, lambda _seen: None))
    stuck = Reading(
        generated_wh=EnergyWh(20_000), consumed_wh=EnergyWh(30_000), imported_wh=EnergyWh(10_000),
        exported_wh=EnergyWh(0),
    )  # fmt: skip
    assert ("frozen", address(METER)) in rules(broken(METER, lambda _seen: stuck))


def test_a_bus_that_carries_what_no_meter_saw() -> None:
    def steals(seen: Reading) -> Reading:
        net_wh = (seen.imported_wh or 0) - (seen.exported_wh or 0) + 30_000
        return Reading(imported_wh=EnergyWh(max(0, net_wh)), exported_wh=EnergyWh(max(0, -net_wh)))

    assert ("balance", address("bus-meter")) in rules(broken("bus-meter", steals))


def test_a_controller_that_boasts() -> None:
    market = Market()

    def boast(view: View, period: Period) -> Operation | None:
        said = market.plant.operate(view, period)
        return said and replace(said, power_w=PowerW(said.power_w + 40_000))

    market.replace(StorageController, "storage", StorageController(key_of("storage"), boast))
    market.run_to(FIRST + 20)
    assert rules(market) == {("storage-report", address("storage-meter"))}
