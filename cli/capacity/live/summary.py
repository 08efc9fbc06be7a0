"""What a live window came to, read from the chains of all its nodes after they stopped."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cli.agreement import Agreement, agreement_of, locked_amount, money_change, open_chains
from cli.capacity.live.cast import CAST, Conduct
from cli.capacity.live.money import MoneyRow, money_rows
from cli.capacity.live.window import BidRow, Delivery, RightRow, read_window
from contracts.capacity.bids import Side
from contracts.capacity.records import Phase
from ledger.quantities import Period, PriceUkwh, amount


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole window."""

    agreement: Agreement
    window: int
    first_period: Period
    phase: str
    price_ukwh: PriceUkwh | None
    bids: Sequence[BidRow]
    rights: Sequence[RightRow]
    deliveries: Sequence[Delivery]
    money: Sequence[MoneyRow]
    locked: int
    """What escrows hold still."""
    money_change: int
    """Of all balances and escrows since the genesis, in millionths."""

    @property
    def energy_paid(self) -> bool:
        """Whether sellers sold what buyers bought, and were paid for just what they delivered."""
        streamed = sum(delivery.payment for delivery in self.deliveries)
        return (
            self.traded_wh(Side.SELL) == self.traded_wh(Side.BUY)
            and all(right.paid == amount(right.delivered_wh, right.price_ukwh) for right in self.rights)
            and streamed == sum(right.paid for right in self.rights)
        )

    def traded_wh(self, side: Side) -> int:
        """By all bids of a side."""
        return sum(bid.traded_wh for bid in self.bids if bid.side == side.value)

    @property
    def money_explained(self) -> bool:
        """Whether every balance changed by what is told of it, each kind of payment sums to nothing, and
        nothing is locked."""
        columns = zip(*(row.parts for row in self.money), strict=True)
        return (
            self.money_change == self.locked == 0
            and all(row.change == sum(row.parts) for row in self.money)
            and all(sum(column) == 0 for column in columns)
        )

    @property
    def losers(self) -> frozenset[str]:
        """Who lost a bond, a deposit, or a part of it."""
        bonds = {bid.name for bid in self.bids if bid.bond_lost > 0}
        sellers = {right.obligor for right in self.rights if right.seller_lost > 0}
        return frozenset(bonds | sellers | {right.buyer for right in self.rights if right.buyer_lost > 0})

    @property
    def culprits_lost(self) -> bool:
        """Whether just those lost something who broke their word."""
        return self.losers == {player.name for player in CAST if not player.is_faithful}

    @property
    def right_resold(self) -> bool:
        """Whether a right was delivered to another than who bought it first."""
        (reseller,) = (player.name for player in CAST if player.conduct is Conduct.RESELLER)
        (second,) = (player.name for player in CAST if player.conduct is Conduct.SECOND_BUYER)
        return any((right.buyer, right.holder) == (reseller, second) for right in self.rights)

    @property
    def is_sound(self) -> bool:
        """Whether everything that must hold does."""
        return (
            self.agreement.roots_agree
            and self.phase == Phase.SETTLED.value
            and self.energy_paid
            and self.money_explained
            and self.culprits_lost
            and self.right_resold
        )

    def to_plain(self) -> dict[str, Any]:
        """For JSON: what is compared most stands at the top."""
        return {
            **asdict(self.agreement),
            "currency": "CNY",
            "money_change": self.money_change,
            "locked": self.locked,
            "energy_paid": self.energy_paid,
            "money_explained": self.money_explained,
            "culprits_lost": self.culprits_lost,
            "right_resold": self.right_resold,
            "is_sound": self.is_sound,
            "window": self.window,
            "first_period": self.first_period,
            "phase": self.phase,
            "price_ukwh": self.price_ukwh,
            "bids": [asdict(row) for row in self.bids],
            "rights": [asdict(row) for row in self.rights],
            "deliveries": [asdict(row) for row in self.deliveries],
            "money": [asdict(row) for row in self.money],
        }


def summarize(folders: Sequence[Path]) -> Summary:
    """The summary of the window. Raises CommandError if there was none."""
    with open_chains(folders) as stores:
        store = stores[0]
        window = read_window(store)
        return Summary(
            agreement=agreement_of(stores),
            window=window.record.number,
            first_period=window.record.first_period,
            phase=window.record.phase.value,
            price_ukwh=window.price_ukwh,
            bids=[*window.bids()],
            rights=[*window.rights()],
            deliveries=[*window.deliveries()],
            money=money_rows(store, window.payments),
            locked=locked_amount(store.state),
            money_change=money_change(store),
        )
