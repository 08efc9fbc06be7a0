"""The agents of demand response, as `study response --live` plays them: on the shipped six-node case."""

from functools import cached_property

from cli.agent_settings import check_settings
from cli.response.instructions import INSTRUCTIONS, InstructionFile
from contracts.response.agents.meter import ResponseMeter
from contracts.response.agents.operator import ResponseOperator
from contracts.response.agents.participant import ResponseParticipant
from contracts.response.agents.sources import Instruct, no_instruction
from contracts.response.parameters import parameters_of
from crypto.address import Address
from ledger.genesis import Genesis
from ledger.quantities import Period
from node.agents import AgentKinds, Profession
from node.errors import UnknownAgent
from studies.response_case import ResponseCase
from studies.response_field import ResponseField
from studies.six_nodes import six_nodes


class PlayedNetwork:
    """Agents of one node that live on the case; its day begins with the day of the chain's first period."""

    @property
    def kinds(self) -> AgentKinds:
        return {
            "response-operator": self.make_operator,
            "response-participant": self.make_participant,
            "response-meter": self.make_meter,
        }

    @cached_property
    def _case(self) -> ResponseCase:
        return six_nodes()

    def make_operator(self, profession: Profession) -> ResponseOperator:
        """Setting: `instructions`, a file of them; without it the agent acts on alarms alone."""
        check_settings("response-operator", profession, optional=(INSTRUCTIONS,))
        outlook = self._field(profession.genesis).outlook
        return ResponseOperator(profession.key, outlook, instructions(profession))

    def make_participant(self, profession: Profession) -> ResponseParticipant:
        check_settings("response-participant", profession)
        return ResponseParticipant(profession.key, self._field(profession.genesis).offer)

    def make_meter(self, profession: Profession) -> ResponseMeter:
        check_settings("response-meter", profession)
        genesis, address = profession.genesis, profession.key.address
        return ResponseMeter(profession.key, self._field(genesis).measure(metered_resource(genesis, address)))

    def _field(self, genesis: Genesis) -> ResponseField:
        midnight = genesis.day(genesis.first_period) * genesis.periods_per_day
        return ResponseField(self._case, Period(midnight))


def instructions(profession: Profession) -> Instruct:
    """What the ENO is asked for by others. Raises BadInstructions."""
    if INSTRUCTIONS not in profession.settings:
        return no_instruction
    genesis, path = profession.genesis, profession.folder / str(profession.settings[INSTRUCTIONS])
    return InstructionFile(path, genesis.period_s, parameters_of(genesis).periods_max)


def metered_resource(genesis: Genesis, meter: Address) -> int:
    """The number of the resource that a meter measures. Raises UnknownAgent."""
    for number, resource in enumerate(parameters_of(genesis).resources):
        if resource.meter == meter:
            return number
    raise UnknownAgent("response-meter", f"{meter} is no meter of this market")
