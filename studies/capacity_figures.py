"""The figures of a day of capacity windows: a book, the day, a right that falls short, shading."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from contracts.capacity.clearing import Curve
from studies.capacity import Day, Window
from studies.capacity_case import HOURS, QUARTERS
from studies.capacity_shading import Row
from studies.capacity_tables import hours_of, rights_of
from studies.figure import Caption, new_figure, save_svg

UKWH: Final = 10**6
WH_PER_KWH: Final = 1_000
MICRO: Final = 10**6
HOUR_TICKS: Final = range(0, HOURS + 1, 4)


def draw(day: Day, shading: Sequence[Row], directory: Path) -> list[Path]:
    """All figures, into a directory that is there."""
    paths = [directory / name for name in ("book.svg", "day.svg", "fulfilment.svg", "shading.svg")]
    draw_book(
        max(day.windows, key=lambda window: window.cleared.traded_wh if window.cleared else 0), paths[0]
    )
    draw_day(day, paths[1])
    draw_fulfilment(day, paths[2])
    draw_shading(shading, paths[3])
    return paths


def draw_book(window: Window, path: Path) -> None:
    """Supply and demand of the hour that trades most, and where they cross."""
    figure, (whole, near) = new_figure(
        Caption(f"All bids at {window.hour}:00 (synthetic)", "energy (kWh)", "price (CNY/kWh)"),
        Caption("Where they cross", "energy (kWh)", "price (CNY/kWh)"),
    )
    for axes in (whole, near):
        _plot_side(axes, window.asks, "C0", "supply", falls=False)
        _plot_side(axes, window.bids, "C1", "demand", falls=True)
    if window.cleared is not None:
        price, traded = window.cleared.price_ukwh / UKWH, window.cleared.traded_wh / WH_PER_KWH
        for axes in (whole, near):
            axes.plot([traded], [price], "o", color="black", label=f"{traded:.1f} kWh at {price:.4f}")
        near.set(xlim=(traded * 0.9, traded * 1.1), ylim=(price * 0.9, price * 1.1))
        low, high = window.cleared.lowest_ukwh / UKWH, window.cleared.highest_ukwh / UKWH
        if low < high:
            near.axhspan(low, high, color="black", alpha=0.12, label="prices at which all are content")
    whole.legend(loc="upper right")
    near.legend(loc="lower left")
    save_svg(figure, path)


def draw_day(day: Day, path: Path) -> None:
    """Price and trade by hour, beside the tariff."""
    figure, (prices, energies) = new_figure(
        Caption("The price of each window (synthetic)", "hour", "CNY/kWh"),
        Caption("What was traded", "hour", "kWh"),
    )
    rows = hours_of(day)
    prices.step(
        range(HOURS), [p / UKWH for p in day.case.tariff_ukwh], where="post", color="C7", label="tariff"
    )
    traded = [row for row in rows if row.price_ukwh is not None]
    prices.plot(
        [row.hour + 0.5 for row in traded],
        [(row.price_ukwh or 0) / UKWH for row in traded],
        "o",
        color="C0",
        label="uniform price",
    )
    energies.bar([row.hour + 0.5 for row in rows], [row.traded_kwh for row in rows], color="C0", label="sold")
    short = [row.traded_kwh - row.delivered_kwh for row in rows]
    energies.bar([row.hour + 0.5 for row in rows], short, color="C3", label="not delivered")
    for axes in (prices, energies):
        axes.set_xticks(HOUR_TICKS)
        axes.legend()
    prices.set_ylim(bottom=0)
    save_svg(figure, path)


def draw_fulfilment(day: Day, path: Path) -> None:
    """Payment that streams: the largest right that falls short, beside the largest that is kept."""
    figure, (streams, outcome) = new_figure(
        Caption("Paid as it is delivered", "quarter of the hour", "share of the price (%)"),
        Caption("What becomes of price and deposit", "", "CNY"),
    )
    rights = sorted(rights_of(day), key=lambda right: right.quantity_wh, reverse=True)
    shown = [
        ("kept", next((right for right in rights if right.refunded == 0), None)),
        ("short", next((right for right in rights if right.refunded > 0), None)),
    ]
    for style, color, (name, right) in zip("-:", ("C0", "C3"), shown, strict=True):
        if right is None:
            continue
        price = right.paid + right.refunded
        shares = [0.0, *[100 * paid / price for paid in right.streamed]]
        streams.step(
            range(QUARTERS + 1), shares, where="post", color=color, linewidth=2.5, linestyle=style, label=name
        )
        parts = (right.paid, right.refunded, right.deposit - right.slashed, right.slashed)
        names = ("paid", "refunded", "deposit back", "deposit lost")
        places = np.arange(len(parts)) + (0.2 if name == "short" else -0.2)
        outcome.bar(places, [part / MICRO for part in parts], 0.4, color=color, label=name)
        outcome.set_xticks(range(len(parts)), names)
    streams.set_xticks(range(QUARTERS + 1))
    streams.legend()
    outcome.legend()
    save_svg(figure, path)


def draw_shading(rows: Sequence[Row], path: Path) -> None:
    """What the largest trader gains by its best lie, and what that costs all together."""
    figure, (gains, losses) = new_figure(
        Caption("What the largest trader gains by shading", "traders", "gain (%)"),
        Caption("What it costs all together", "traders", "welfare lost (%)"),
    )
    sizes = [row.traders for row in rows]
    gains.plot(sizes, [row.seller_gain for row in rows], "o-", color="C0", label="the largest owner")
    gains.plot(sizes, [row.buyer_gain for row in rows], "s-", color="C1", label="the largest buyer")
    losses.plot(sizes, [row.welfare_lost for row in rows], "o-", color="C3")
    for axes in (gains, losses):
        axes.set_xscale("log", base=2)
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.set_ylim(bottom=0)
    gains.legend()
    save_svg(figure, path)


def _plot_side(axes: Axes, curves: Sequence[Curve], color: str, name: str, *, falls: bool) -> None:
    steps = sorted(
        (step for curve in curves for step in curve.steps), key=lambda s: s.price_ukwh, reverse=falls
    )
    sums = np.cumsum([0, *[step.quantity_wh for step in steps]]) / WH_PER_KWH
    prices = [step.price_ukwh / UKWH for step in steps]
    axes.step(sums, [*prices, prices[-1]] if prices else [], where="post", color=color, label=name)
