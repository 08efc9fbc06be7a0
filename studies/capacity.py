"""A day of capacity windows, cleared, joined and fulfilled by the contract's own mathematics.

Each hour is a window. What is left in the batteries goes on from hour to hour; in the cheapest hours of the
tariff they charge. Some devices stop halfway, so that fulfilment, refunds and deposits have something to do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
from scipy.optimize import linprog

from contracts.capacity.clearing import Cleared, Curve, check_kkt, clear, lot, seeded
from contracts.capacity.rights import alpha_permille, deliver, deposit, flat_wh, join, power_shares
from crypto.hashing import sha256
from ledger.quantities import amount
from studies.capacity_case import HOURS, QUARTERS, CapacityCase, Owner, book_of

DEPOSIT_PERMILLE: Final = (50, 200)
CHARGE_SHARE: Final = 4
"""An empty battery is full again after so many hours."""


@dataclass(frozen=True, slots=True)
class RightOutcome:
    """What became of one right; amounts in millionths of the currency."""

    hour: int
    obligor: str
    holder: str
    quantity_wh: int
    price_ukwh: int
    delivered_wh: int
    paid: int
    refunded: int
    deposit: int
    slashed: int
    """What of the seller's deposit went to the holder."""
    streamed: tuple[int, ...]
    """Paid after each quarter, all in all."""


@dataclass(frozen=True, slots=True)
class Window:
    """One hour."""

    hour: int
    asks: Sequence[Curve]
    bids: Sequence[Curve]
    seed: bytes
    cleared: Cleared | None
    welfare: int
    """Value of what was bought less cost of what was sold, as bid; nano of the currency."""
    optimum: float
    """The same, of the linear program."""
    rights: Sequence[RightOutcome]


@dataclass(frozen=True, slots=True)
class Day:
    """A played day."""

    case: CapacityCase
    windows: Sequence[Window]


def play(case: CapacityCase, advance: Callable[[int], None] = lambda _: None) -> Day:
    """All hours in turn; the same case gives the same day."""
    held = [owner.device.usable_wh for owner in case.owners]
    kept = {owner.name: (0, 0) for owner in case.owners}
    windows = []
    for hour in range(HOURS):
        window = _play_hour(case, hour, held, kept)
        windows.append(window)
        _use(case, window, held)
        advance(hour + 1)
    return Day(case, windows)


def welfare(asks: Sequence[Curve], bids: Sequence[Curve], cleared: Cleared | None) -> int:
    """Value of what is bought less cost of what is sold, nano of the currency."""
    if cleared is None:
        return 0
    worth = sum(worth_of(bid, wh) for bid, wh in zip(bids, cleared.bought, strict=True))
    return worth - sum(worth_of(ask, wh) for ask, wh in zip(asks, cleared.sold, strict=True))


def worth_of(curve: Curve, traded_wh: int) -> int:
    """What the first Wh of a curve are worth to whom it belongs, nano of the currency."""
    total = 0
    for step in curve.steps:
        part = min(traded_wh, step.quantity_wh)
        total, traded_wh = total + part * step.price_ukwh, traded_wh - part
    return total


def optimum(asks: Sequence[Curve], bids: Sequence[Curve]) -> float:
    """The greatest welfare, by a linear program that knows nothing of prices."""
    steps = [(-1, step) for ask in asks for step in ask.steps]
    steps += [(1, step) for bid in bids for step in bid.steps]
    signs = np.array([sign for sign, _ in steps])
    prices = np.array([step.price_ukwh for _, step in steps])
    bounds = [(0, step.quantity_wh) for _, step in steps]
    result = linprog(-signs * prices, A_eq=[signs], b_eq=[0], bounds=bounds, method="highs")
    return -float(result.fun)


def _play_hour(
    case: CapacityCase, hour: int, held: Sequence[int], kept: dict[str, tuple[int, int]]
) -> Window:
    asks, bids = book_of(case, hour, held)
    seed = sha256(f"{case.seed}/{hour}".encode())
    cleared = clear(asks, bids, seed, seeded(seed))
    rights: list[RightOutcome] = []
    if cleared is not None:
        check_kkt(asks, bids, cleared)
        rights = fulfil(case, hour, seed, asks, bids, cleared, kept)
    return Window(hour, asks, bids, seed, cleared, welfare(asks, bids, cleared), optimum(asks, bids), rights)


