"""The round that most tests are about."""

from tests.contracts.community.market import Market

PRICE = 160_000
"""Halfway between elm's ask and gum's bid."""


def usual_round(**settings: object) -> Market:
    """elm sells to gum and holly 1,000 Wh of the 1,500 Wh that they want; fir stays with the grid."""
    market = Market(**settings)  # type: ignore[arg-type]
    market.trade(
        market.ask("elm", 1_000, 120_000), market.bid("gum", 700, 220_000), market.bid("holly", 300, 200_000)
    )
    return market


def settled(market: Market, **net_wh: int | tuple[int | None, ...]) -> Market:
    market.deliver(**net_wh)
    market.settle()
    return market
