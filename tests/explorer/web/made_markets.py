"""Made markets and a made network on a made chain, as the API tells of them."""

import math
from random import Random
from typing import Any

from explorer.index.readers.market import THE_MARKET
from tests.explorer.web.made_chain import PARKS, Chain, Document, address, digest

BUSES = 22
PRICES: list[Document] = [
    {"carrier": "electricity", "price_ukwh": 212_000, "traded_wh": 30_200},
    {"carrier": "heat", "price_ukwh": 84_500, "traded_wh": 18_000},
]


class Markets:
    """Documents about markets and the network, up to the newest period that is known."""

    def __init__(self, chain: Chain, newest: int) -> None:
        self.chain = chain
        self.newest = newest

    def markets(self) -> list[Document]:
        return [
            {"contract": name, "title": title, "rounds": 48, "last": self.round(name, 48)}
            for name, title in (("community", "Community of homes"), ("pool", "Pool of many carriers"))
        ]

    def round(self, contract: str, number: int) -> Document:
        return {
            "round": number,
            "label": self.chain.called(f"round {number}"),
            "phase": "settled" if number < 48 else "matched",
            "period": self.newest - 48 + number,
            "price_ukwh": None if contract == "pool" else 141_500 + 700 * number,
            "prices": PRICES if contract == "pool" else [],
            "traded_wh": 48_200,
            "orders": 40,
            "process": digest("process", number % 4),
        }

    def cleared(self, contract: str, number: int, query: Any) -> Document:
        carriers = [price["carrier"] for price in PRICES] if contract == "pool" else []
        carrier = query.get("carrier", carriers[0]) if carriers else None
        chance = Random(f"{number}/{carrier}")
        orders = [self.order(chance, place, query.get("party", "")) for place in range(40)]
        asks, bids = steps(orders, "sell"), steps(orders, "buy")
        traded: Document = {"price_ukwh": 151_000, "quantity_wh": 12_000}
        return {
            **self.round(contract, number),
            "carriers": carriers,
            "carrier": carrier,
            "asks": asks,
            "bids": bids,
            "clearing": None if carriers else meeting(asks, bids),
            "orders": orders,
            "trades": [
                {"seller": address(PARKS[0]), "buyer": THE_MARKET, **traded},
                {"seller": THE_MARKET, "buyer": address(PARKS[1]), **traded},
            ],
        }

    def order(self, chance: Random, place: int, party: str) -> Document:
        side = ("buy", "sell")[place % 2]
        price = chance.randrange(90_000, 210_000, 1_000)
        quantity = chance.randrange(500, 4_000, 100)
        is_matched = price >= 151_000 if side == "buy" else price <= 151_000
        who = address(PARKS[place % 3])
        matched = quantity if is_matched else 0
        return {
            "party": who,
            "side": side,
            "price_ukwh": price,
            "quantity_wh": quantity,
            "matched_wh": matched,
            "is_mine": who == party,
        }

    def network(self, query: Any) -> Document:
        first = self.newest - 8
        event, period = int(query.get("event", 2)), int(query.get("period", first))
        drop = 1_500_000 * (period - first + 1)
        lines = [{"source": number // 2, "target": number + 1} for number in range(BUSES - 1)]
        return {
            "events": [self.event(number, first) for number in (2, 1)],
            "event": event,
            "period": period,
            "periods": list(range(first, first + 8)),
            "buses": [
                {
                    "number": number,
                    "name": self.chain.called(f"bus {number}"),
                    "voltage_npu": 1_020_000_000 - drop * int(math.log2(number + 1)) * 3,
                    "before_npu": 1_020_000_000 - 2 * drop * int(math.log2(number + 1)) * 3,
                }
                for number in range(BUSES)
            ],
            "lines": [{**line, "loading_ppm": 950_000 // (line["target"])} for line in lines],
            "lowest_npu": 950_000_000,
            "highest_npu": 1_050_000_000,
        }

    def event(self, number: int, first: int) -> Document:
        return {
            "event": number,
            "phase": "settled",
            "target_w": -120_000 * number,
            "first_period": first,
            "periods": 8,
            "cost_nano_h": 3_100_000_000,
            "process": digest("process", number),
        }


def steps(orders: list[Document], side: str) -> list[list[int]]:
    """Prices and cumulated quantities, the best price first."""
    chosen = sorted(
        (o for o in orders if o["side"] == side), key=lambda o: o["price_ukwh"], reverse=side == "buy"
    )
    total, found = 0, []
    for order in chosen:
        total += order["quantity_wh"]
        found.append([order["price_ukwh"], total])
    return found


def meeting(asks: list[list[int]], bids: list[list[int]]) -> Document:
    """The largest quantity for which the marginal bid still pays the marginal ask."""

    def price(side: list[list[int]], quantity: int) -> int:
        return next(price for price, total in side if total >= quantity)

    totals = sorted({total for _, total in asks + bids if total <= min(asks[-1][1], bids[-1][1])})
    quantity = max(total for total in totals if price(bids, total) >= price(asks, total))
    lowest, highest = price(asks, quantity), price(bids, quantity)
    return {
        "price_ukwh": (lowest + highest) // 2,
        "quantity_wh": quantity,
        "lowest": lowest,
        "highest": highest,
    }
