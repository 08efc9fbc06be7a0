"""The agents of a community, as `study community --live` plays them: on synthetic homes."""

from contracts.community.agents.clerk import CommunityClerk
from contracts.community.agents.home import CommunityHome
from contracts.community.agents.meter import CommunityMeter
from ledger.quantities import Period
from node.agents import AgentKinds, Profession
from node.errors import UnknownAgent
from studies.community_data import SyntheticCommunity, synthetic_types
from studies.community_field import CommunityField, FieldHome


class PlayedCommunity:
    """Agents of one node whose homes are those of one synthetic community."""

    def __init__(self) -> None:
        self._fields: dict[tuple[int, int, int], tuple[SyntheticCommunity, CommunityField]] = {}

    @property
    def kinds(self) -> AgentKinds:
        return {
            "community-clerk": lambda profession: CommunityClerk(profession.key),
            "community-home": self.make_home,
            "community-meter": self.make_meter,
        }

    def make_home(self, profession: Profession) -> CommunityHome:
        community, devices = self._home("community-home", profession)
        number = _number("community-home", profession, "number")
        return CommunityHome(profession.key, devices, int(community.eagerness_permille[number]))

    def make_meter(self, profession: Profession) -> CommunityMeter:
        _, devices = self._home("community-meter", profession)
        return CommunityMeter(profession.key, devices.measure)

    def _home(self, kind: str, profession: Profession) -> tuple[SyntheticCommunity, FieldHome]:
        homes, percent, seed = (_number(kind, profession, name) for name in ("homes", "percent", "seed"))
        named = (homes, percent, seed)
        if named not in self._fields:
            genesis = profession.genesis
            midnight = Period((genesis.day(genesis.first_period) + 1) * genesis.periods_per_day)
            community = SyntheticCommunity(homes, percent, seed, synthetic_types(seed))
            self._fields[named] = (community, CommunityField(community, midnight))
        community, field = self._fields[named]
        return community, field.home(_number(kind, profession, "number"))


def _number(kind: str, profession: Profession, name: str) -> int:
    """A setting. Raises UnknownAgent."""
    value = profession.settings.get(name)
    if not isinstance(value, int) or value < 0:
        raise UnknownAgent(kind, f"the setting {name} has to be a number")
    return value
