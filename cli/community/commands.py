"""`gridquorum community`: why an order was (not) matched in a round, and tables of all of it."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from cli.describe import Names
from cli.errors import CommandError
from cli.node_directory import HERE, NodeDirectory, open_chain
from cli.output import AsJson, report
from cli.tables import MarketTables, write_tables
from contracts.community.agents.sight import Sight
from contracts.community.explanation import explain
from contracts.community.orders import Book, Match
from contracts.community.parameters import COMMUNITY
from contracts.community.rounds import find_bills, find_book, find_match, find_round
from ledger.store import Store
from node.chain import HeadView

app = typer.Typer(help="Look at rounds of neighbours' trading.", no_args_is_help=True)

PeriodArgument = Annotated[int, typer.Argument(help="The round's first period.", min=0)]


@app.command()
def why(
    period: PeriodArgument,
    who: Annotated[str, typer.Argument(help="Name or address of the home.")],
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Say why a home's order was (not) matched: computed anew; `keys` are where the chain keeps what proves
    it."""
    with open_chain(directory) as store:
        found = _find(store, period)
        answer = explain(period, found.book, found.match, found.names.address_of(who))
        if answer is None:
            raise CommandError(f"{who} had no order in the round of period {period}")
        said = asdict(answer) | {"side": answer.side.value, "reason": answer.reason.value}
        report({"period": period, "state_root": store.head.state.root, **said}, as_json)


@app.command()
def export(
    period: PeriodArgument,
    out: MarketTables,
    directory: NodeDirectory = HERE,
) -> None:
    """Write a round's orders, its trades and its bills as tables."""
    with open_chain(directory) as store:
        found = _find(store, period)
        tables = {"bids": found.bids(), "trades": found.trades(), "bills": found.bills()}
    write_tables(out, tables)


@dataclass(frozen=True, slots=True)
class CommunityRound:
    """What the chain knows of one matched round, as rows that people and tables take."""

    sight: Sight
    period: int
    book: Book
    match: Match
    names: Names

    def bids(self) -> list[dict[str, Any]]:
        """In the order in which the mechanism takes them."""
        return [
            {"side": side, "name": self.names[order.home], "energy_wh": order.energy_wh,
             "limit_ukwh": order.limit_ukwh}
            for side, orders in (("ask", self.book.asks_by_price()), ("bid", self.book.bids_by_price()))
            for order in orders
        ]  # fmt: skip

    def trades(self) -> list[dict[str, Any]]:
        """In the order in which they came about."""
        return [
            asdict(trade) | {"seller": self.names[trade.seller], "buyer": self.names[trade.buyer]}
            for trade in self.match.trades
        ]

    def bills(self) -> list[dict[str, Any]]:
        """By home; none before the settlement."""
        return [
            {"name": self.names[bill.home], **asdict(bill)}
            for bill in find_bills(self.sight, self.period) or ()
        ]


def _find(store: Store, period: int) -> CommunityRound:
    """Raises CommandError."""
    if COMMUNITY not in store.genesis.contracts:
        raise CommandError("this chain has no market of neighbours")
    sight = Sight(HeadView(store.genesis, store.head))
    if find_round(sight, period) is None:
        raise CommandError(f"there is no round of period {period}")
    book, match = find_book(sight, period), find_match(sight, period)
    if book is None or match is None:
        raise CommandError(f"the round of period {period} was not matched")
    return CommunityRound(sight, period, book, match, Names(store.genesis, store.head.state))
