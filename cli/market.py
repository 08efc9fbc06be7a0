"""The market of a network made by `testnet init`: who takes part, what is built, and the genesis' parameters.

Sizes are those of Liu and Ai (2024), section 5: a storage of 400 kW and 1,000 kWh. What the paper leaves open
(efficiency, wear, ratings, limits) is chosen here and stated in docs/markets/dispatch.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import cycle

from cli.participant import Participant
from contracts.dispatch.model import Tariff
from contracts.dispatch.parameters import BusSite, Parameters, ParkSite, Windows
from contracts.dispatch.storage import Efficiency, Storage
from contracts.gap import GapLimit
from contracts.proposers.parameters import PROPOSERS
from contracts.proposers.parameters import Parameters as ProposersParameters
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import Amount, EnergyWh, PowerW
from studies.profiles import ParkProfile, Profiles, TariffProfile

CURRENCY = 10**6
PERIODS_AN_HOUR = 4
RATING_STEP_W = 50_000

STORAGE = Storage(
    power_w=400_000,
    energy_wh=1_000_000,
    charge_efficiency=Efficiency(19, 20),
    discharge_efficiency=Efficiency(19, 20),
    wear_ukwh=30_000,
    import_w=400_000,
    export_w=400_000,
)
WINDOWS = Windows(
    deal_slots=4,
    complain_slots=3,
    open_slots=8,
    replan_slots=4,
    confirm_slots=8,
    reading_slots=4,
    declare_slots=6,
)
TRIGGER_PERIOD = 62
GATE_PERIOD = 94
PROPOSERS_BY_ENERGY = ProposersParameters(
    alpha=1,
    beta=1,
    gamma_per_member=64,
    epoch_blocks=3 * PERIODS_AN_HOUR,
    floor_wh=1_000_000,
    cap_wh=100_000_000,
)
CLEARING, LOSS = "dispatch/clearing", "dispatch/loss"

PARTY_BALANCE = 50_000 * CURRENCY
COLLATERAL = 5_000 * CURRENCY
GRID_FLOOR = -10_000_000 * CURRENCY
PASSING_FLOOR = -1_000_000 * CURRENCY


class Turns(StrEnum):
    """How the proposer is chosen."""

    ROTATION = "rotation"
    ENERGY = "energy"
    """Proof of energy; the parks' meters count for the validators, in turn."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Those who take part in the market, besides the committee."""

    parks: Sequence[tuple[Participant, Participant]]
    """Each park with its meter."""
    grid: Participant
    provider: Participant
    storage_meter: Participant
    bus_meter: Participant

    @property
    def all(self) -> tuple[Participant, ...]:
        pairs = [participant for pair in self.parks for participant in pair]
        return (*pairs, self.grid, self.provider, self.storage_meter, self.bus_meter)


def create_parties(park_names: Sequence[str]) -> Parties:
    """The parks with their meters, the grid company, and the provider with the storage."""
    return Parties(
        parks=[
            (
                Participant.create(name, f"Park {name}", ("microgrid",)),
                Participant.create(f"{name}-meter", f"Park {name}", ("meter",)),
            )
            for name in park_names
        ],
        grid=Participant.create("grid", "Grid company", ("grid",)),
        provider=Participant.create("storage", "Energy service provider", ("provider", "storage")),
        storage_meter=Participant.create("storage-meter", "Energy service provider", ("meter",)),
        bus_meter=Participant.create("bus-meter", "Grid company", ("meter",)),
    )


def contract_parameters(
    parties: Parties,
    validators: Sequence[Participant],
    profiles: Profiles,
    tariff: TariffProfile,
    model: str,
    turns: Turns,
) -> Mapping[str, Mapping[str, Value]]:
    """What the genesis says to each contract."""
    by_energy = turns is Turns.ENERGY
    return {
        "membership": {},
        "account": account_parameters(parties),
        "metering": {"meters": meter_parameters(parties, validators if by_energy else ())},
        **({PROPOSERS: asdict(PROPOSERS_BY_ENERGY)} if by_energy else {}),
        "sharing": {},
        "dispatch": asdict(dispatch_parameters(parties, profiles, tariff, model)),
    }


def account_parameters(parties: Parties) -> Mapping[str, Value]:
    paying = [park.key.address for park, _ in parties.parks] + [parties.provider.key.address]
    return {
        "issuers": (),
        "balances": dict.fromkeys(paying, PARTY_BALANCE),
        "floors": {parties.grid.key.address: GRID_FLOOR, CLEARING: PASSING_FLOOR, LOSS: PASSING_FLOOR},
    }


def meter_parameters(parties: Parties, operators: Sequence[Participant]) -> Mapping[str, Value]:
    """All meters; the parks' are the operators', in turn, or the parks' own if there are none."""
    parks = [park for park, _ in parties.parks]
    owners = [
        (meter, owner, park.name)
        for (park, meter), owner in zip(parties.parks, cycle(operators or parks), strict=False)
    ]
    owners += [(parties.storage_meter, parties.provider, "storage"), (parties.bus_meter, parties.grid, "bus")]
    return {
        meter.key.address: {"owner": owner.key.address, "carrier": "electricity", "place": place}
        for meter, owner, place in owners
    }


def dispatch_parameters(
    parties: Parties, profiles: Profiles, tariff: TariffProfile, model: str
) -> Parameters:
    """The dispatch contract's parameters, typed; raises what they raise if they do not fit together."""
    ratings = [rating_w(profiles.park(park.name)) for park, _ in parties.parks]
    sites = [
        ParkSite(park.key.address, meter.key.address, rating, rating)
        for (park, meter), rating in zip(parties.parks, ratings, strict=True)
    ]
    bus_w = PowerW(sum(ratings) + STORAGE.power_w)
    day = slice(0, 24 * PERIODS_AN_HOUR)
    return Parameters(
        model=model,
        grid=address(parties.grid),
        provider=address(parties.provider),
        parks=tuple(sites),
        bus=BusSite(address(parties.bus_meter), bus_w, bus_w),
        storage=STORAGE,
        storage_meter=address(parties.storage_meter),
        initial_charge_wh=EnergyWh(STORAGE.energy_wh // 2),
        tariff=Tariff(tariff.buy_ukwh[day], tariff.sell_ukwh[day]),
        trigger_period=TRIGGER_PERIOD,
        gate_period=GATE_PERIOD,
        windows=WINDOWS,
        gap=GapLimit(relative_ppm=1_000, absolute_nano=CURRENCY * 1_000),
        unproven_gap=GapLimit(relative_ppm=50_000, absolute_nano=100 * CURRENCY * 1_000),
        tolerance_wh=EnergyWh(1_000),
        forecast_wh_max=EnergyWh(2 * max(ratings) // PERIODS_AN_HOUR),
        revisions_max=16,
        collateral=Amount(COLLATERAL),
        clearing=CLEARING,
        loss=LOSS,
    )


def rating_w(park: ParkProfile) -> PowerW:
    """A connection for the largest flow of the park's curves and a quarter more, in steps of 50 kW."""
    curves = (park.forecast, park.metered)
    largest_wh = max(max(map(abs, curve.net_wh)) for curve in curves)
    steps = -(-largest_wh * PERIODS_AN_HOUR * 5 // (4 * RATING_STEP_W))
    return PowerW(max(1, steps) * RATING_STEP_W)


def address(participant: Participant) -> Address:
    return participant.key.address
