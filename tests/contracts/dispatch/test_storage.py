import pytest

from contracts.dispatch.errors import ProblemError
from contracts.dispatch.storage import Efficiency, Storage, energy_in_period
from tests.contracts.dispatch.days import storage


def test_charge_units_of_the_paper_s_efficiency() -> None:
    shared = storage()
    assert (shared.units_per_wh, shared.gain, shared.draw) == (380, 361, 400)


@pytest.mark.parametrize(
    ("charge", "discharge", "units"),
    [
        (Efficiency(1, 1), Efficiency(1, 1), (1, 1, 1)),
        (Efficiency(9, 10), Efficiency(97, 100), (970, 873, 1_000)),
        (Efficiency(19, 20), Efficiency(9, 10), (180, 171, 200)),
    ],
)
def test_charge_units_are_exact_for_any_ratio(
    charge: Efficiency, discharge: Efficiency, units: tuple[int, int, int]
) -> None:
    shared = Storage(1, 1, charge, discharge, 0, 0, 0)
    assert (shared.units_per_wh, shared.gain, shared.draw) == units
    assert shared.gain * charge.denominator == units[0] * charge.numerator
    assert shared.draw * discharge.numerator == units[0] * discharge.denominator


def test_bounds_are_rounded_inward() -> None:
    shared = Storage(1, 7, Efficiency(1, 1), Efficiency(1, 1), 0, 0, 0)
    assert (shared.lowest, shared.highest) == (1, 6)


def test_energy_of_a_period_is_rounded_down() -> None:
    assert energy_in_period(400_001, 900) == 100_000


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (21, 20), (1, 0), (-1, -2), (1_000, 1_001)])
def test_an_efficiency_is_a_small_ratio_up_to_one(numerator: int, denominator: int) -> None:
    with pytest.raises(ProblemError, match="efficiency"):
        Efficiency(numerator, denominator)
