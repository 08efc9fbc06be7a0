"""What a live event came to, read from the chains and logs of all its nodes after they stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cli.agreement import Agreement, agreement_of, money_change, open_chains
from cli.response.event import Share, VoltageRow, read_event
from cli.response.steps import read_steps
from cli.response.trial import Trial
from cli.response.watch import EVENT, Traffic
from contracts.response.network import NPU
from contracts.response.records import Convergence
from studies.response_sequence import Step

MICRO = 10**6
NANO = 10**9


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole event."""

    agreement: Agreement
    slot_ms: int
    target_w: int
    steps: Sequence[Step]
    convergence: Convergence
    traffic: Mapping[str, Traffic]
    """By topic, of all nodes."""
    cost_per_hour: float
    paid: float
    """To all owners together."""
    shares: Sequence[Share]
    alarmed: str
    """The bus whose meter raised the alarm."""
    voltages: Sequence[VoltageRow]
    metered_pu: Sequence[float]
    """All voltages that all meters saw while the event lasted."""
    band_pu: tuple[float, float]
    """The least and the greatest voltage that is allowed."""
    money_change: int
    """Of all balances and escrows since the genesis, in millionths."""
    killed: str
    trial: Trial

    @property
    def voltage_held(self) -> bool:
        """Whether there are readings, and all of them are within the band."""
        lowest_pu, highest_pu = self.band_pu
        return bool(self.metered_pu) and all(lowest_pu <= seen <= highest_pu for seen in self.metered_pu)

    @property
    def killed_left_out(self) -> bool:
        """Whether who was killed gives nothing."""
        return all(share.response_w == 0 for share in self.shares if share.owner == self.killed)

    @property
    def is_sound(self) -> bool:
        """Whether everything that must hold does."""
        return (
            self.agreement.roots_agree
            and self.money_change == 0
            and self.voltage_held
            and self.killed_left_out
            and self.trial.holds
        )

    def to_plain(self) -> dict[str, Any]:
        """For JSON: what is compared most stands at the top."""
        return {
            "target_w": self.target_w,
            **asdict(self.agreement),
            "currency": "CNY",
            "cost_per_hour": self.cost_per_hour,
            "paid": self.paid,
            "money_change": self.money_change,
            "voltage_held": self.voltage_held,
            "band_pu": self.band_pu,
            "killed": self.killed,
            "convergence": asdict(self.convergence),
            "traffic": {topic: asdict(sent) for topic, sent in self.traffic.items()},
            "shares": [asdict(share) for share in self.shares],
            "alarmed": self.alarmed,
            "voltages": [asdict(row) for row in self.voltages],
            "steps": [{**asdict(step), "waited_ms": step.waited_ms} for step in self.steps],
            "accepted": {name: not reason for name, reason in self.trial.accepted.items()},
            "refusals": [asdict(refusal) for refusal in self.trial.refusals],
        }


def summarize(
    validators: Sequence[Path],
    owners: Sequence[Path],
    traffic: Mapping[str, Traffic],
    killed: str,
    trial: Trial,
) -> Summary:
    """The summary of a settled event; owners' nodes that were killed have no say about the chain."""
    living = [folder for folder in owners if folder.name != killed]
    with open_chains((*validators, *living)) as stores:
        store = stores[0]
        event = read_event(store, EVENT)
        network, shares = event.sight.calendar.parameters.network, tuple(event.shares())
        return Summary(
            agreement=agreement_of(stores),
            slot_ms=store.genesis.slot_ms,
            target_w=event.record.target_w,
            steps=read_steps(store, event.record, validators[0], (*validators, *owners)),
            convergence=event.dispatch.convergence,
            traffic=traffic,
            cost_per_hour=event.dispatch.cost_nano_h / NANO,
            paid=sum(share.bill.payment for share in shares if share.bill) / MICRO,
            shares=shares,
            alarmed=network.buses[event.alarmed.bus].name,
            voltages=tuple(event.voltages()),
            metered_pu=tuple(event.all_metered_pu()),
            band_pu=(network.lowest_npu / NPU, network.highest_npu / NPU),
            money_change=money_change(store),
            killed=killed,
            trial=trial,
        )
