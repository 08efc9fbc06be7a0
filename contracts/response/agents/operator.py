"""The ENO's agent: asks for a response, coordinates the optimum and its check, dispatches, settles."""

from collections.abc import Iterator

from contracts.agent import Action, View
from contracts.response.agents.member import ResponseMember
from contracts.response.agents.sources import Instruct, Outlook, no_instruction
from crypto.keys import PrivateKey


class ResponseOperator(ResponseMember):
    """The agent of the energy network operator."""

    kind = "response-operator"

    def __init__(self, key: PrivateKey, outlook: Outlook, instruct: Instruct = no_instruction) -> None:
        super().__init__(key)
        self._outlook = outlook
        self._instruct = instruct

    def follow(self, view: View, now: int) -> Iterator[Action]:
        yield from ()
