"""What all markets have: rounds, orders, trades and bills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from explorer.index import tables
from explorer.index.readers.reader import Happening
from explorer.index.readers.times import moment_name
from explorer.index.rows import Rows
from ledger.genesis import Genesis
from ledger.quantities import divide_half_even

THE_MARKET = "the market"
"""A seller or buyer, of trades that the blocks tell of one side alone: all others together."""
NANO_PER_AMOUNT = 1_000
STEPS_MAX = 64
"""Of one bid; no market's curves have more."""


@dataclass(frozen=True, slots=True)
class Market:
    """Writes the rows of one contract's market."""

    contract: str
    title: str
    round_field: str
    """What its events call the number of a round."""

    def begin(self, rows: Rows, genesis: Genesis) -> None:
        """That this chain has it."""
        rows.put(tables.market_names, contract=self.contract, title=self.title)

    def round_of(self, seen: Happening) -> int:
        """Which round an event or a transaction is about."""
        return cast(int, seen.fields[self.round_field])

    def put_round(self, rows: Rows, number: int, **values: Any) -> None:
        """Set columns of a round."""
        rows.put(tables.market_rounds, contract=self.contract, round=number, **values)

    def open_process(self, rows: Rows, seen: Happening, number: int, period: int) -> None:
        """The round's trigger: it names the process."""
        label = moment_name(period, seen.facts.genesis.period_s)
        self.put_round(rows, number, process=seen.process, period=period, label=label)
        if seen.process is not None:
            rows.put(tables.processes, process=seen.process, label=f"{self.title} {label}")

    def due(self, rows: Rows, number: int, period: int, genesis: Genesis, **values: Any) -> None:
        """A round that awaits its trigger."""
        label = moment_name(period, genesis.period_s)
        self.put_round(rows, number, phase="due", period=period, label=label, **values)

    def phase(self, rows: Rows, seen: Happening) -> None:
        """An event by which a round comes into a phase."""
        self.put_round(rows, self.round_of(seen), phase=seen.fields["after"])

    def put_order(self, rows: Rows, number: int, item: str, **values: Any) -> None:
        """Set columns of an order, or of one step of a bid."""
        rows.put(tables.market_orders, contract=self.contract, round=number, item=item, **values)

    def find_order(self, rows: Rows, number: int, item: str) -> dict[str, Any] | None:
        """An order as it is now."""
        return rows.find(tables.market_orders, contract=self.contract, round=number, item=item)

    def fill_steps(self, rows: Rows, number: int, bid: int, quantity_wh: int) -> list[tuple[int, int]]:
        """What a bid came to is of its first steps, which are its best for whoever takes them: price and Wh
        of each that is."""
        filled: list[tuple[int, int]] = []
        for step in range(STEPS_MAX):
            order = self.find_order(rows, number, step_name(bid, step))
            if order is None or not quantity_wh:
                break
            matched = min(quantity_wh, order["quantity_wh"] or 0)
            self.put_order(rows, number, step_name(bid, step), matched_wh=matched)
            quantity_wh -= matched
            filled.append((order["price_ukwh"], matched))
        return filled

    def put_trade(self, rows: Rows, number: int, item: str, **values: Any) -> None:
        """Set columns of a trade."""
        rows.put(tables.market_trades, contract=self.contract, round=number, item=item, **values)

    def put_traded(
        self, rows: Rows, number: int, item: str, carrier: str, party: str, traded_wh: int, nano: int
    ) -> None:
        """What somebody bought (+) or sold (-) of a carrier in a round all in all, and paid for it (+), as
        its bill has it: at the mean of the prices."""
        if not traded_wh:
            return
        sign = 1 if traded_wh > 0 else -1
        quantity_wh, nano = sign * traded_wh, sign * nano
        seller, buyer = (THE_MARKET, party) if sign > 0 else (party, THE_MARKET)
        price_ukwh = divide_half_even(nano, quantity_wh)
        values = {"carrier": carrier, "seller": seller, "buyer": buyer, "price_ukwh": price_ukwh}
        self.put_trade(rows, number, item, **values, quantity_wh=quantity_wh)
        if sign < 0:
            key = {"contract": self.contract, "round": number, "carrier": carrier}
            amount, nano = divmod(nano, NANO_PER_AMOUNT)
            rows.add(tables.market_carriers, **key, traded_wh=quantity_wh, amount=amount, nano=nano)

    def find_trade(self, rows: Rows, number: int, item: str) -> dict[str, Any] | None:
        """A trade as it is now."""
        return rows.find(tables.market_trades, contract=self.contract, round=number, item=item)

    def put_bill(self, rows: Rows, seen: Happening, party: str, item: str, amount: object) -> None:
        """What somebody pays (+) or is paid (-), with all that the event says of it."""
        rows.put(
            tables.bills,
            contract=self.contract,
            round=self.round_of(seen),
            party=party,
            item=item,
            height=seen.facts.height,
            amount=amount,
            record=plain(seen.fields),
        )


def mean_price(filled: Sequence[tuple[int, int]]) -> int | None:
    """Of (price, Wh); None of nothing."""
    quantity_wh = sum(part_wh for _, part_wh in filled)
    nano = sum(price_ukwh * part_wh for price_ukwh, part_wh in filled)
    return divide_half_even(nano, quantity_wh) if quantity_wh else None


def step_name(bid: int, step: int) -> str:
    """The item of one step of a numbered bid."""
    return f"{bid}/{step}"


def plain(value: Any) -> Any:
    """A chain's value as JSON has it, bytes in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple) else value
