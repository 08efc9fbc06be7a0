"""What a live community came to, read from the chains of all its nodes after they stopped."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from cli.agreement import Agreement, agreement_of, money_change, open_chains
from contracts.community.agents.sight import Sight
from contracts.community.records import Phase, RoundRecord
from contracts.community.rounds import find_bills, find_match, find_round
from contracts.community.settlement import NOTHING_TRADED, Bill, settle
from ledger.store import Store
from node.chain import HeadView

MICRO: Final = 10**6
KWH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Summary:
    """A day of a community."""

    agreement: Agreement
    rounds: int
    settled: int
    matched: int
    """Rounds in which somebody had the orders matched."""
    bills: int
    missing_readings: int
    metered_kwh: float
    """+ taken by all homes together."""
    traded_kwh: float
    paid: float
    """By all homes together, in the currency."""
    at_tariff: float
    """What the grid alone would bill for the same readings. Without neighbours batteries would have run
    otherwise: what a central utility costs, `study community` plays."""
    debts: int
    """Homes' bills that were not paid in full."""
    energy_balanced: bool
    """Whether in every round what is bought is sold, and what is metered comes from trades and the grid."""
    money_change: int
    """Of all balances and escrows since the genesis, in millionths."""

    @property
    def is_sound(self) -> bool:
        """Whether everything that must hold does."""
        return (
            self.agreement.roots_agree
            and self.settled == self.rounds
            and self.energy_balanced
            and self.money_change == 0
        )

    def to_plain(self) -> dict[str, Any]:
        """For JSON and people."""
        fields = asdict(self)
        return {**fields.pop("agreement"), **fields, "is_sound": self.is_sound}


def summarize(folders: Sequence[Path], rounds: range) -> Summary:
    """The summary of rounds that are over."""
    with open_chains(folders) as stores:
        return _summary(stores[0], agreement_of(stores), rounds)


def _summary(store: Store, agreement: Agreement, rounds: range) -> Summary:
    sight = Sight(HeadView(store.genesis, store.head))
    records = [record for first in rounds if (record := find_round(sight, first)) is not None]
    settled = [record for record in records if record.phase is Phase.SETTLED]
    billed = [(record, find_bills(sight, record.first_period) or ()) for record in settled]
    bills = [bill for _, of_round in billed for bill in of_round]
    matches = [find_match(sight, record.first_period) for record in records]
    return Summary(
        agreement=agreement,
        rounds=len(rounds),
        settled=len(settled),
        matched=sum(match is not None for match in matches),
        bills=len(bills),
        missing_readings=sum(bill.missing for bill in bills),
        metered_kwh=sum(bill.metered_wh for bill in bills) / KWH,
        traded_kwh=sum(match.traded_wh for match in matches if match) / KWH,
        paid=sum(bill.amount for bill in bills) / MICRO,
        at_tariff=sum(amount for record, of_round in billed for amount in _at_tariff(record, of_round))
        / MICRO,
        debts=sum(bill.owed != 0 for bill in bills),
        energy_balanced=all(_is_balanced(of_round) for _, of_round in billed),
        money_change=money_change(store),
    )


def _at_tariff(record: RoundRecord, bills: Sequence[Bill]) -> Iterator[int]:
    """What each home would pay without neighbours."""
    return (settle(bill.home, NOTHING_TRADED, bill.metered_wh, 0, record.band).amount for bill in bills)


def _is_balanced(bills: Sequence[Bill]) -> bool:
    bought, nano = sum(bill.traded_wh for bill in bills), sum(bill.traded_nano for bill in bills)
    metered, grid = sum(bill.metered_wh for bill in bills), sum(bill.grid_wh for bill in bills)
    return bought == 0 and nano == 0 and metered == grid
