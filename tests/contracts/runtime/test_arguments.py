"""Arguments are what the action takes, or an error that names the field."""

import contextlib
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.arguments import Length, check_arguments, checks_of
from contracts.errors import ArgumentError
from contracts.metering.readings import Reading
from crypto.address import Address
from ledger.quantities import TxId
from tests.contracts.chain import address
from tests.contracts.runtime.toy import Colour, Toy
from tests.contracts.strategies import ANY_VALUE

CHECKS = Toy.actions()["everything"].checks
GOOD: dict[str, Any] = {
    "energy_wh": 10,
    "colour": "red",
    "pair": (True, -5),
    "curve": (1, 2, 3),
    "maybe": None,
}


def test_good_arguments_arrive_typed() -> None:
    assert check_arguments(CHECKS, GOOD) == {**GOOD, "colour": Colour.RED}
    assert check_arguments(CHECKS, {**GOOD, "maybe": b"xy"})["maybe"] == b"xy"


@pytest.mark.parametrize(
    ("field", "value", "names"),
    [
        ("energy_wh", 11, "energy_wh"),
        ("energy_wh", -1, "energy_wh"),
        ("energy_wh", True, "energy_wh"),
        ("energy_wh", "1", "energy_wh"),
        ("energy_wh", None, "energy_wh"),
        ("colour", "green", "colour"),
        ("colour", 3, "colour"),
        ("pair", (True,), "pair"),
        ("pair", (1, 1), "pair[0]"),
        ("pair", (True, 2**63), "pair[1]"),
        ("curve", (1,), "curve"),
        ("curve", (1, 2, 3, 4), "curve"),
        ("curve", (1, "2"), "curve[1]"),
        ("curve", {"0": 1}, "curve"),
        ("maybe", b"xyz", "maybe"),
        ("maybe", "xy", "maybe"),
        ("other", 1, "other"),
    ],
)
def test_a_wrong_argument_is_named(field: str, value: Any, names: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        check_arguments(CHECKS, {**GOOD, field: value})
    assert caught.value.field == names


@pytest.mark.parametrize("field", list(GOOD))
def test_a_missing_argument_is_named(field: str) -> None:
    arguments = {name: value for name, value in GOOD.items() if name != field}
    with pytest.raises(ArgumentError, match="missing") as caught:
        check_arguments(CHECKS, arguments)
    assert caught.value.field == field


def test_addresses_and_identifiers_have_one_form() -> None:
    checks = checks_of({"to": Address, "tx": TxId})
    good = {"to": address("ash"), "tx": bytes(32)}
    assert check_arguments(checks, good) == good
    for field, value in (("to", address("ash") + " "), ("to", "somebody"), ("to", 5), ("tx", bytes(31))):
        with pytest.raises(ArgumentError) as caught:
            check_arguments(checks, {**good, field: value})
        assert caught.value.field == field


def test_records_arrive_as_records_and_name_their_field() -> None:
    checks = checks_of({"reading": Reading})
    given_fields = dict.fromkeys(Reading.__dataclass_fields__)
    reading = check_arguments(checks, {"reading": {**given_fields, "generated_wh": 5}})["reading"]
    assert reading == Reading(generated_wh=5)  # type: ignore[arg-type]
    for field, value in (("generated_wh", -1), ("generated_kwh", 5)):
        with pytest.raises(ArgumentError) as caught:
            check_arguments(checks, {"reading": {**given_fields, field: value}})
        assert caught.value.field == f"reading.{field}"


@pytest.mark.parametrize(
    "annotation", [bytes, str, tuple[int, ...], float, dict, int | str, Annotated[int, Length(3)]]
)
def test_an_action_cannot_take_what_is_not_bounded(annotation: Any) -> None:
    with pytest.raises(TypeError):
        checks_of({"field": annotation})


@settings(max_examples=300)
@given(st.sampled_from(list(GOOD)), ANY_VALUE)
def test_nothing_but_an_argument_error_comes_of_any_value(field: str, value: Any) -> None:
    with contextlib.suppress(ArgumentError):
        check_arguments(CHECKS, {**GOOD, field: value})
