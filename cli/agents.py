"""The kinds of agents that a node can host, made from their settings.

Parks, meters and the storage are played here: from a file of profiles (the setting `profiles`), by one
simulated plant for all of them. Real devices would be other kinds beside these.
"""

from functools import partial
from pathlib import Path

from cli.agent_settings import check_settings
from cli.capacity.agents import CAPACITY_KINDS
from cli.capacity.live.agents import PLAYED_CAPACITY_KINDS
from cli.community.agents import PlayedCommunity
from cli.pool.agents import POOL_KINDS
from cli.response.agents import PlayedNetwork
from contracts.dispatch.agent import Dispatcher
from contracts.dispatch.agents.grid import GridAgent
from contracts.dispatch.agents.meter import MeterAgent
from contracts.dispatch.agents.park import Park
from contracts.dispatch.agents.plant import Plant
from contracts.dispatch.agents.sources import Measure
from contracts.dispatch.agents.storage import StorageController
from contracts.dispatch.parameters import parameters_of
from contracts.sharing.agent import SharingMember
from crypto.address import Address
from ledger.genesis import Genesis
from node.agents import AgentKinds, Profession
from node.errors import UnknownAgent
from studies.energy_source import ProfileSource
from studies.profiles import load_profiles

PROFILES = "profiles"


def agent_kinds() -> AgentKinds:
    """What a configuration may name under [[agents]]."""
    played = PlayedAgents()
    return {
        "sharing": make_sharing_member,
        "dispatcher": make_dispatcher,
        "grid": make_grid,
        "park": played.make_park,
        "storage": played.make_storage,
        "meter": played.make_meter,
        **CAPACITY_KINDS,
        **PLAYED_CAPACITY_KINDS,
        **POOL_KINDS,
        **PlayedCommunity().kinds,
        **PlayedNetwork().kinds,
    }


def make_sharing_member(profession: Profession) -> SharingMember:
    check_settings("sharing", profession)
    if profession.encryption_key is None:
        raise UnknownAgent("sharing", "it needs encryption_key, to read what is dealt to it")
    return SharingMember(profession.key, profession.encryption_key)


def make_dispatcher(profession: Profession) -> Dispatcher:
    check_settings("dispatcher", profession)
    return Dispatcher(profession.key)


def make_grid(profession: Profession) -> GridAgent:
    check_settings("grid", profession)
    return GridAgent(profession.key)


class PlayedAgents:
    """Agents of one node that play profiles; those of one file share a plant, as in life."""

    def __init__(self) -> None:
        self._sources: dict[Path, ProfileSource] = {}
        self._plants: dict[Path, Plant] = {}

    def make_park(self, profession: Profession) -> Park:
        return Park(profession.key, self._source("park", profession))

    def make_storage(self, profession: Profession) -> StorageController:
        return StorageController(profession.key, self._plant("storage", profession).operate)

    def make_meter(self, profession: Profession) -> MeterAgent:
        plant = self._plant("meter", profession)
        return MeterAgent(profession.key, measure(profession.genesis, plant, profession.key.address))

    def _plant(self, kind: str, profession: Profession) -> Plant:
        source, file = self._source(kind, profession), profiles_file(kind, profession)
        if file not in self._plants:
            self._plants[file] = Plant(parameters_of(profession.genesis), source)
        return self._plants[file]

    def _source(self, kind: str, profession: Profession) -> ProfileSource:
        file = profiles_file(kind, profession)
        if file not in self._sources:
            self._sources[file] = read_source(profession.genesis, file)
        return self._sources[file]


def read_source(genesis: Genesis, file: Path) -> ProfileSource:
    """The profiles of a file, each played by the park of its name. Raises ProfileError."""
    profiles, names = load_profiles(file), {}
    for park in parameters_of(genesis).parks:
        member = genesis.member(park.address)
        name = member.name if member else park.address
        if name not in [profile.name for profile in profiles.parks]:
            raise UnknownAgent("park", f"{file} has no profile of {name}")
        names[park.address] = name
    return ProfileSource(profiles, names)


def measure(genesis: Genesis, plant: Plant, meter: Address) -> Measure:
    """What a meter measures: a park, the storage or the bus, as the genesis says."""
    parameters = parameters_of(genesis)
    if meter == parameters.storage_meter:
        return plant.storage
    if meter == parameters.bus.meter:
        return plant.bus
    for park in parameters.parks:
        if park.meter == meter:
            return partial(plant.park, park)
    raise UnknownAgent("meter", f"{meter} is no meter of this market")


def profiles_file(kind: str, profession: Profession) -> Path:
    check_settings(kind, profession, PROFILES)
    return profession.folder / str(profession.settings[PROFILES])
