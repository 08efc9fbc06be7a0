"""Watching an event from outside, through the APIs of the nodes, until it is settled on all validators."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from cli.chain_watch import ChainWatch
from cli.errors import CommandError
from cli.node_directory import api_client, read_config
from contracts.response.parameters import RESPONSE
from contracts.response.process import OVER
from contracts.response.records import Phase, event_key
from node.client import NodeClient
from node.errors import Refused, Unreachable

EVENT: Final = 0
"""The chain's first."""
MESSAGES: Final = "gridquorum_agent_messages_total"
MESSAGE_BYTES: Final = "gridquorum_agent_message_bytes_total"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What agents sent to those at other nodes, as the nodes counted it."""

    messages: int
    message_bytes: int


class EventWatch:
    """Asks the validators how far the event is."""

    def __init__(self, validators: Iterable[Path]) -> None:
        self._chain = ChainWatch(list(validators))
        self._record: Mapping[str, Any] = {}

    @property
    def phase(self) -> str:
        return str(self._record.get("phase", "before the alarm"))

    def is_over(self) -> bool:
        """Look once. Raises CommandError if the chain stands still, or the event ends unsettled."""
        if not self._chain.look():
            return False
        try:
            records = [record_of(client) for client in self._chain.clients]
        except (Unreachable, Refused):
            return False
        self._record = records[0]
        if self.phase in OVER and self.phase != Phase.SETTLED:
            raise CommandError(f"the event is {self.phase}: {self._record['reason']}")
        return all(record.get("phase") == Phase.SETTLED for record in records)

    def line(self) -> str:
        """How far it is."""
        return f"{self._chain.line}  [bold]{self.phase}[/]"


def record_of(client: NodeClient) -> Mapping[str, Any]:
    """The event as a node has it; nothing before its trigger."""
    return client.state(RESPONSE, event_key(EVENT)) or {}


def sent_by(folder: Path) -> Mapping[str, Traffic]:
    """By topic: what the agents of a running node sent. Raises Unreachable."""
    counted: dict[str, dict[str, int]] = {MESSAGES: {}, MESSAGE_BYTES: {}}
    for family in text_string_to_metric_families(api_client(read_config(folder)).metrics()):
        for sample in family.samples:
            if sample.name in counted:
                counted[sample.name][sample.labels["topic"]] = int(sample.value)
    return {
        topic: Traffic(messages, counted[MESSAGE_BYTES][topic])
        for topic, messages in counted[MESSAGES].items()
    }
