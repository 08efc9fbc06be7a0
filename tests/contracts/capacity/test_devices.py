"""What bounds a device's asks, and the fingerprint of its certificate."""

from typing import Any

import pytest

from contracts.capacity.devices import bound_wh, caps_wh, fingerprint
from crypto.hashing import sha256
from tests.contracts.capacity.market import FIRST, device_of
from tests.contracts.chain import FIRST_PERIOD, address, make_genesis

GENESIS = sha256(b"genesis")
CHANGES: dict[str, dict[str, Any]] = {
    "owner": {"owner": address("beech")},
    "meter": {"meter": address("spare-meter")},
    "energy": {"energy_wh": 10_001},
    "a period's power": {"export_w": (*(5_000,) * 95, 4_999)},
    "loss of charging": {"charge_ppm": 949_999},
    "loss of discharging": {"discharge_ppm": 949_999},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_fingerprint_is_of_all_that_is_certified(change: str) -> None:
    usual, other = device_of("ash"), device_of("ash", **CHANGES[change])
    assert fingerprint(GENESIS, usual) != fingerprint(GENESIS, other)
    assert fingerprint(GENESIS, usual) == fingerprint(GENESIS, device_of("ash"))
    assert fingerprint(GENESIS, usual) != fingerprint(sha256(b"another chain"), usual)


@pytest.mark.parametrize(
    ("changes", "periods", "most_wh"),
    [
        ({}, 4, 5_000),
        ({}, 96, 9_500),
        ({"energy_wh": 999}, 96, 949),
        ({"export_w": (0,) * 96}, 96, 0),
        ({"export_w": (3,) * 96}, 4, 0),
    ],
)
def test_eq_1_is_the_lesser_of_energy_and_power_in_whole_wh(
    changes: dict[str, Any], periods: int, most_wh: int
) -> None:
    device = device_of("ash", **changes)
    assert bound_wh(device, caps_wh(device, make_genesis({}), FIRST, periods)) == most_wh


def test_the_power_is_that_of_the_periods_of_the_day() -> None:
    by_period = tuple(4 * number for number in range(96))
    device = device_of("ash", export_w=by_period)
    first = FIRST_PERIOD // 96 * 96 + 94
    assert caps_wh(device, make_genesis({}), first, 4) == (94, 95, 0, 1)
