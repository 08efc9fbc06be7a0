"""A synthetic day of capacity windows: owners with batteries, buyers with a tariff that they would avoid.

Everything but the tariff is drawn from a seed, and is called synthetic wherever it is shown. An owner asks
what its battery's use costs by its own theta (Ren et al., eq. 28), and the night's energy that it holds; a
buyer bids no more than the tariff of the hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from contracts.capacity.clearing import Curve, Step
from contracts.capacity.devices import Device, bound_wh
from contracts.capacity.solving.degradation import MILD_MK, Theta, Use, ask
from crypto.address import Address
from ledger.quantities import EnergyWh, PowerW, PriceUkwh
from studies.profiles import load_tariff

HOURS: Final = 24
QUARTERS: Final = 4
"""Periods of an hour, which is one window."""

WH_PER_KWH: Final = 1_000
PARTS_PER_MILLION: Final = 10**6
ASK_STEPS: Final = 6

FEN_UKWH: Final = 10_000
"""A hundredth of the currency a kWh: people bid in these, so that some bid the same."""

WORTH_PER_WH: Final = 2.0
"""What a battery's whole state of health is worth, CNY: 400 a kWh of which the first fifth can be used."""

PARTS: Final = ((5, 1.0, 0.9), (3, 0.9, 0.6), (2, 0.6, 0.3))
"""Of a buyer's ten tenths of an hour: how many, and the range of their value as a share of the tariff."""

SHAPE: Final = (
    0.4, 0.35, 0.3, 0.3, 0.3, 0.4, 0.7, 1.0, 1.1, 1.0, 0.9, 1.0,
    1.1, 1.0, 0.9, 0.9, 1.0, 1.3, 1.7, 1.9, 1.7, 1.3, 0.9, 0.6,
)  # fmt: skip
"""The buyers' demand by hour, as a share of their mean."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with a battery."""

    name: str
    device: Device
    theta: Theta
    fails_permille: int
    """In how many of a thousand windows its device stops halfway."""

    @property
    def worth(self) -> float:
        return self.device.energy_wh * WORTH_PER_WH


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody with a demand."""

    name: str
    mean_wh: int
    """In an hour."""


@dataclass(frozen=True, slots=True)
class CapacityCase:
    """Who takes part, and the tariff by hour."""

    owners: tuple[Owner, ...]
    buyers: tuple[Buyer, ...]
    tariff_ukwh: tuple[int, ...]
    seed: int

    @property
    def night_ukwh(self) -> int:
        """At which batteries are charged."""
        return min(self.tariff_ukwh)

    def is_dear(self, hour: int) -> bool:
        """Whether batteries give in this hour; in the others they charge."""
        return self.tariff_ukwh[hour] > self.night_ukwh

    def share(self, hour: int) -> float:
        """Of a full battery, what is offered in an hour, so that it lasts for all dear ones."""
        whole = sum(SHAPE[other] for other in range(HOURS) if self.is_dear(other))
        return SHAPE[hour] / whole if self.is_dear(hour) else 0.0


def make_case(owners: int, buyers: int, seed: int) -> CapacityCase:
    """The same seed makes the same case."""
    random = Random(f"capacity study {seed}")  # noqa: S311 (a study's data, not a secret)
    return CapacityCase(
        owners=tuple([_owner(f"owner{number:03}", random) for number in range(owners)]),
        buyers=tuple([Buyer(f"buyer{number:03}", random.randint(200, 1_500)) for number in range(buyers)]),
        tariff_ukwh=load_tariff().buy_ukwh[: HOURS * QUARTERS : QUARTERS],
        seed=seed,
    )


def ask_of(case: CapacityCase, owner: Owner, hour: int, held_wh: int) -> Curve | None:
    """What an owner asks, with so much left in its battery, at the export; None if it is next to nothing."""
    device = owner.device
    caps = [power_w // QUARTERS for power_w in device.export_w[:QUARTERS]]
    most_wh = min(bound_wh(device, caps), int(device.usable_wh * case.share(hour)), held_wh)
    if most_wh < ASK_STEPS:
        return None
    use = Use(device.usable_wh, sum(caps), _temperature_mk(hour), owner.worth)
    both_ways = device.charge_ppm * device.discharge_ppm
    energy_ukwh = -(-case.night_ukwh * PARTS_PER_MILLION**2 // both_ways)
    steps = ask(owner.theta, use, most_wh, ASK_STEPS, energy_ukwh)
    in_fen = [
        replace(step, price_ukwh=PriceUkwh(-(-step.price_ukwh // FEN_UKWH) * FEN_UKWH)) for step in steps
    ]
    return Curve(owner.name, tuple(in_fen))


def bid_of(case: CapacityCase, buyer: Buyer, hour: int) -> Curve:
    """What a buyer bids in an hour: the same whenever it is asked."""
    random = Random(f"{case.seed}/{buyer.name}/{hour}")  # noqa: S311 (a study's data, not a secret)
    tenth_wh = max(1, round(buyer.mean_wh * SHAPE[hour] * random.uniform(0.7, 1.3) / 10))
    tariff = case.tariff_ukwh[hour]
    steps = [
        Step(
            EnergyWh(tenths * tenth_wh),
            PriceUkwh(round(tariff * random.uniform(low, high)) // FEN_UKWH * FEN_UKWH),
        )
        for tenths, high, low in PARTS
    ]
    return Curve(buyer.name, tuple(steps))


def book_of(case: CapacityCase, hour: int, held_wh: Sequence[int]) -> tuple[list[Curve], list[Curve]]:
    """All asks and bids of an hour."""
    asks = [ask_of(case, owner, hour, held) for owner, held in zip(case.owners, held_wh, strict=True)]
    return [curve for curve in asks if curve is not None], [bid_of(case, b, hour) for b in case.buyers]


def _owner(name: str, random: Random) -> Owner:
    energy_wh = random.randint(5, 20) * WH_PER_KWH
    power_w = energy_wh * random.randint(40, 60) // 100
    loss = random.randint(20_000, 70_000)
    device = Device(
        owner=Address(name),
        meter=Address(f"{name}-meter"),
        energy_wh=EnergyWh(energy_wh),
        export_w=(PowerW(power_w),) * (HOURS * QUARTERS),
        charge_ppm=PARTS_PER_MILLION - loss,
        discharge_ppm=PARTS_PER_MILLION - loss,
    )
    kwh = energy_wh / WH_PER_KWH
    theta = Theta(
        base=random.uniform(10, 25) / kwh,
        slope=random.uniform(0, 2) / kwh,
        depth=random.uniform(20, 60) / kwh,
        heat=random.uniform(5, 20) / kwh,
        rate=random.uniform(5, 20) / kwh,
    )
    return Owner(name, device, theta, fails_permille=random.choice((0, 0, 0, 20, 100)))


def _temperature_mk(hour: int) -> int:
    """A summer's day: mild in the morning, ten degrees hotter in the afternoon."""
    return MILD_MK + max(0, 10_000 - 1_500 * abs(hour - 15))
