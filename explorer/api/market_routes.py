"""Markets, their rounds, and the curves of one round."""

from typing import Final

from pydantic.json_schema import SkipJsonSchema

from explorer.api.asked import Asked, Paged, Text, Whole
from explorer.api.models import markets as models
from explorer.api.problems import Problem
from explorer.api.routes import Route, indexed
from explorer.api.view import View
from explorer.index.queries import markets as queries


class OfMarket(Paged):
    """Rounds of a market, by its contract."""

    contract: Text


class OfRound(Asked):
    """A round of a market, of its first carrier if none is named; the orders of `party` are marked."""

    contract: Text
    round: Whole
    party: Text | SkipJsonSchema[None] = None
    carrier: Text | SkipJsonSchema[None] = None


def markets(view: View, _asked: Asked) -> models.MarketList:
    """Of this chain, those that have a book."""
    found = queries.markets(view.connection)
    return models.MarketList.model_validate({"items": found, "as_of": view.as_of})


def market_rounds(view: View, asked: OfMarket) -> models.RoundList:
    """The newest first."""
    if not queries.has_market(view.connection, asked.contract):
        raise Problem(404, "NoSuchMarket", "this chain has no such market")
    page = queries.rounds(view.connection, asked.contract, cursor=asked.cursor, limit=asked.limit)
    return models.RoundList.model_validate({"items": page.items, "next": page.next, "as_of": view.as_of})


def market_round(view: View, asked: OfRound) -> models.BookDocument:
    """Supply and demand of a round, its orders and trades."""
    found = queries.book(view.connection, asked.contract, asked.round, asked.party, asked.carrier)
    if found is None:
        raise Problem(404, "NotIndexed", f"no round {asked.round} of such a market is indexed")
    item = models.RoundItem.model_validate(found.round).model_dump(exclude={"orders"})
    return models.BookDocument.model_validate(
        {
            **item,
            "carriers": found.carriers,
            "carrier": found.carrier,
            "asks": found.asks,
            "bids": found.bids,
            "clearing": found.clearing,
            "orders": found.orders,
            "trades": found.trades,
            "as_of": view.as_of,
        }
    )


ROUTES: Final[tuple[Route, ...]] = (
    indexed("/markets", "The markets of this chain", markets, models.MarketList),
    indexed(
        "/markets/{contract}/rounds",
        "Rounds of a market, the newest first",
        market_rounds,
        models.RoundList,
        asked=OfMarket,
    ),
    indexed(
        "/markets/{contract}/rounds/{round}",
        "Supply, demand, orders and trades of a round",
        market_round,
        models.BookDocument,
        asked=OfRound,
        weight=5,
    ),
)
