"""A storage as it is certified: what bounds its owner's asks, and the fingerprint that seals them to it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Final

from contracts.arguments import Length, Range
from contracts.capacity.refusals import UnfitDevice
from crypto.address import Address
from crypto.hashing import Digest, domain, sha256
from ledger.codec import encode
from ledger.genesis import Genesis
from ledger.quantities import EnergyWh, PowerW

DEVICES_MAX: Final = 2**20
ENERGY_WH_MAX: Final = 10**10
POWER_W_MAX: Final = 10**10
PERIODS_PER_DAY_MAX: Final = 288
PERIODS_MAX: Final = 96
"""Of one window."""

PARTS_PER_MILLION: Final = 10**6
SECONDS_PER_HOUR: Final = 3_600

Ppm = Annotated[int, Range(1, PARTS_PER_MILLION)]


@dataclass(frozen=True, slots=True)
class Device:
    """The certificate of one storage."""

    owner: Address
    meter: Address
    """What it discharges is measured here, at its export: all energies of this market are."""
    energy_wh: Annotated[EnergyWh, Range(1, ENERGY_WH_MAX)]
    """What it can give between full and empty, before losses."""
    export_w: Annotated[tuple[Annotated[PowerW, Range(0, POWER_W_MAX)], ...], Length(1, PERIODS_PER_DAY_MAX)]
    """The most that it may give, by period of the UTC day."""
    charge_ppm: Ppm
    """Of what it takes, what it keeps."""
    discharge_ppm: Ppm
    """Of what it gives up, what arrives at its export."""

    @property
    def usable_wh(self) -> int:
        """What a full device gives at its export."""
        return self.energy_wh * self.discharge_ppm // PARTS_PER_MILLION


def check_device(number: int, device: Device, periods_per_day: int) -> None:
    """Raises UnfitDevice."""
    if len(device.export_w) != periods_per_day:
        raise UnfitDevice(number, f"export_w has {len(device.export_w)} periods, and a day {periods_per_day}")


def caps_wh(device: Device, genesis: Genesis, first_period: int, periods: int) -> tuple[int, ...]:
    """The most that the device may give in each period of a window."""
    powers_w = (device.export_w[(first_period + n) % len(device.export_w)] for n in range(periods))
    return tuple([power_w * genesis.period_s // SECONDS_PER_HOUR for power_w in powers_w])


def bound_wh(device: Device, caps: Sequence[int]) -> EnergyWh:
    """The most that can be sold of a device in a window (Ren et al., eq. 1), at its export."""
    return EnergyWh(min(device.usable_wh, sum(caps)))


def fingerprint(genesis: Digest, device: Device) -> Digest:
    """H of Ren et al., III-A: an ask is sealed to the device as it was certified then."""
    fields = asdict(device)
    return sha256(domain("capacity/device", genesis) + encode(fields))
