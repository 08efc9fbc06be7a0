"""Watching an event from outside, through the APIs of the nodes, until it is settled on all validators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from cli.chain_watch import ChainWatch
from cli.errors import CommandError
from cli.founding import time_of
from cli.node_directory import api_client, read_config
from contracts.metering.readings import reading_key
from contracts.response.parameters import RESPONSE, parameters_of
from contracts.response.process import OVER
from contracts.response.records import Phase, event_key
from ledger.genesis import Genesis
from ledger.quantities import Period
from node.client import NodeClient
from node.errors import Refused, Unreachable

EVENT: Final = 0
"""The chain's first."""
READ_AFTER_PERIODS: Final = 2
"""A reading is made in the block after its period, and is in the next."""

MESSAGES: Final = "gridquorum_agent_messages_total"
MESSAGE_BYTES: Final = "gridquorum_agent_message_bytes_total"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What agents sent to those at other nodes, as the nodes counted it."""

    messages: int
    message_bytes: int


class EventWatch:
    """Asks the validators how far the event is."""

    def __init__(self, validators: Sequence[Path], genesis: Genesis) -> None:
        self._chain = ChainWatch(validators)
        self._genesis = genesis
        self._record: Mapping[str, Any] = {}
        self._voltage = ""

    @property
    def phase(self) -> str:
        return str(self._record.get("phase", "before the event"))

    def is_over(self) -> bool:
        """Look once. Raises CommandError if the chain stands still, or the event ends unsettled."""
        if not self._chain.look():
            return False
        try:
            records = [record_of(client) for client in self._chain.clients]
            self._record = records[0]
            self._note_voltage()
        except (Unreachable, Refused):
            return False
        if self.phase in OVER and self.phase != Phase.SETTLED:
            raise CommandError(f"the event is {self.phase}: {self._record['reason']}")
        return all(record.get("phase") == Phase.SETTLED for record in records)

    def line(self) -> str:
        """How far it is."""
        return "  ".join(
            filter(None, (self._chain.line, self._time, f"[bold]{self.phase}[/]", self._voltage))
        )

    @property
    def _period(self) -> Period:
        return self._genesis.period(self._chain.slot)

    @property
    def _time(self) -> str:
        return time_of(self._period) if self._chain.slot else ""

    def _note_voltage(self) -> None:
        """Of the last reading of the meter that raised the alarm."""
        alarm = self._record.get("alarm")
        if not alarm:
            return
        key = reading_key(alarm["meter"], Period(self._period - READ_AFTER_PERIODS))
        reading = self._chain.clients[0].state("metering", key)
        if reading:
            nominal_mv = parameters_of(self._genesis).network.nominal_mv
            self._voltage = f"{reading['voltage_mv'] / nominal_mv:.4f} p.u."


def record_of(client: NodeClient) -> Mapping[str, Any]:
    """The event as a node has it; nothing before its trigger."""
    return client.state(RESPONSE, event_key(EVENT)) or {}


def sent_by(folder: Path) -> Mapping[str, Traffic]:
    """By topic: what the agents of a running node sent. Raises Unreachable."""
    return traffic_in(api_client(read_config(folder)).metrics())


def traffic_in(metrics: str) -> Mapping[str, Traffic]:
    """By topic: what is in a node's metrics."""
    counted: dict[str, dict[str, int]] = {MESSAGES: {}, MESSAGE_BYTES: {}}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name in counted:
                counted[sample.name][sample.labels["topic"]] = int(sample.value)
    return {
        topic: Traffic(messages, counted[MESSAGE_BYTES][topic])
        for topic, messages in counted[MESSAGES].items()
    }
