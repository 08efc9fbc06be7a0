"""What a live pool came to, read from the chains of all its nodes after they stopped."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cli.agreement import Agreement, agreement_of, locked_amount, money_change, open_chains
from cli.pool.live.cast import CAST
from cli.pool.live.market import Flow, IntervalRow, Market, MoneyRow, SeatRow, Way
from contracts.pool.records import Phase
from ledger.quantities import Period


@dataclass(frozen=True, slots=True)
class Summary:
    """All intervals that were played."""

    agreement: Agreement
    intervals: Sequence[IntervalRow]
    cycle_slots: float
    """From one opening of an interval's cycle to the next, in the mean."""
    flows: Sequence[Flow]
    seats: Sequence[SeatRow]
    money: Sequence[MoneyRow]
    locked: int
    """What escrows hold still, in millionths."""
    money_change: int
    """Of all balances and escrows since the genesis, in millionths."""

    @property
    def is_settled(self) -> bool:
        """Whether all intervals are, but for those that passed before the platform was there."""
        opened = [row for row in self.intervals if row.phase != Phase.LAPSED.value]
        return bool(opened) and all(row.phase == Phase.SETTLED.value for row in opened)

    @property
    def energy_balanced(self) -> bool:
        """Whether everybody is billed for just what it traded, so that what is sold is bought."""
        return all(row.bought_wh == self.traded_wh(row.name, row.carrier) for row in self.seats)

    def traded_wh(self, name: str, carrier: str) -> int:
        """What somebody bought of a carrier; - sold."""
        return self.energy_wh(buyer=name, carrier=carrier) - self.energy_wh(seller=name, carrier=carrier)

    def energy_wh(self, **named: str | int) -> int:
        """Of all flows that have these fields."""
        chosen = [flow for flow in self.flows if all(getattr(flow, key) == named[key] for key in named)]
        return sum(flow.energy_wh for flow in chosen)

    @property
    def money_explained(self) -> bool:
        """Whether balances changed by just the bills, and nothing is owed or locked."""
        return (
            all(row.billed == row.paid for row in self.money)
            and not any(row.owed for row in self.seats)
            and self.money_change == self.locked == 0
        )

    @property
    def ways_used(self) -> bool:
        """Whether energy went all ways that there are."""
        return all(self.energy_wh(way=way.value) > 0 for way in Way)

    @property
    def silent(self) -> Sequence[SeatRow]:
        """Seats of which no reading came."""
        return [row for row in self.seats if row.readings == 0]

    @property
    def silence_billed(self) -> bool:
        """Whether those who said nothing are those who were to, and pay the network for it."""
        cast = {(player.name, carrier.value) for player in CAST for carrier in player.silent}
        named = {(row.name, row.carrier) for row in self.silent}
        return named == cast and all(row.network_wh > 0 for row in self.silent)

    @property
    def is_sound(self) -> bool:
        """Whether everything that must hold does."""
        return (
            self.agreement.roots_agree
            and self.is_settled
            and self.energy_balanced
            and self.money_explained
            and self.ways_used
            and self.silence_billed
        )

    def to_plain(self) -> dict[str, Any]:
        """For JSON: what is compared most stands at the top."""
        return {
            **asdict(self.agreement),
            "currency": "CNY",
            "money_change": self.money_change,
            "locked": self.locked,
            "is_settled": self.is_settled,
            "energy_balanced": self.energy_balanced,
            "money_explained": self.money_explained,
            "ways_used": self.ways_used,
            "silence_billed": self.silence_billed,
            "is_sound": self.is_sound,
            "cycle_slots": self.cycle_slots,
            "intervals": [asdict(row) for row in self.intervals],
            "flows": [asdict(row) for row in self.flows],
            "seats": [asdict(row) for row in self.seats],
            "money": [asdict(row) for row in self.money],
        }


def summarize(folders: Sequence[Path], periods: Sequence[Period]) -> Summary:
    """The summary of the intervals of these periods."""
    with open_chains(folders) as stores:
        store = stores[0]
        market = Market(store, periods)
        return Summary(
            agreement=agreement_of(stores),
            intervals=[*market.intervals()],
            cycle_slots=market.cycle_slots(),
            flows=[*market.flows()],
            seats=[*market.seats()],
            money=market.money(),
            locked=locked_amount(store.state),
            money_change=money_change(store),
        )