def fulfil(
    case: CapacityCase,
    hour: int,
    seed: bytes,
    asks: Sequence[Curve],
    bids: Sequence[Curve],
    cleared: Cleared,
    kept: dict[str, tuple[int, int]],
) -> list[RightOutcome]:
    """Join, deliver and pay as the contract does, and note in `kept` what each owner owed and kept, Wh.

    An owner whose device stops gives nothing in the last two quarters.
    """
    sellers, buyers = _drawn(seed, asks, cleared.sold), _drawn(seed, bids, cleared.bought)
    matches = join([wh for _, wh in sellers], [wh for _, wh in buyers])
    by_name = {owner.name: owner for owner in case.owners}
    outcomes = []
    for place, (name, _) in enumerate(sellers):
        own = [match for match in matches if match.seller == place]
        quantities = [match.quantity_wh for match in own]
        alpha = alpha_permille(*DEPOSIT_PERMILLE, *kept[name])
        streams = _delivered(by_name[name], quantities, Random(f"{case.seed}/{name}/{hour}"))  # noqa: S311
        for match, stream in zip(own, streams, strict=True):
            put_down = deposit(alpha, match.quantity_wh, cleared.price_ukwh)
            outcomes.append(
                _outcome(hour, name, buyers[match.buyer][0], match.quantity_wh, cleared, stream, put_down)
            )
        owed, had = kept[name]
        kept[name] = (owed + sum(quantities), had + sum(stream[-1] for stream in streams))
    return outcomes


def _drawn(seed: bytes, curves: Sequence[Curve], traded: Sequence[int]) -> list[tuple[str, int]]:
    trading = [(curve.name, wh) for curve, wh in zip(curves, traded, strict=True) if wh > 0]
    return sorted(trading, key=lambda row: lot(seed, row[0]))


def _delivered(owner: Owner, quantities: Sequence[int], random: Random) -> list[tuple[int, ...]]:
    """By right: what is delivered until each quarter's end."""
    caps = [power_w // QUARTERS for power_w in owner.device.export_w[:QUARTERS]]
    stops = random.randrange(1_000) < owner.fails_permille
    shares = power_shares(caps, quantities)
    calls = [flat_wh(quantity, share) for quantity, share in zip(quantities, shares, strict=True)]
    totals, rows = [0] * len(quantities), []
    for quarter in range(QUARTERS):
        called = [call[quarter] for call in calls]
        metered = 0 if stops and quarter >= QUARTERS // 2 else sum(called)
        parts = deliver(called, metered)
        totals = list(map(int.__add__, totals, parts))
        rows.append(totals)
    return list(zip(*rows, strict=True))


def _outcome(
    hour: int,
    obligor: str,
    holder: str,
    quantity_wh: int,
    cleared: Cleared,
    stream: Sequence[int],
    put_down: int,
) -> RightOutcome:
    price = cleared.price_ukwh
    streamed = tuple([amount(wh, price) for wh in stream])
    return RightOutcome(
        hour=hour,
        obligor=obligor,
        holder=holder,
        quantity_wh=quantity_wh,
        price_ukwh=price,
        delivered_wh=stream[-1],
        paid=streamed[-1],
        refunded=amount(quantity_wh, price) - streamed[-1],
        deposit=put_down,
        slashed=put_down - put_down * stream[-1] // quantity_wh,
        streamed=streamed,
    )


def _use(case: CapacityCase, window: Window, held: list[int]) -> None:
    """What was delivered is gone; in the cheapest hours, batteries charge."""
    gone: dict[str, int] = {}
    for right in window.rights:
        gone[right.obligor] = gone.get(right.obligor, 0) + right.delivered_wh
    for place, owner in enumerate(case.owners):
        usable = owner.device.usable_wh
        charged = usable // CHARGE_SHARE if not case.is_dear(window.hour) else 0
        held[place] = min(usable, held[place] - gone.get(owner.name, 0) + charged)
